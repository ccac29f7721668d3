package im.chancery.engine.edge;

import im.chancery.archive.ArchiveException;
import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.Gate;
import im.chancery.core.Outcome;
import im.chancery.core.PresenceChange;
import im.chancery.core.RecordId;
import im.chancery.core.StanzaError;
import im.chancery.core.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.concurrent.TimeUnit;
import org.jxmpp.jid.DomainBareJid;

/** A gate whose verdicts come when the test says so. Attempts are numbered from 0. */
final class ScriptedGate implements Gate {
    static final Decision ALLOW = Decision.allow(List.of(new DeterminingRule("house", Effect.ALLOW, "may talk", false)));
    static final Decision REFUSE = Decision.refuse(List.of(new DeterminingRule("wall", Effect.REFUSE, "may not", false)),
            StanzaError.policyViolation("there is a wall"));

    /** A question, and its answer to come. */
    private record Question(Exchange exchange, CompletableFuture<Verdict> answer) {
    }

    private final List<Question> questions = new ArrayList<>();
    private final Map<RecordId, List<Outcome>> outcomes = new ConcurrentHashMap<>();
    private final Map<RecordId, String> assigned = new ConcurrentHashMap<>();
    private volatile Decision recheck = ALLOW;
    private volatile Predicate<Exchange> wall = exchange -> false;
    private volatile boolean fails;
    private volatile boolean takesNoOutcomes;

    /** Refuses to take any question from now on. */
    void fails() {
        fails = true;
    }

    /** Fails on each outcome from now on. */
    void takesNoOutcomes() {
        takesNoOutcomes = true;
    }

    /** Rechecks of these are refused from now on, whatever the others are. */
    void wall(Predicate<Exchange> between) {
        wall = between;
    }

    void rechecks(Decision decision) {
        recheck = decision;
    }

    void allow(int attempt) {
        decide(attempt, ALLOW);
    }

    void refuse(int attempt) {
        decide(attempt, REFUSE);
    }

    private void decide(int attempt, Decision decision) {
        question(attempt).answer().complete(new Verdict(decision, id(attempt)));
    }

    void recordNothing(int attempt) {
        question(attempt).answer().completeExceptionally(new ArchiveException("disk"));
    }

    synchronized int asked() {
        return questions.size();
    }

    Exchange exchange(int attempt) {
        return question(attempt).exchange();
    }

    private synchronized Question question(int attempt) {
        return questions.get(attempt);
    }

    /** Waits until this many have been asked. */
    synchronized void awaitAsked(int count) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        try {
            while (questions.size() < count && System.nanoTime() < end) {
                wait(100);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What was told of an attempt, each time. */
    List<Outcome> outcomes(int attempt) {
        return outcomes.getOrDefault(id(attempt), List.of());
    }

    /** The id that was told of an attempt; null if none was. */
    String assigned(int attempt) {
        return assigned.get(id(attempt));
    }

    private static RecordId id(int attempt) {
        return new RecordId("node", attempt);
    }

    @Override
    public synchronized CompletionStage<Verdict> submit(Exchange exchange) {
        if (fails) {
            throw new IllegalStateException("the engine is gone");
        }
        questions.add(new Question(exchange, new CompletableFuture<>()));
        notifyAll();
        return questions.get(questions.size() - 1).answer();
    }

    @Override
    public CompletionStage<Decision> recheck(Exchange exchange) {
        if (fails) {
            throw new IllegalStateException("the engine is gone");
        }
        return CompletableFuture.completedStage(wall.test(exchange) ? REFUSE : recheck);
    }

    @Override
    public void outcome(RecordId attempt, Outcome outcome) {
        if (takesNoOutcomes) {
            throw new IllegalStateException("the engine is gone");
        }
        outcomes.computeIfAbsent(attempt, id -> new CopyOnWriteArrayList<>()).add(outcome);
    }

    @Override
    public void assigned(RecordId attempt, String id) {
        assigned.put(attempt, id);
    }

    @Override
    public void presence(PresenceChange change) {
        throw new AssertionError("the edge tells no presence");
    }

    @Override
    public void presenceSnapshot(DomainBareJid domain, Collection<PresenceChange> available) {
        throw new AssertionError("the edge tells no presence");
    }
}
