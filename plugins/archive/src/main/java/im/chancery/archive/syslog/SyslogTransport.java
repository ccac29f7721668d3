package im.chancery.archive.syslog;

import java.io.IOException;

/** A way to one syslog receiver. For one thread, except that {@link #close} may be called from any and breaks off what is under way. */
public interface SyslogTransport extends AutoCloseable {

    /**
     * Sends a message, connecting first where that is needed. May block for as long as the receiver takes nothing.
     *
     * @param message as {@link SyslogMessage#bytes} gives it
     * @throws IOException if it can't be sent; the next call tries to connect anew
     */
    void send(byte[] message) throws IOException;

    /** How many of the newest messages may not have been read when {@link #send} or {@link #check} fails. */
    int inDoubt();

    /** Finds out whether the receiver has ended the connection, so that nobody has to wait for the next message to learn it. */
    void check() throws IOException;

    /**
     * Ends the connection so that all that was sent is known to have been read.
     *
     * @return false where that can't be known: the transport has no connection, or the receiver didn't end it within 2 s
     */
    boolean finish();

    @Override
    void close();
}
