package im.chancery.core;

import java.util.Collection;
import java.util.concurrent.CompletionStage;
import org.jxmpp.jid.DomainBareJid;

/**
 * What a host binding sees of the engine on the message path. Safe for many threads; no method blocks.
 */
public interface Gate {
    /**
     * Decides and records one exchange. The stage completes with the verdict after the record is on stable storage, in
     * no particular order between exchanges; it completes exceptionally when nothing could be recorded, and the host
     * then refuses with {@link StanzaError#unavailable}.
     */
    CompletionStage<Verdict> submit(Exchange exchange);

    /**
     * Decides without a record: for presence that the host sends on to somebody whose subscription was asked about
     * earlier (RFC 6121, section 4), since a wall may have been built meanwhile. The stage is complete already unless an extension is
     * asked; then it completes within the extension's deadline, for one sender in the order of the calls.
     */
    CompletionStage<Decision> recheck(Exchange exchange);

    /**
     * Runs work soon, after the verdicts that are being given just now: many come with one transaction, and whoever passes them on may do it in
     * one go. The work must be short.
     */
    default void afterVerdicts(Runnable work) {
        work.run();
    }

    /**
     * Tells what became of an attempt. Recorded soon after, in the background. Call once for each attempt, or again where the first call may have been lost;
     * what is recorded already is not recorded twice.
     */
    void outcome(RecordId attempt, Outcome outcome);

    /**
     * Tells the id that a room has given to a message as it handed it on (XEP-0359, section 3): what refers to that message later names it.
     * Recorded soon after, in the background. Only the newest 10,000 attempts in rooms take one, once, and fewer where the occupants of their rooms
     * are some hundred thousand together, counted anew whenever somebody has joined or left; else it has no effect.
     *
     * @param attempt the attempt's record
     * @param id      the id, not empty
     */
    void assigned(RecordId attempt, String id);

    /** Takes a presence change of a user of this host. Advisory: never refuses, never waits. */
    void presence(PresenceChange change);

    /**
     * Takes all available resources of a domain of this host, in place of whatever was known of that domain from this
     * host: a host sends it when its link has been away. Advisory like {@link #presence}.
     */
    void presenceSnapshot(DomainBareJid domain, Collection<PresenceChange> available);
}
