package im.chancery.core;

import java.util.Objects;

/**
 * A rule that took part in a decision.
 *
 * @param id     the rule's name as the config file has it, or a built-in name that starts with {@code builtin:}
 * @param effect what the rule asks for
 * @param reason one sentence that an employee understands
 * @param shadow true if the rule runs in shadow: it is reported and has no effect
 */
public record DeterminingRule(String id, Effect effect, String reason, boolean shadow) {
    public DeterminingRule {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(effect, "effect");
        Objects.requireNonNull(reason, "reason");
    }
}
