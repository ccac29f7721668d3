package im.chancery.engine.edge;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What waits at the edge, in all. Safe for many threads. */
final class Waiters {
    private long bytes;
    private long count;

    synchronized long bytes() {
        return bytes;
    }

    synchronized long count() {
        return count;
    }

    synchronized void add(int size) {
        bytes += size;
        count++;
    }

    synchronized void remove(int size) {
        bytes -= size;
        count--;
        notifyAll();
    }

    /** Waits until there are none. */
    synchronized void awaitNone(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        for (long left = limit.toNanos(); count > 0 && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }
}
