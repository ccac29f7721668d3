package im.chancery.roles;

import im.chancery.core.Decision;
import java.util.List;
import java.util.Objects;

/**
 * What would happen to an exchange, and why.
 *
 * @param decision the decision, the same that the message path would make
 * @param lines    the same for people to read: who each side is, each rule considered, the decision; never empty
 */
public record Explanation(Decision decision, List<String> lines) {
    public Explanation {
        Objects.requireNonNull(decision, "decision");
        lines = List.copyOf(lines);
    }
}
