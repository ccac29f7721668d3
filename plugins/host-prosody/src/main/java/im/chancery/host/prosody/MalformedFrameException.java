package im.chancery.host.prosody;

/** Bytes on the link that are no frame of docs/link.md. The connection is closed with this message, which holds no content. */
final class MalformedFrameException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedFrameException(String message) {
        super(message);
    }
}
