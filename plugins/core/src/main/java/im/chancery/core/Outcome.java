package im.chancery.core;

/** What became of an attempt, as far as the host knows. */
public enum Outcome {
    /** The host passed the stanza on; it does not say that anybody read it. */
    HANDED_ON,
    /** The sender got an error. */
    BOUNCED,
    /** The host or the engine went away before it was known. */
    UNKNOWN
}
