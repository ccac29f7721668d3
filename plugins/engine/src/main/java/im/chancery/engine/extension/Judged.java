package im.chancery.engine.extension;

import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Effect;
import im.chancery.core.StanzaError;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The decision of roles and extensions together. Deny beats allow: a refusal of either stands, whatever the others say.
 *
 * @param decision the roles' decision, with the extensions that determine it among its rules
 * @param answers  what came of asking each, in the config's order
 */
public record Judged(Decision decision, List<Answer> answers) {
    /** What the names of the rules start with that are extensions. A configured rule's name has no colon. */
    public static final String PREFIX = "extension:";

    private static final String FAILED = "A check that your organisation makes could not be made just now, so this was not delivered. Please try again later.";

    /** A decision that no extension was asked about. */
    public static Judged of(Decision roles) {
        return new Judged(roles, List.of());
    }

    static Judged of(Decision roles, List<Answer> answers) {
        List<DeterminingRule> refusing = new ArrayList<>();
        List<DeterminingRule> failing = new ArrayList<>();
        List<DeterminingRule> assenting = new ArrayList<>();
        for (Answer answer : answers) {
            Optional<Effect> effect = answer.opinion().effect();
            if (answer.failed() && !answer.lets()) {
                failing.add(rule(answer, Effect.REFUSE, FAILED));
            } else if (effect.equals(Optional.of(Effect.REFUSE))) {
                refusing.add(rule(answer, Effect.REFUSE, answer.opinion().reason()));
            } else if (effect.isPresent()) {
                assenting.add(rule(answer, Effect.ALLOW, "The extension " + answer.extension() + " has no objection."));
            }
        }
        return new Judged(combined(roles, refusing, failing, assenting), answers);
    }

    private static Decision combined(Decision roles, List<DeterminingRule> refusing, List<DeterminingRule> failing, List<DeterminingRule> assenting) {
        List<DeterminingRule> rules = new ArrayList<>(refusing);
        rules.addAll(failing);
        boolean objects = !rules.isEmpty();
        rules.addAll(roles.allowed() ? rules.size() : 0, roles.rules());
        rules.addAll(assenting);
        Optional<StanzaError> error = roles.error();
        if (roles.allowed() && objects) {
            error = Optional.of(refusing.isEmpty() ? StanzaError.unavailable(FAILED) : StanzaError.policyViolation(refusing.get(0).reason()));
        }
        return error.map(e -> Decision.refuse(rules, e)).orElseGet(() -> Decision.allow(rules));
    }

    private static DeterminingRule rule(Answer answer, Effect effect, String reason) {
        return new DeterminingRule(PREFIX + answer.extension(), effect, reason, false);
    }

    /** All annotations, by the extension's name, a dot and their key. */
    public SortedMap<String, String> annotations() {
        SortedMap<String, String> all = new TreeMap<>();
        answers.forEach(answer -> answer.opinion().annotations().forEach((key, value) -> all.put(answer.extension() + "." + key, value)));
        return all;
    }

    /** Those that failed, each as its name, a colon and how. */
    public List<String> failures() {
        return answers.stream().filter(Answer::failed).map(answer -> answer.extension() + ":" + answer.failure().word()).toList();
    }
}
