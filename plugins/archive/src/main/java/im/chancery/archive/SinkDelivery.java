package im.chancery.archive;

import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands checkpoints to one sink on a thread of its own, so that a slow or dead one holds up nothing. Only the newest
 * checkpoint waits; a failed one isn't repeated, because the next one proves more.
 */
final class SinkDelivery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SinkDelivery.class);
    private static final long CLOSING_MILLIS = 2_000;

    private final CheckpointSink sink;
    private final String name;
    private final Thread thread;
    private String waiting;
    private long offered = -1;
    private boolean closed;
    private long delivered;
    private long failures;
    private long newest = -1;
    /** The moment, by {@link System#nanoTime}, until which the sink wants to be left alone. */
    private OptionalLong quietUntil = OptionalLong.empty();

    SinkDelivery(CheckpointSink sink) {
        this.sink = sink;
        this.name = sink.name();
        this.thread = new Thread(this::run, "archive-sink " + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Of those who offer at once, the one with the larger log may come first: the other's is no news. */
    synchronized void offer(String checkpoint) {
        long size = sizeOf(checkpoint);
        if (size > offered) {
            offered = size;
            waiting = checkpoint;
            notifyAll();
        }
    }

    private static long sizeOf(String checkpoint) {
        return Long.parseLong(checkpoint.split("\n", 3)[1]);
    }

    synchronized ArchiveStatus.Sink status() {
        return new ArchiveStatus.Sink(name, delivered, failures, newest);
    }

    private void run() {
        try {
            for (String checkpoint = take(); checkpoint != null; checkpoint = take()) {
                deliver(checkpoint);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** @return null if closed and nothing waits */
    private synchronized String take() throws InterruptedException {
        while (!closed) {
            long quiet = remainingMillis();
            if (waiting != null && quiet <= 0) {
                break;
            }
            wait(waiting == null ? 0 : quiet);
        }
        String next = waiting;
        waiting = null;
        return next;
    }

    /** How long the sink still wants to be left alone. */
    private long remainingMillis() {
        return quietUntil.isEmpty() ? 0 : TimeUnit.NANOSECONDS.toMillis(quietUntil.getAsLong() - System.nanoTime());
    }

    private void deliver(String checkpoint) {
        try {
            sink.publish(checkpoint);
            long interval = sink.interval().toNanos();
            synchronized (this) {
                delivered++;
                quietUntil = OptionalLong.of(System.nanoTime() + interval);
                newest = sizeOf(checkpoint);
            }
        } catch (IOException | RuntimeException | Error e) {
            synchronized (this) {
                failures++;
            }
            LOG.warn("checkpoint sink {}: {}", name, e.toString());
        }
    }

    /** Gives what waits 2 s to arrive, then closes the sink. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(CLOSING_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
        try {
            sink.close();
        } catch (RuntimeException | Error e) {
            LOG.warn("checkpoint sink {} can't be closed: {}", name, e.toString());
        }
    }
}
