package im.chancery.archive;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * How many records go into one transaction, and are sealed ahead of it: while one transaction is stored the next one is sealed, so there are places for two.
 * As many as may be where the store is quick. What is sealed has its place in the log already, and nobody comes in ahead of it: so where the store is slow
 * there is less of it, and whoever comes next, by {@link FairQueue}, waits for two or three short transactions instead of long ones. Whoever seals asks
 * for places; everything else belongs to the committing thread.
 */
final class Pace {
    /** Records in a transaction. */
    static final int MOST = 512;
    static final int LEAST = 32;
    /** The one that is stored, and the one that is sealed meanwhile. */
    static final int TRANSACTIONS = 2;
    /** A transaction that takes longer was too large. Some of them fit into the time for which a host waits for a verdict, 5 s unless configured. */
    static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Semaphore places = new Semaphore(TRANSACTIONS * MOST);
    private int most = MOST;

    /** Waits until one more may be sealed. */
    void awaitPlace() throws InterruptedException {
        places.acquire();
    }

    /** The most for the next transaction. */
    int most() {
        return most;
    }

    /** How many may be sealed now. */
    int places() {
        return places.availablePermits();
    }

    /**
     * A transaction is over: as many may be sealed as were in it, or more or fewer if the next one may be larger or should be smaller. After one that took too
     * long the next one has as many as the store takes in time; but it takes two of its records to take away one, since few that take long have only met a
     * slow disk, and the places that are left must hold what is sealed already.
     */
    void ended(int records, long nanos) {
        int before = most;
        if (nanos > LONG_NANOS) {
            int inTime = (int) (records * (double) LONG_NANOS / nanos);
            most = Math.max(before - records / TRANSACTIONS, Math.min(before, Math.max(LEAST, inTime)));
        } else {
            most = Math.min(MOST, 2 * before);
        }
        places.release(records + TRANSACTIONS * (most - before));
    }
}
