package im.chancery.engine.edge;

import im.chancery.core.Shares;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What waits at the edge, in all, within bounds that leave room for everybody. Safe for many threads. */
final class Waiters {
    /** One stream may use this part of what may wait in all, even if nobody else wants it. */
    private static final int STREAM_PART = 8;

    private final long limit;
    private final Shares shares;
    private long count;

    /** @param limit how many bytes may wait */
    Waiters(long limit) {
        this.limit = limit;
        this.shares = new Shares(limit);
    }

    synchronized long count() {
        return count;
    }

    /** Whether another one may wait. {@code onStream} is what waits of its stream, in bytes. */
    synchronized boolean fits(String origin, long onStream, int size) {
        return onStream + size <= limit / STREAM_PART && shares.fits(origin, onStream, size);
    }

    /** Adds another one, if it may wait. */
    synchronized boolean addIfFits(String origin, long onStream, int size) {
        boolean fits = fits(origin, onStream, size);
        if (fits) {
            add(origin, size);
        }
        return fits;
    }

    synchronized void add(String origin, int size) {
        shares.add(origin, size);
        count++;
    }

    synchronized void remove(String origin, int size) {
        shares.remove(origin, size);
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
