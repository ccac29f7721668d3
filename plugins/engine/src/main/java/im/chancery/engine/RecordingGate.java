package im.chancery.engine;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.NewRecord;
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
import im.chancery.engine.extension.Judged;
import im.chancery.presence.PresenceStore;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gate: policy decides, extensions add what they have to say, the archive appends allowed and refused alike, and only when the record is
 * on stable storage is there a verdict. Whatever goes wrong on the way refuses: an unreadable stanza, a policy that fails or gives no
 * answer. Records of one sender are appended in the order of the submissions, whatever order extensions answer in.
 * Safe for many threads; verdicts complete on the archive's thread, so what hangs on them must be short.
 */
final class RecordingGate implements Gate, AutoCloseable {
    /** The rule that refuses where the policy itself fails. */
    static final String POLICY_FAILED = "builtin:error";
    /** The rule that refuses what isn't a well-formed stanza. */
    static final String UNREADABLE = "builtin:unreadable";
    /** The rule that refuses what passes itself off as a copy that the recipient's own server has made. */
    static final String FORGED_COPY = "builtin:forged-copy";

    private static final Logger LOG = LoggerFactory.getLogger(RecordingGate.class);

    /** An extension's longest deadline, and some time to go on. */
    private static final long LAST_ANSWERS_MILLIS = 35_000;

    private final Archive archive;
    private final PresenceStore presence;
    private final ResendLinks resends;
    private final EngineMetrics metrics;
    private final AttemptRecords attempts;
    private final AssignedIds assigned = new AssignedIds();
    private final Turns turns = new Turns();
    private volatile Rules rules;
    private volatile boolean closed;

    /**
     * @param rules    what decides until {@link #use}
     * @param attempts makes the records
     * @param resends  the newest attempts
     */
    RecordingGate(Rules rules, AttemptRecords attempts, Archive archive, PresenceStore presence, ResendLinks resends, EngineMetrics metrics) {
        this.rules = rules;
        this.attempts = attempts;
        this.archive = archive;
        this.presence = presence;
        this.resends = resends;
        this.metrics = metrics;
        metrics.extensions(rules.extensions().names());
    }

    @Override
    public CompletionStage<Verdict> submit(Exchange submitted) {
        if (closed) {
            return CompletableFuture.failedStage(stopping());
        }
        long began = System.nanoTime();
        CompletableFuture<Verdict> answer = new CompletableFuture<>();
        try {
            Asked asked = ask(submitted);
            turns.inOrder(asked.sender(), asked.answer(), judged -> pass(append(asked, judged), answer));
        } catch (ArchiveException e) {
            return CompletableFuture.failedStage(e);
        }
        return answer.whenComplete((verdict, failure) -> {
            if (failure == null) {
                metrics.verdict(verdict.decision(), System.nanoTime() - began);
            } else {
                metrics.unrecorded(failure);
            }
        });
    }

    /** An exchange as it is read, and what was asked about it, of one config. */
    private record Asked(Exchange exchange, StanzaReader.Read stanza, Rules decisive, CompletionStage<Judged> answer) {
        BareJid sender() {
            return exchange.from().asBareJid();
        }
    }

    private Asked ask(Exchange submitted) {
        try {
            StanzaReader.Read stanza = StanzaReader.read(submitted);
            Exchange exchange = submitted.with(stanza.content(), stanza.target());
            return stanza.isCopy() ? unasked(exchange, stanza, refuseForgedCopy()) : ask(exchange, stanza);
        } catch (StanzaReader.Unreadable e) {
            return unasked(submitted, StanzaReader.Read.NOTHING, refuseUnreadable(e.getMessage()));
        }
    }

    /** Nobody is asked about what is refused whoever it is for. */
    private Asked unasked(Exchange exchange, StanzaReader.Read stanza, Decision refusal) {
        return new Asked(exchange, stanza, rules, CompletableFuture.completedStage(Judged.of(refusal)));
    }

    /** Other rules may take over between the look at them and the question; their predecessors' extensions aren't asked any more then. */
    private Asked ask(Exchange exchange, StanzaReader.Read stanza) {
        while (true) {
            Rules decisive = rules;
            Optional<CompletionStage<Judged>> answer = decisive.extensions().judge(exchange, decide(decisive, exchange));
            if (answer.isPresent()) {
                return new Asked(exchange, stanza, decisive, answer.get());
            }
            if (decisive == rules) {
                throw stopping();
            }
        }
    }

    private static ArchiveException stopping() {
        return new ArchiveException("the engine is stopping");
    }

    /** From now on these rules decide on what is submitted; what was submitted before is decided by those before. */
    void use(Rules newRules) {
        metrics.extensions(newRules.extensions().names());
        rules = newRules;
    }

    /** Takes nothing more. What was submitted before is recorded, and gets its verdict; waits for extensions' answers to it. */
    @Override
    public void close() {
        closed = true;
        turns.awaitNone(LAST_ANSWERS_MILLIS);
    }

