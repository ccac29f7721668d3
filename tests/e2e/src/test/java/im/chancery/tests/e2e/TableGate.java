package im.chancery.tests.e2e;

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
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jxmpp.jid.DomainBareJid;

/**
 * A gate without policy or archive: decides by what a test tells it and remembers all it was asked and told. Verdicts can be
 * kept back until {@link #letGo}.
 */
final class TableGate implements Gate {
    private static final List<DeterminingRule> RULE = List.of(new DeterminingRule("test", Effect.ALLOW, "as the test wants", false));

    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    /** Goes on over a {@link #reset}: an outcome that comes late counts for what it is of. */
    private final AtomicLong ids = new AtomicLong();
    private final Map<RecordId, List<Outcome>> outcomes = new ConcurrentHashMap<>();
    private final Map<RecordId, String> assigned = new ConcurrentHashMap<>();
    private final List<PresenceChange> presence = new CopyOnWriteArrayList<>();
    private final Map<String, List<PresenceChange>> snapshots = new ConcurrentHashMap<>();
    private final List<Runnable> kept = new ArrayList<>();
    private volatile Function<Exchange, Optional<String>> refusals = e -> Optional.empty();
    private volatile Predicate<Exchange> keepBack = e -> false;

    private record Asked(RecordId id, Exchange exchange) {
    }

    /** Whether a stanza, with its attributes in single quotes, holds this text. */
    private static boolean holds(Exchange exchange, String text) {
        return SingleQuotes.of(exchange.stanza()).contains(text);
    }

    /** Refuses what this gives a reason for. */
    void refuse(Function<Exchange, Optional<String>> reason) {
        refusals = reason;
    }

    /** Refuses stanzas that hold this text. */
    void refuseText(String text) {
        refuse(e -> holds(e, text) ? Optional.of("not this: " + text) : Optional.empty());
    }

    /** Keeps back the verdicts of stanzas that hold this text. */
    void keepBackText(String text) {
        keepBack = e -> holds(e, text);
    }

    /** Keeps back the verdicts of these. */
    void keepBack(Predicate<Exchange> which) {
        keepBack = which;
    }

    /** Gives the verdicts that were kept back, in the order asked, and keeps no more. */
    void letGo() {
        taken().forEach(Runnable::run);
    }

    /** The same in the reverse order: the engine's verdicts may come in any. */
    void letGoInReverse() {
        List<Runnable> reversed = new ArrayList<>(taken());
        Collections.reverse(reversed);
        reversed.forEach(Runnable::run);
    }

    private List<Runnable> taken() {
        keepBack = e -> false;
        synchronized (kept) {
            List<Runnable> now = List.copyOf(kept);
            kept.clear();
            return now;
        }
    }

    /** How many verdicts are kept back. */
    int keptBack() {
        synchronized (kept) {
            return kept.size();
        }
    }

    /** Forgets everything and allows everything. */
    void reset() {
        letGo();
        refusals = e -> Optional.empty();
        asked.clear();
        outcomes.clear();
        assigned.clear();
        presence.clear();
        snapshots.clear();
    }

    @Override
    public CompletionStage<Verdict> submit(Exchange exchange) {
        CompletableFuture<Verdict> answer = new CompletableFuture<>();
        RecordId id = new RecordId("table", ids.getAndIncrement());
        asked.add(new Asked(id, exchange));
        Runnable give = () -> answer.complete(new Verdict(decide(exchange), id));
        if (keepBack.test(exchange)) {
            synchronized (kept) {
                kept.add(give);
            }
        } else {
            give.run();
        }
        return answer;
    }

    @Override
    public CompletionStage<Decision> recheck(Exchange exchange) {
        return CompletableFuture.completedStage(decide(exchange));
    }

    private Decision decide(Exchange exchange) {
        return refusals.apply(exchange)
                .map(reason -> Decision.refuse(RULE, StanzaError.policyViolation(reason)))
                .orElseGet(() -> Decision.allow(RULE));
    }

    @Override
    public void outcome(RecordId attempt, Outcome outcome) {
        outcomes.computeIfAbsent(attempt, id -> new CopyOnWriteArrayList<>()).add(outcome);
    }

    @Override
    public void assigned(RecordId attempt, String id) {
        assigned.put(attempt, id);
    }

    @Override
    public void presence(PresenceChange change) {
        presence.add(change);
    }

    @Override
    public void presenceSnapshot(DomainBareJid domain, Collection<PresenceChange> available) {
        snapshots.put(domain.toString(), List.copyOf(available));
    }

    /** What was asked about stanzas that hold this text. */
    List<Exchange> asked(String text) {
        return asked.stream().map(Asked::exchange).filter(e -> holds(e, text)).toList();
    }

    /** The outcomes told of attempts whose stanza holds this text. */
    List<Outcome> outcomes(String text) {
        return asked.stream().filter(a -> holds(a.exchange(), text)).flatMap(a -> outcomes.getOrDefault(a.id(), List.of()).stream()).toList();
    }

    /** The id told of the only attempt whose stanza holds this text, if one was. */
    Optional<String> assigned(String text) {
        List<Asked> found = asked.stream().filter(a -> holds(a.exchange(), text)).toList();
        return found.size() == 1 ? Optional.ofNullable(assigned.get(found.get(0).id())) : Optional.empty();
    }

    /** Presence told, in order. */
    List<PresenceChange> presence() {
        return presence;
    }

    /** The last snapshot of a domain, if there was one. */
    Optional<List<PresenceChange>> snapshot(String domain) {
        return Optional.ofNullable(snapshots.get(domain));
    }
}
