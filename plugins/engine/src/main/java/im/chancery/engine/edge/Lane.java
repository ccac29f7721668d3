package im.chancery.engine.edge;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What one stream has waiting at the edge, in its order: nothing overtakes a stanza that has no verdict yet. One thread at a time takes
 * from it. Safe for many threads.
 */
final class Lane {
    private final String origin;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private boolean taken;
    private boolean closed;
    private long size;

    /** Something that waits: a stanza that is asked about, or what stays behind it. */
    interface Waiting {
        /** Whether it may be finished when its turn comes. */
        default boolean isReady() {
            return true;
        }

        /** In whose share it counts: a domain. */
        String origin();

        /** What it counts for while it waits, in bytes. */
        int size();
    }

    /**
     * A lane without anything in it.
     *
     * @param origin the domain of whom its first stanza is from
     */
    Lane(String origin) {
        this.origin = origin;
    }

    /** In whose share what has no sender counts. */
    String origin() {
        return origin;
    }

    /** What waits, in bytes. */
    synchronized long size() {
        return size;
    }

    /** Adds at the end; {@code false} if the lane has been closed, so that another one must be opened. */
    synchronized boolean add(Waiting next) {
        if (closed) {
            return false;
        }
        size += next.size();
        return waiting.add(next);
    }

    /** Adds at the end if there is anything to stay behind. */
    synchronized boolean addBehind(Waiting next) {
        return !isEmpty() && add(next);
    }

    /** The first, if it is ready and nobody else is taking; whoever gets one gives the lane back by {@link #finished} or {@link #putBack}. */
    synchronized Waiting take() {
        Waiting first = waiting.peek();
        if (taken || first == null || !first.isReady()) {
            return null;
        }
        taken = true;
        return waiting.poll();
    }

    /** What was taken has ended. */
    synchronized void finished(Waiting first) {
        taken = false;
        size -= first.size();
    }

    /** What was taken is asked about anew; it keeps its place. */
    synchronized void putBack(Waiting first) {
        taken = false;
        waiting.addFirst(first);
    }

    /** Closes it for good if it is empty; tells whether it is closed. */
    synchronized boolean closeIfOver() {
        closed = closed || isEmpty();
        return closed;
    }

    synchronized boolean isEmpty() {
        return waiting.isEmpty() && !taken;
    }
}
