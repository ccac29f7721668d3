package im.chancery.archive;

import java.io.IOException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands checkpoints to one sink on a thread of its own, so that a slow or dead one holds up nothing. Only the newest
 * checkpoint waits. One that did not arrive is tried again after a pause, for as long as there is no newer one, which proves more.
 */
final class SinkDelivery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SinkDelivery.class);
    private static final long CLOSING_MILLIS = 2_000;
    /** A sink that returns has the newest checkpoint soon, and one that stays away costs two lines of log a minute. */
    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final CheckpointSink sink;
    private final String name;
    private final Duration pause;
    private final Thread thread;
    private String waiting;
    private long offered = -1;
    private boolean closed;
    private long delivered;
    private long failures;
    private long newest = -1;
    /** The moment, by {@link System#nanoTime}, until which the sink is left alone: it wants to be, or has failed at what waits. */
    private OptionalLong quietUntil = OptionalLong.empty();
    /** Whether the last checkpoint did not arrive. */
    private boolean failing;

    SinkDelivery(CheckpointSink sink) {
        this(sink, PAUSE);
    }

    /** @param pause how long a checkpoint that did not arrive waits before it is tried again */
    SinkDelivery(CheckpointSink sink, Duration pause) {
        this.sink = sink;
        this.pause = pause;
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
            if (failing) {
                quietUntil = OptionalLong.empty(); // the pause is for what has failed
            }
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

    /** How long the sink is still left alone. */
    private long remainingMillis() {
        return quietUntil.isEmpty() ? 0 : TimeUnit.NANOSECONDS.toMillis(quietUntil.getAsLong() - System.nanoTime());
    }

    private void deliver(String checkpoint) {
        try {
            sink.publish(checkpoint);
            long interval = sink.interval().toNanos();
            synchronized (this) {
                delivered++;
                failing = false;
                quietUntil = OptionalLong.of(System.nanoTime() + interval);
                newest = sizeOf(checkpoint);
            }
        } catch (IOException | RuntimeException | Error e) {
            failed(checkpoint);
            LOG.warn("checkpoint sink {}: {}", name, e.toString());
        }
    }

    private synchronized void failed(String checkpoint) {
        failures++;
        failing = true;
        if (waiting == null && !closed) {
            waiting = checkpoint;
            quietUntil = OptionalLong.of(System.nanoTime() + pause.toNanos());
        }
    }

    /** Gives what waits 2 s to arrive, in one attempt, then closes the sink. */
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
