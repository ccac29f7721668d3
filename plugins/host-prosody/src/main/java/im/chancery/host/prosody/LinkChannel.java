package im.chancery.host.prosody;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection that one thread reads, waiting, while another one writes, waiting or not. Closing it ends both. */
final class LinkChannel implements ReadableByteChannel {
    private static final Logger LOG = LoggerFactory.getLogger(LinkChannel.class);

    private final SocketChannel channel;
    private final Selector readable;
    private final Selector writable;
    private volatile long silentSince;

    /** @param channel taken over; closed if this fails */
    LinkChannel(SocketChannel channel) throws IOException {
        this.channel = channel;
        Selector first = null;
        try {
            first = Selector.open();
            writable = Selector.open();
        } catch (IOException e) {
            try (channel; Selector opened = first) {
                throw e; // out of file descriptors: none of them may be lost
            }
        }
        readable = first;
        try {
            channel.configureBlocking(false);
            channel.register(readable, SelectionKey.OP_READ);
            channel.register(writable, SelectionKey.OP_WRITE);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Waits until there is something to read. */
    @Override
    public int read(ByteBuffer into) throws IOException {
        int n = channel.read(into);
        while (n == 0 && into.hasRemaining()) {
            silentSince = System.nanoTime() | 1; // never 0
            try {
                await(readable);
            } finally {
                silentSince = 0;
            }
            n = channel.read(into);
        }
        return n;
    }

    /** For how long {@link #read} has been waiting for the other end; 0 where it isn't. For any thread. */
    long silentNanos() {
        long since = silentSince;
        return since == 0 ? 0 : System.nanoTime() - since;
    }

    /**
     * Writes all, or what the other end takes at once.
     *
     * @param patient whether to wait for the other end
     * @return whether all was written
     */
    boolean write(ByteBuffer bytes, boolean patient) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.write(bytes) == 0) {
                if (!patient) {
                    return false;
                }
                await(writable);
            }
        }
        return true;
    }

    private static void await(Selector selector) throws IOException {
        try {
            selector.select(key -> { });
        } catch (ClosedSelectorException e) {
            throw new AsynchronousCloseException();
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new ClosedByInterruptException();
        }
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() {
        try (readable; writable) {
            channel.close();
        } catch (IOException e) {
            LOG.debug("A host's link did not close cleanly", e);
        }
    }
}
