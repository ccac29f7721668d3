package im.chancery.core;

import java.util.Objects;

/**
 * The one answer to a submission. It exists only once the attempt's record is on stable storage.
 *
 * @param decision what to do
 * @param attempt  the attempt's record
 */
public record Verdict(Decision decision, RecordId attempt) {
    public Verdict {
        Objects.requireNonNull(decision, "decision");
        Objects.requireNonNull(attempt, "attempt");
    }
}
