package im.chancery.archive;

import im.chancery.core.Shares;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The writer's bounded queue. Origins take turns, one record each, and so do the senders of one origin: who floods waits behind their own records, and
 * others hardly longer than without the flood. What one sender has queued comes out in its order. {@link Shares} say how much of the queue an origin and a
 * sender may fill. A record keeps its place until {@link #leave}, so that those that are sealed already count as well. Safe for many threads.
 */
final class FairQueue {
    private final Shares shares;
    private final Map<Pending.Flow, Integer> places = new HashMap<>();
    /** Origin, sender and records, the former two in the order of their turns; nothing in it is empty. */
    private final Map<String, Map<Pending.Flow, Deque<Pending>>> waiting = new LinkedHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    /** Apart, so that places that are given back, with each transaction, don't wake who waits for records. */
    private final Condition recordCame = lock.newCondition();
    private final Condition placeFreed = lock.newCondition();

    /** @param limit how many records may have a place */
    FairQueue(int limit) {
        this.shares = new Shares(limit);
    }

    /** Adds a record, if there is a place for it or will be within so many milliseconds. */
    boolean offer(Pending pending, long millis) throws InterruptedException {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (!add(pending)) {
                if (left <= 0) {
                    return false;
                }
                left = placeFreed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Adds a record, if there is a place for it. */
    boolean offer(Pending pending) {
        lock.lock();
        try {
            return add(pending);
        } finally {
            lock.unlock();
        }
    }

    private boolean add(Pending pending) {
        Pending.Flow flow = pending.flow;
        if (!shares.fits(flow.origin(), places.getOrDefault(flow, 0), 1)) {
            return false;
        }
        shares.add(flow.origin(), 1);
        places.merge(flow, 1, Integer::sum);
        waiting.computeIfAbsent(flow.origin(), origin -> new LinkedHashMap<>()).computeIfAbsent(flow, sender -> new ArrayDeque<>()).add(pending);
        recordCame.signal();
        return true;
    }

    /** The next one, if it comes within so many milliseconds; else {@code null}. It keeps its place. */
    Pending poll(long millis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (waiting.isEmpty() && left > 0) {
                left = recordCame.awaitNanos(left);
            }
            return take();
        } finally {
            lock.unlock();
        }
    }

    /** The next one; {@code null} if there is none. It keeps its place. */
    Pending poll() {
        lock.lock();
        try {
            return take();
        } finally {
            lock.unlock();
        }
    }

    private Pending take() {
        if (waiting.isEmpty()) {
            return null;
        }
        var origin = first(waiting);
        var sender = first(origin.getValue());
        Pending next = sender.getValue().poll();
        if (!sender.getValue().isEmpty()) {
            origin.getValue().put(sender.getKey(), sender.getValue()); // its next turn comes after all others'
        }
        if (!origin.getValue().isEmpty()) {
            waiting.put(origin.getKey(), origin.getValue());
        }
        return next;
    }

    /** Takes out whose turn it is. */
    private static <K, V> Map.Entry<K, V> first(Map<K, V> turns) {
        Iterator<Map.Entry<K, V>> all = turns.entrySet().iterator();
        Map.Entry<K, V> first = all.next();
        all.remove();
        return first;
    }

    /** Records that were polled give their places back. The writer's own had none. */
    void leave(Collection<Pending> polled) {
        lock.lock();
        try {
            for (Pending pending : polled) {
                if (pending.internal) {
                    continue;
                }
                shares.remove(pending.flow.origin(), 1);
                places.computeIfPresent(pending.flow, (flow, count) -> count == 1 ? null : Integer.valueOf(count - 1));
            }
            placeFreed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How many have a place. */
    int size() {
        lock.lock();
        try {
            return (int) shares.inAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether all have been polled. */
    boolean isEmpty() {
        lock.lock();
        try {
            return waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }
}
