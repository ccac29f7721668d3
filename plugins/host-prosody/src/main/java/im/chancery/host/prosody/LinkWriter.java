package im.chancery.host.prosody;

import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a connection's frames, many in one go. Whoever has added the last of several may {@link #flush} them in its own thread, which never waits; what
 * the host doesn't take at once, and what was only added and woken for, is left to the thread that {@link #run}s this. Safe for many threads.
 */
final class LinkWriter {
    private static final Logger LOG = LoggerFactory.getLogger(LinkWriter.class);
    private static final int BATCH_BYTES = 64 << 10;
    /** Ends the thread. */
    private static final Outgoing LAST = new Outgoing(new Frame.Bye(""), 0);

    private final LinkChannel channel;
    private final Consumer<Outgoing> telling;
    private final Consumer<Outgoing> written;
    private final Queue<Outgoing> queue = new ConcurrentLinkedQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final ReentrantLock turn = new ReentrantLock();
    private volatile Thread thread;
    private volatile boolean discarding;
    // What belongs to whose turn it is:
    private final FrameBuffer out = new FrameBuffer();
    private final List<Outgoing> batch = new ArrayList<>();
    private ByteBuffer unwritten = ByteBuffer.allocate(0);
    private boolean last;

    /** A frame to write, the permits that it holds until then, and the attempt it tells of, with what has become of that if it can't be written. */
    record Outgoing(Frame frame, int permits, Optional<RecordId> attempt, Outcome lost) {
        /** One that tells of no attempt. */
        Outgoing(Frame frame, int permits) {
            this(frame, permits, Optional.empty(), Outcome.UNKNOWN);
        }
    }

    /**
     * @param telling told of each frame before it is written
     * @param written told of each after it was
     */
    LinkWriter(LinkChannel channel, Consumer<Outgoing> telling, Consumer<Outgoing> written) {
        this.channel = channel;
        this.telling = telling;
        this.written = written;
    }

    /** Adds a frame, for the next {@link #flush} or {@link #wake}. */
    void add(Outgoing next) {
        queue.add(next);
    }

    /** Has what was added written soon. */
    void wake() {
        LockSupport.unpark(thread);
    }

    /** Writes what was added, as far as the host takes it at once. */
    void flush() {
        boolean left = true;
        try {
            left = !turn.tryLock() || writeInTurn();
        } finally {
            if (left) {
                wake();
            }
        }
    }

    /** Having the turn. @return whether something is left to the thread; the end is */
    private boolean writeInTurn() {
        try {
            return write(false) || unwritten.hasRemaining();
        } catch (IOException e) {
            LOG.debug("A host's link broke while writing", e);
            channel.close();
            return true;
        } catch (RuntimeException | Error e) {
            channel.close(); // some of what was taken may be lost
            throw e;
        } finally {
            turn.unlock();
        }
    }

    /** Writes until {@link #end}, or until the link breaks; then closes the connection. */
    void run() {
        thread = Thread.currentThread();
        try {
            while (!writeAll()) {
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    break;
                }
            }
        } catch (IOException e) {
            LOG.debug("A host's link broke while writing", e);
        } finally {
            ended.countDown();
            channel.close();
        }
    }

    private boolean writeAll() throws IOException {
        turn.lock();
        try {
            return write(true);
        } finally {
            turn.unlock();
        }
    }

    /** @return whether it has come to the end */
    private boolean write(boolean patient) throws IOException {
        do {
            if (!channel.write(unwritten, patient)) {
                return false;
            }
            batch.forEach(written);
            batch.clear();
            out.clear();
        } while (gather());
        return last || discarding;
    }

    /** Takes what was added, up to a batch; false where there is nothing to write. */
    private boolean gather() {
        while (!last && !discarding && out.size() < BATCH_BYTES) {
            Outgoing next = queue.poll();
            if (next == null) {
                break;
            } else if (next == LAST) {
                last = true;
            } else {
                telling.accept(next);
                out.frame(next.frame());
                batch.add(next);
            }
        }
        unwritten = out.written();
        return !batch.isEmpty();
    }

    /** Writes what was added before, and no more. */
    void end() {
        add(LAST);
        wake();
    }

    /** Whether nothing will be written any more. */
    boolean hasEnded() {
        return ended.getCount() == 0;
    }

    /** Waits until all is written, or the link is broken. */
    boolean awaitEnd(long millis) throws InterruptedException {
        return ended.await(millis, TimeUnit.MILLISECONDS);
    }

    boolean isDiscarding() {
        return discarding;
    }

    /** Takes nothing more to write, from when this returns: of what was taken before, somebody has been told. The channel is closed, so that nobody waits for it. */
    void halt() {
        discarding = true;
        wake();
        turn.lock(); // whoever has it may be taking something
        turn.unlock();
    }

    /** What is left after {@link #halt}, now and with each later call, is handed over. */
    void discard(Consumer<Outgoing> left) {
        for (Outgoing next = queue.poll(); next != null; next = queue.poll()) {
            left.accept(next);
        }
    }
}
