package im.chancery.engine;

/** The engine can't start. The message is for the admin: what, where, and what to do. */
public final class EngineException extends Exception {
    private static final long serialVersionUID = 1L;

    EngineException(String message, Throwable cause) {
        super(message, cause);
    }
}
