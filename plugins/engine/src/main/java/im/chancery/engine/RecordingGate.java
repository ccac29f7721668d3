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
import im.chancery.core.Policy;
import im.chancery.core.PresenceChange;
import im.chancery.core.RecordId;
import im.chancery.core.StanzaError;
import im.chancery.core.Verdict;
import im.chancery.presence.PresenceStore;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jxmpp.jid.DomainBareJid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gate: policy decides, the archive appends allowed and refused alike, and only when the record is on stable storage is
 * there a verdict. Whatever goes wrong on the way refuses: an unreadable stanza, a policy that fails or gives no answer.
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

    private final Policy policy;
    private final Function<Exchange, String> recordClass;
    private final Archive archive;
    private final PresenceStore presence;
    private final ResendLinks resends;
    private final EngineMetrics metrics;
    private final AttemptRecords attempts;
    private final AssignedIds assigned = new AssignedIds();
    private volatile boolean closed;

    /**
     * @param recordClass names the record class of an exchange
     * @param attempts    makes the records
     * @param resends     the newest attempts
     */
    RecordingGate(Policy policy, Function<Exchange, String> recordClass, AttemptRecords attempts, Archive archive, PresenceStore presence,
            ResendLinks resends, EngineMetrics metrics) {
        this.policy = policy;
        this.recordClass = recordClass;
        this.attempts = attempts;
        this.archive = archive;
        this.presence = presence;
        this.resends = resends;
        this.metrics = metrics;
    }

    @Override
    public CompletionStage<Verdict> submit(Exchange submitted) {
        if (closed) {
            return CompletableFuture.failedStage(new ArchiveException("the engine is stopping"));
        }
        long began = System.nanoTime();
        Exchange exchange = submitted;
        StanzaReader.Read stanza;
        Decision decision;
        try {
            stanza = StanzaReader.read(submitted);
            exchange = submitted.with(stanza.content());
            decision = stanza.isCopy() ? refuseForgedCopy() : decide(exchange);
        } catch (StanzaReader.Unreadable e) {
            stanza = StanzaReader.Read.NOTHING;
            decision = refuseUnreadable(e.getMessage());
        }
        return append(exchange, stanza, decision).whenComplete((verdict, failure) -> {
            if (failure == null) {
                metrics.verdict(verdict.decision(), System.nanoTime() - began);
            } else {
                metrics.unrecorded(failure);
            }
        });
    }

    /** Takes nothing more. What was submitted before is recorded, and gets its verdict. */
    @Override
    public void close() {
        closed = true;
    }

    private CompletionStage<Verdict> append(Exchange exchange, StanzaReader.Read stanza, Decision decision) {
        try {
            String recordClass = classOf(exchange);
            Function<Optional<RecordId>, CompletionStage<RecordId>> append = resendOf -> {
                NewRecord record = attempts.of(exchange, stanza, decision, recordClass, resendOf);
                return archive.append(record).whenComplete((id, failure) -> {
                    if (failure == null && decision.allowed()) {
                        assigned.recorded(id, exchange, record);
                    }
                });
            };
            CompletionStage<RecordId> appended = stanza.originId()
                    .map(originId -> resends.append(exchange.from().asBareJid(), originId, append))
                    .orElseGet(() -> append.apply(Optional.empty()));
            return appended.thenApply(id -> new Verdict(decision, id));
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    @Override
    public Decision recheck(Exchange exchange) {
        return decide(exchange);
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
                LOG.warn("the id that a room has given to {} could not be recorded", attempt, failure);
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

    private Decision decide(Exchange exchange) {
        Decision decision;
        try {
            decision = policy.decide(exchange);
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
    private String classOf(Exchange exchange) {
        try {
            return recordClass.apply(exchange);
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
