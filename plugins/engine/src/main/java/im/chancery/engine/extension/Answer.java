package im.chancery.engine.extension;

import im.chancery.core.extension.Opinion;

/**
 * What came of asking one extension.
 *
 * @param extension its name
 * @param lets      whether a stanza passes, as far as this extension goes, when it fails
 * @param failure   how it failed; {@code null} where it answered
 * @param opinion   its answer; {@link Opinion#none} where it failed
 * @param nanos     from question to answer
 */
public record Answer(String extension, boolean lets, Failure failure, Opinion opinion, long nanos) {
    /** How an extension fails. */
    public enum Failure {
        /** It threw, or answered {@code null}. */
        THREW,
        /** Its deadline passed. */
        LATE,
        /** All its threads are in calls whose deadline has passed: it isn't asked before one of them has come back. */
        STUCK,
        /** More calls wait than may. */
        BUSY,
        /** It isn't asked any more: the engine stops. */
        CLOSED;

        /** The failure as records and metrics write it. */
        public String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    boolean failed() {
        return failure != null;
    }
}