    private CompletionStage<Verdict> append(Asked asked, Judged judged) {
        try {
            judged.answers().forEach(metrics::extension);
            Exchange exchange = asked.exchange();
            String recordClass = classOf(asked.decisive(), exchange);
            Function<Optional<RecordId>, CompletionStage<RecordId>> append = resendOf -> {
                NewRecord record = attempts.of(exchange, asked.stanza(), judged, recordClass, resendOf);
                return archive.append(record).whenComplete((id, failure) -> {
                    if (failure == null && judged.decision().allowed()) {
                        assigned.recorded(id, exchange, record);
                    }
                });
            };
            CompletionStage<RecordId> appended = asked.stanza().originId()
                    .map(originId -> resends.append(asked.sender(), exchange.recipient().orElseGet(() -> exchange.to().asBareJid()), originId, append))
                    .orElseGet(() -> append.apply(Optional.empty()));
            return appended.thenApply(id -> new Verdict(judged.decision(), id));
        } catch (RuntimeException | Error e) { // whatever it is, who waits is answered
            return CompletableFuture.failedStage(e);
        }
    }

    private static <T> void pass(CompletionStage<T> from, CompletableFuture<T> to) {
        from.whenComplete((value, failure) -> {
            if (failure == null) {
                to.complete(value);
            } else {
                to.completeExceptionally(failure);
            }
        });
    }

    @Override
    public CompletionStage<Decision> recheck(Exchange submitted) {
        CompletableFuture<Decision> answer = new CompletableFuture<>();
        Asked asked = ask(submitted);
        turns.inOrder(asked.sender(), asked.answer(), judged -> pass(CompletableFuture.completedStage(judged).thenApply(all -> {
            all.answers().forEach(metrics::extension);
            return all.decision();
        }), answer));
        return answer;
    }

    @Override
    public void afterVerdicts(Runnable work) {
        archive.afterStages(work);
    }

    @Override
    public void outcome(RecordId attempt, Outcome outcome) {
        metrics.outcome(outcome);
        archive.outcome(attempt, outcome);
    }

    @Override
    public void assigned(RecordId attempt, String id) {
        assigned.assigned(attempt, id).ifPresent(record -> archive.append(record).whenComplete((stored, failure) -> {
            if (failure != null) {
                LOG.warn("the id that a room has given to {} could not be recorded", attempt, Unquoted.of(failure, LOG));
            }
        }));
    }

    @Override
    public void presence(PresenceChange change) {
        advise(() -> presence.publish(change));
    }

    @Override
    public void presenceSnapshot(DomainBareJid domain, Collection<PresenceChange> available) {
        advise(() -> presence.replace(domain, available));
    }

    /** Presence is advisory: what can't be shared must not disturb the message path. */
    private void advise(Runnable share) {
        try {
            share.run();
        } catch (RuntimeException e) {
            metrics.presenceLost();
            LOG.debug("a presence change was not shared", e);
        }
    }

    private Decision decide(Rules decisive, Exchange exchange) {
        Decision decision;
        try {
            decision = decisive.policy().decide(exchange);
        } catch (RuntimeException | StackOverflowError e) {
            metrics.policyFailed();
            LOG.error("the policy failed on a stanza, which is refused: {}", e.getClass().getName());
            LOG.debug("how the policy failed", e);
            return refusePolicyFailed();
        }
        if (decision == null) {
            metrics.policyFailed();
            LOG.error("the policy gave no answer on a stanza, which is refused");
            return refusePolicyFailed();
        }
        return decision;
    }

    /** A record is kept even where its class can't be told: under {@code default}, which every config has. */
    private static String classOf(Rules decisive, Exchange exchange) {
        try {
            return decisive.recordClass().apply(exchange);
        } catch (RuntimeException e) {
            LOG.error("the record class of a stanza can't be told, it is recorded as '{}': {}", AttemptRecords.DEFAULT_CLASS, e.getClass().getName());
            return AttemptRecords.DEFAULT_CLASS;
        }
    }

    private static Decision refusePolicyFailed() {
        String text = "Your organisation's rules could not be checked just now, so this was not delivered. Please try again later.";
        return Decision.refuse(List.of(new DeterminingRule(POLICY_FAILED, Effect.REFUSE, text, false)), StanzaError.unavailable(text));
    }

    private static Decision refuseUnreadable(String why) {
        String text = "This was not delivered, because your client sent something that can't be recorded: " + why + ".";
        StanzaError error = new StanzaError(StanzaError.Type.MODIFY, StanzaError.Condition.NOT_ACCEPTABLE, text);
        return Decision.refuse(List.of(new DeterminingRule(UNREADABLE, Effect.REFUSE, text, false)), error);
    }

    private static Decision refuseForgedCopy() {
        String text = "This was not delivered, because it passes itself off as a copy that the recipient's own server has made.";
        StanzaError error = new StanzaError(StanzaError.Type.MODIFY, StanzaError.Condition.NOT_ACCEPTABLE, text);
        return Decision.refuse(List.of(new DeterminingRule(FORGED_COPY, Effect.REFUSE, text, false)), error);
    }
}
