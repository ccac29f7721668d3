package im.chancery.presence;

/** A presence store can't be opened: its address is taken, or its node's name is. */
public final class PresenceException extends Exception {
    private static final long serialVersionUID = 1L;

    PresenceException(String message) {
        super(message);
    }

    PresenceException(String message, Throwable cause) {
        super(message, cause);
    }
}
