package im.chancery.engine;

import org.slf4j.Logger;

/** What was thrown while a stanza was handled, for a log that names nobody: classes and places, without messages, which may quote an address or the stanza. */
public final class Unquoted extends Exception {
    private static final long serialVersionUID = 1L;
    /** Causes further down say no more; and they may go round in a circle. */
    private static final int DEEPEST = 8;

    private Unquoted(Throwable thrown, int depth) {
        super(thrown.getClass().getName(), thrown.getCause() == null || depth == DEEPEST ? null : new Unquoted(thrown.getCause(), depth + 1));
        setStackTrace(thrown.getStackTrace());
    }

    /** What to log; with all of it where the log takes debugging. */
    public static Throwable of(Throwable thrown, Logger log) {
        return log.isDebugEnabled() ? thrown : new Unquoted(thrown, 1);
    }
}
