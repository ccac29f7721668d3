package im.chancery.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets what waits for an answer go on in the order in which it came, for each sender: extensions answer in any order, and records and verdicts must not.
 * Safe for many threads; what is ready goes on in the thread that brings an answer, one at a time for a sender.
 */
final class Turns {
    private static final Logger LOG = LoggerFactory.getLogger(Turns.class);

    private final Map<Object, Deque<Turn>> waiting = new HashMap<>();
    private final Set<Object> goingOn = new HashSet<>();
    private volatile boolean idle = true;

    private static final class Turn {
        private Runnable ready;
    }

    /**
     * Runs {@code then} with the answer once it is there and all that came before from this sender has gone on; at once where both is so already.
     *
     * @param answer completes, never exceptionally
     */
    <T> void inOrder(Object sender, CompletionStage<T> answer, Consumer<T> then) {
        var future = answer.toCompletableFuture();
        if (idle && future.isDone()) {
            then.accept(future.join());
            return;
        }
        Turn turn = new Turn();
        synchronized (this) {
            idle = false;
            waiting.computeIfAbsent(sender, s -> new ArrayDeque<>()).add(turn);
        }
        future.whenComplete((value, failure) -> ready(sender, turn, () -> then.accept(value)));
    }

    private void ready(Object sender, Turn turn, Runnable then) {
        synchronized (this) {
            turn.ready = then;
            if (!goingOn.add(sender)) {
                return; // whoever goes on with this sender's takes it along
            }
        }
        for (Runnable next = next(sender); next != null; next = next(sender)) {
            try {
                next.run();
            } catch (RuntimeException | Error e) {
                LOG.error("what waited for an answer could not go on", Unquoted.of(e, LOG)); // it must not keep those behind it
            }
        }
    }

    private synchronized Runnable next(Object sender) {
        Deque<Turn> turns = waiting.get(sender);
        Turn first = turns.peek();
        if (first != null && first.ready != null) {
            return turns.poll().ready;
        }
        goingOn.remove(sender);
        if (first == null) {
            waiting.remove(sender);
        }
        idle = waiting.isEmpty();
        notifyAll();
        return null;
    }

    /** Waits until nothing waits, for at most so long. */
    synchronized void awaitNone(long limitMillis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMillis);
        try {
            for (long left = end - System.nanoTime(); !waiting.isEmpty() && left > 0; left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
