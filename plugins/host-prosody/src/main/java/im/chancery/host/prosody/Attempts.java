package im.chancery.host.prosody;

import im.chancery.core.Gate;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Attempts whose verdict exists and whose outcome is not yet known, by run of the host, so that each gets exactly one
 * outcome even when the link is lost in between:
 * <ul>
 * <li>The host reports: that is the outcome, on whatever connection it comes.
 * <li>The link is lost before the verdict was written: the host bounces what it had asked, if it lives. Once the same run of
 * it is back, the outcome is "bounced"; of a goodbye, which goes on and is told of again, "unknown".
 * <li>The link is lost after the verdict was written: the host may have acted on it. It may report when it is back.
 * <li>Nothing is heard within the deadline after the loss: "unknown".
 * </ul>
 * Safe for many threads.
 */
final class Attempts {
    private final Gate gate;
    private final Consumer<Runnable> afterDeadline;
    private final Map<String, Instance> instances = new HashMap<>();

    /** What is open for one run of one host. */
    private static final class Instance {
        /** With the connection each was told on. */
        private final Map<RecordId, Object> told = new HashMap<>();
        /** With what becomes of each once this run of the host is back. */
        private final Map<RecordId, Outcome> untold = new HashMap<>();
        private int connections;
    }

    /** {@code afterDeadline} runs a task once the deadline has passed. */
    Attempts(Gate gate, Consumer<Runnable> afterDeadline) {
        this.gate = gate;
        this.afterDeadline = afterDeadline;
    }

    /** A run of a host has connected, perhaps again. */
    void connected(String instance) {
        Map<RecordId, Outcome> lost;
        synchronized (this) {
            Instance of = instances.computeIfAbsent(instance, i -> new Instance());
            of.connections++;
            lost = Map.copyOf(of.untold);
            of.untold.clear();
        }
        lost.forEach(gate::outcome);
    }

    /** A verdict is about to be written to the host on this connection. */
    synchronized void told(String instance, RecordId attempt, Object connection) {
        instances.computeIfAbsent(instance, i -> new Instance()).told.put(attempt, connection);
    }

    /** A verdict can't be written any more: its connection is gone. {@code lost} is what the host has made of the attempt, if it lives. */
    void untold(String instance, RecordId attempt, Outcome lost) {
        synchronized (this) {
            Instance of = instances.computeIfAbsent(instance, i -> new Instance());
            if (of.connections == 0) {
                of.untold.put(attempt, lost);
                afterDeadline.accept(() -> expire(instance, Set.of(attempt)));
                return;
            }
        }
        gate.outcome(attempt, lost);
    }

    /**
     * The host reports. A report of an attempt that is not open here is of a time before this engine ran, or comes after
     * it became unknown; it is taken as well, since it is the truth.
     */
    void reported(String instance, RecordId attempt, Outcome outcome) {
        synchronized (this) {
            Instance of = instances.get(instance);
            if (of != null && of.told.remove(attempt) == null) {
                of.untold.remove(attempt);
            }
        }
        gate.outcome(attempt, outcome);
    }

    /** A connection of the host is gone; the host has the deadline to come back and report. */
    synchronized void disconnected(String instance, Object connection) {
        Instance of = instances.get(instance);
        if (of == null) {
            return;
        }
        of.connections--;
        Set<RecordId> open = new HashSet<>();
        of.told.forEach((attempt, on) -> {
            if (on == connection) {
                open.add(attempt);
            }
        });
        afterDeadline.accept(() -> expire(instance, open));
    }

    /** Nobody will report any more. */
    void giveUp() {
        Set<RecordId> unknown = new HashSet<>();
        synchronized (this) {
            instances.values().forEach(i -> {
                unknown.addAll(i.told.keySet());
                unknown.addAll(i.untold.keySet());
            });
            instances.clear();
        }
        unknown.forEach(id -> gate.outcome(id, Outcome.UNKNOWN));
    }

    private void expire(String instance, Set<RecordId> attempts) {
        Set<RecordId> unknown = new HashSet<>(attempts);
        synchronized (this) {
            Instance of = instances.get(instance);
            if (of == null) {
                return;
            }
            unknown.removeIf(id -> of.told.remove(id) == null && of.untold.remove(id) == null);
            if (of.connections == 0 && of.told.isEmpty() && of.untold.isEmpty()) {
                instances.remove(instance);
            }
        }
        unknown.forEach(id -> gate.outcome(id, Outcome.UNKNOWN));
    }
}
