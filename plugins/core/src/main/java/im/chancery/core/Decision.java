package im.chancery.core;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a policy says of one exchange, and why.
 *
 * @param effect allow or refuse
 * @param rules  the determining rules, the strongest first; never empty
 * @param error  what the sender is told; present if and only if refused
 */
public record Decision(Effect effect, List<DeterminingRule> rules, Optional<StanzaError> error) {
    public Decision {
        Objects.requireNonNull(effect, "effect");
        rules = List.copyOf(rules);
        if (rules.isEmpty()) {
            throw new IllegalArgumentException("a decision names at least one determining rule");
        }
        if (error.isPresent() != (effect == Effect.REFUSE)) {
            throw new IllegalArgumentException("a decision carries an error if and only if it refuses");
        }
    }

    /** A decision that allows. */
    public static Decision allow(List<DeterminingRule> rules) {
        return new Decision(Effect.ALLOW, rules, Optional.empty());
    }

    /** A decision that refuses with this error. */
    public static Decision refuse(List<DeterminingRule> rules, StanzaError error) {
        return new Decision(Effect.REFUSE, rules, Optional.of(error));
    }

    public boolean allowed() {
        return effect == Effect.ALLOW;
    }
}
