package im.chancery.engine.edge;

import im.chancery.core.StanzaError;
import im.chancery.core.Verdict;
import java.util.Optional;
import org.jxmpp.jid.Jid;

/**
 * A stanza that waits for its verdict. Each attempt gets one answer, the first to come; one that comes later counts for nothing. Safe for many
 * threads.
 */
final class Held implements Lane.Waiting {
    private final EdgeStanza stanza;
    private final Jid from;
    private final Jid to;
    private final Object stream;
    private final Edge.Source source;
    private final Lane lane;
    private final long since;
    private final int size;
    private int attempts;
    private Rooms.Located located;
    private Answer answer;

    /**
     * What is to happen.
     *
     * @param verdict the verdict, empty where nothing was recorded
     * @param error   what the sender is told, empty where the stanza may go on
     */
    record Answer(Optional<Verdict> verdict, Optional<StanzaError> error) {
        static Answer of(Verdict verdict) {
            return new Answer(Optional.of(verdict), verdict.decision().error());
        }

        static Answer refuse(StanzaError error) {
            return new Answer(Optional.empty(), Optional.of(error));
        }
    }

    /** {@code since} is a time in nanoseconds; {@code size} what it counts for. */
    Held(EdgeStanza stanza, Jid from, Jid to, Object stream, Edge.Source source, Lane lane, long since, int size) {
        this.stanza = stanza;
        this.from = from;
        this.to = to;
        this.stream = stream;
        this.source = source;
        this.lane = lane;
        this.since = since;
        this.size = size;
    }

    EdgeStanza stanza() {
        return stanza;
    }

    Jid from() {
        return from;
    }

    Jid to() {
        return to;
    }

    Object stream() {
        return stream;
    }

    Edge.Source source() {
        return source;
    }

    Lane lane() {
        return lane;
    }

    long since() {
        return since;
    }

    @Override
    public String origin() {
        return from.getDomain().toString();
    }

    @Override
    public int size() {
        return size;
    }

    /**
     * It is asked about, its room being as it is now. Returns the attempt's number, from 1, or 0 where it is not: it was to be asked about anew, and has been refused
     * meanwhile. An answer that it had before it was asked about at all, because its deadline came first, stays.
     */
    synchronized int ask(Rooms.Located now) {
        if (attempts > 0 && answer != null) {
            return 0;
        }
        located = now;
        return ++attempts;
    }

    /** The answer that it had holds no more: it waits to be asked about anew. */
    synchronized void reopen() {
        answer = null;
    }

    /** Its room as it was asked about; {@code null} where it never was. */
    synchronized Rooms.Located located() {
        return located;
    }

    /** An answer to one attempt. {@code false} if that one has an answer, or there is a newer one. */
    synchronized boolean answer(int attempt, Answer with) {
        if (attempt != attempts || answer != null) {
            return false;
        }
        answer = with;
        return true;
    }

    /** An answer to whichever attempt is the newest. {@code false} if that one has one. */
    synchronized boolean refuse(StanzaError error) {
        return answer(attempts, Answer.refuse(error));
    }

    synchronized Answer answer() {
        return answer;
    }

    @Override
    public synchronized boolean isReady() {
        return answer != null;
    }
}
