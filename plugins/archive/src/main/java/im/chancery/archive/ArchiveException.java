package im.chancery.archive;

/** The archive can't do what was asked: storage failed, a key is missing, a stored value was changed. */
public class ArchiveException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ArchiveException(String message) {
        super(message);
    }

    public ArchiveException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The queue is full. Typed push-back: nothing was recorded, and the caller may try again. */
    public static final class Overloaded extends ArchiveException {
        private static final long serialVersionUID = 1L;

        public Overloaded(String message) {
            super(message);
        }
    }

    /** The record was destroyed under a schedule; the message names the certificate. */
    public static final class Destroyed extends ArchiveException {
        private static final long serialVersionUID = 1L;

        public Destroyed(String message) {
            super(message);
        }
    }
}
