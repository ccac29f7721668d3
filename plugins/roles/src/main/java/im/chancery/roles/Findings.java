package im.chancery.roles;

import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Effect;
import im.chancery.core.StanzaError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Collects what the rules say of one exchange; deny beats allow. Sorted by name, so that a decision doesn't depend on
 * the order of rules in the config nor of occupants in a room. For one thread.
 */
final class Findings {
    private static final String KEPT_APART = ": a rule keeps apart some of those in it.";
    private static final String MUST_BE_READABLE = ": what you sent is encrypted, and for some of those in it a rule asks that it can be read.";

    private final Map<String, Refusal> refusing = new TreeMap<>();
    private final Map<String, DeterminingRule> allowing = new TreeMap<>();
    private final Map<String, DeterminingRule> shadow = new TreeMap<>();
    private String effectOfOccupant = "";

    private record Refusal(DeterminingRule rule, String words) {
    }

    /** What is noted from now on comes from an occupant of a room; {@code effect} tells the sender what that does to them. */
    void onAccountOfAnOccupant(String effect) {
        effectOfOccupant = effect;
    }

    /** Notes a built-in rule. */
    void note(DeterminingRule builtin) {
        note(builtin, words(builtin, KEPT_APART, false));
    }

    /** Notes a configured rule. */
    void note(Rule rule) {
        note(rule.rule(), words(rule));
    }

    private void note(DeterminingRule rule, String words) {
        if (rule.shadow()) {
            shadow.put(rule.id(), rule);
        } else if (rule.effect() == Effect.ALLOW) {
            allowing.put(rule.id(), rule);
        } else {
            refusing.computeIfAbsent(rule.id(), id -> new Refusal(rule, words));
        }
    }

    private String words(Rule rule) {
        return words(rule.rule(), rule.onUnreadable() ? MUST_BE_READABLE : KEPT_APART, rule.namesAddress());
    }

    private String words(DeterminingRule rule, String ofOccupants, boolean namesAddress) {
        if (effectOfOccupant.isEmpty()) {
            return rule.reason();
        }
        String words = effectOfOccupant + ofOccupants;
        return namesAddress ? words : words + " " + rule.reason();
    }

    boolean refused() {
        return !refusing.isEmpty();
    }

    /** The decision. What no rule allows is refused. */
    Decision decision() {
        if (!refused() && allowing.isEmpty()) {
            note(Builtin.NO_RULE);
        }
        List<DeterminingRule> rules = new ArrayList<>();
        if (!refused()) {
            rules.addAll(allowing.values());
            rules.addAll(shadow.values());
            return Decision.allow(rules);
        }
        refusing.values().forEach(r -> rules.add(r.rule()));
        rules.addAll(shadow.values());
        Refusal strongest = refusing.values().iterator().next();
        return Decision.refuse(rules, StanzaError.policyViolation(strongest.words() + " (rule " + strongest.rule().id() + ")"));
    }
}
