package im.chancery.engine.edge;

import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Gate;
import im.chancery.core.Outcome;
import im.chancery.core.Place;
import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import im.chancery.core.Verdict;
import im.chancery.engine.Refusals;
import im.chancery.engine.config.EdgeOptions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The edge of a host that runs the engine inside: holds each stanza that is asked about until its verdict, without a thread that waits, and
 * lets what comes behind it on the same stream wait in order. After the deadline, and beyond the bound on what may wait, a stanza is bounced
 * ({@code wait}, {@code resource-constraint}); a verdict that comes later counts for nothing, and its attempt's outcome is "bounced".
 *
 * <p>The binding translates: it shows stanzas as {@link EdgeStanza}, its rooms and domains as {@link EdgeHost}. Safe for many threads; no
 * method but {@link #close} blocks.
 */
public final class Edge implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Edge.class);
    private static final int MOST_ATTEMPTS = 5; // a room that changes faster than it can be asked about refuses for now
    private static final int RELEASERS = 2;
    private static final long SWEEP_MILLIS = 50;
    /** One stream may use this part of what may wait in all, so that it can't shut out the others. */
    private static final int STREAM_PART = 8;

    private final Gate gate;
    private final EdgeHost host;
    private final EdgeOptions options;
    private final Rooms rooms;
    private final Doors doors;
    private final Map<Object, Lane> lanes = new ConcurrentHashMap<>();
    private final Queue<Held> byDeadline = new ConcurrentLinkedQueue<>();
    private final Waiters waiters = new Waiters();
    private final ScheduledExecutorService releasers;
    private volatile boolean closed;

    /** Where a stream comes from. */
    public enum Source {
        /** A client of this server. */
        CLIENT,
        /** Another server or an external component. */
        OUTSIDE
    }

    /** What stays behind a stanza that is asked about. */
    private record Behind(EdgeItem item) implements Lane.Waiting {
        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public int size() {
            return item.size();
        }
    }

    /** What waits for a verdict, in all. */
    private static final class Waiters {
        private long bytes;
        private long count;

        synchronized long bytes() {
            return bytes;
        }

        synchronized long count() {
            return count;
        }

        synchronized void add(int size) {
            bytes += size;
            count++;
        }

        synchronized void remove(int size) {
            bytes -= size;
            count--;
            notifyAll();
        }

        /** Waits until there are none. */
        synchronized void awaitNone(Duration limit) throws InterruptedException {
            long end = System.nanoTime() + limit.toNanos();
            for (long left = limit.toNanos(); count > 0 && left > 0; left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        }
    }

    /** An edge that asks this gate. */
    public Edge(Gate gate, EdgeHost host, EdgeOptions options) {
        this.gate = gate;
        this.host = host;
        this.options = options;
        this.rooms = new Rooms(host, System::nanoTime);
        this.doors = new Doors(host);
        this.releasers = Executors.newScheduledThreadPool(RELEASERS, task -> new Thread(task, "chancery-edge"));
        releasers.scheduleWithFixedDelay(this::expire, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Takes what a stream brings.
     *
     * @param stream the stream, by something equal for each of its items
     * @return whether it goes on at once, which is then the caller's to do; else the edge ends it, now or later
     */
    public boolean arrives(Object stream, Source source, EdgeStanza stanza) {
        Jid from;
        Jid to;
        try {
            from = JidCreate.from(stanza.from());
            to = JidCreate.from(stanza.to());
        } catch (XmppStringprepException e) {
            refuse(enqueue(stream, source == Source.CLIENT, stanza, 0), Refusals.BAD_ADDRESS);
            return false;
        }
        boolean isClient = source == Source.CLIENT;
        return switch (doors.fate(stanza, from, to, isClient ? lane(stream, true).shown() : null)) {
            case ASK -> {
                hold(stream, isClient, stanza, from, to);
                yield false;
            }
            case DROP -> {
                stanza.discard();
                yield false;
            }
            case PASS -> passes(stream, stanza);
        };
    }

    /**
     * Takes what isn't a stanza, or isn't asked about, but has its place on the stream. Returns whether it goes on at once, as
     * {@link #arrives} does.
     */
    public boolean passes(Object stream, EdgeItem item) {
        Lane lane = lanes.get(stream);
        return lane == null || !lane.addBehind(new Behind(item));
    }

    /** A client's stream has ended: nothing more comes. What is held of it still gets its verdict. */
    public void ended(Object stream) {
        Lane lane = lanes.get(stream);
        if (lane != null) {
            lane.end();
            closeIfOver(stream, lane);
        }
    }

    /**
     * Tells that a stanza is on its way to somebody, who may answer it by an error or result.
     *
     * @param to the full address of a client, the bare one where another server or a component has it
     */
    public void delivered(StanzaKind kind, String type, String id, String from, String to) {
        try {
            doors.delivered(kind, type, id, JidCreate.from(from), JidCreate.from(to));
        } catch (XmppStringprepException e) {
            LOG.debug("a stanza with an address that is none by RFC 7622 can't be answered");
        }
    }

    /**
     * Whether presence that the host sends on in a person's name may go to somebody (RFC 6121, section 4): their subscription was asked about,
     * but a wall may have been built since.
     */
    public boolean mayShow(EdgeStanza presence) {
        try {
            Jid from = JidCreate.from(presence.from());
            Jid to = JidCreate.from(presence.to());
            Exchange exchange = exchange(presence, from, to, Rooms.Located.DIRECT);
            return gate.recheck(exchange).allowed();
        } catch (XmppStringprepException e) {
            return false;
        }
    }

    /** How many stanzas wait for a verdict. */
    public long waiting() {
        return waiters.count();
    }

    /** Takes nothing more, and waits until all that is held has its verdict, for the deadline and a second more at most. */
    @Override
    public void close() {
        closed = true;
        if (waiting() > 0) {
            LOG.info("waiting for verdicts on {} stanzas", waiting());
        }
        try {
            waiters.awaitNone(options.deadline().plus(Duration.ofSeconds(1)));
            releasers.shutdown();
            releasers.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Lane lane(Object stream, boolean isClient) {
        return lanes.computeIfAbsent(stream, s -> new Lane(!isClient));
    }

    private Held enqueue(Object stream, boolean isClient, EdgeStanza stanza, int size) {
        while (true) {
            Lane lane = lane(stream, isClient);
            Held next = new Held(stanza, stream, lane, System.nanoTime(), size);
            if (lane.add(next)) {
                waiters.add(size);
                return next;
            }
            lanes.remove(stream, lane);
        }
    }

    private void closeIfOver(Object stream, Lane lane) {
        if (lane.closeIfOver()) {
            lanes.remove(stream, lane);
        }
    }

    private void hold(Object stream, boolean isClient, EdgeStanza stanza, Jid from, Jid to) {
        Held next = enqueue(stream, isClient, stanza, stanza.size());
        boolean tooMuch = waiters.bytes() > options.maxHeld() || next.lane().size() > options.maxHeld() / STREAM_PART;
        if (closed || tooMuch) {
            refuse(next, Refusals.UNAVAILABLE);
            return;
        }
        byDeadline.add(next);
        ask(next, from, to);
    }

    private void refuse(Held stanza, StanzaError error) {
        if (stanza.answer(stanza.attempts(), Held.Answer.refuse(error))) {
            releaseSoon(stanza);
        }
    }

    private void ask(Held stanza, Jid from, Jid to) {
        try {
            Rooms.Located located = rooms.locate(stanza.stanza(), to);
            int attempt = stanza.ask(located);
            gate.submit(exchange(stanza.stanza(), from, to, located)).whenComplete((verdict, failure) -> answered(stanza, attempt, verdict));
        } catch (XmppStringprepException e) {
            refuse(stanza, Refusals.BAD_ADDRESS);
        } catch (RuntimeException e) {
            LOG.error("a stanza could not be asked about, which refuses it", e);
            refuse(stanza, Refusals.UNAVAILABLE);
        }
    }

    private Exchange exchange(EdgeStanza stanza, Jid from, Jid to, Rooms.Located located) {
        Direction direction = !host.serves(from.getDomain().toString()) ? Direction.INBOUND
                : !host.serves(to.getDomain().toString()) ? Direction.OUTBOUND : Direction.LOCAL;
        Jid whom = host.isService(to) ? to.asDomainBareJid() : to; // a service is known to policies by its domain
        return new Exchange(from, whom, located.recipient(), stanza.kind(), stanza.type(), direction, located.place(), located.room(), stanza.xml());
    }

    /** On the archive's thread; {@code verdict} is null where nothing could be recorded. */
    private void answered(Held stanza, int attempt, Verdict verdict) {
        Held.Answer answer = verdict == null ? Held.Answer.refuse(Refusals.UNAVAILABLE) : Held.Answer.of(verdict);
        if (stanza.answer(attempt, answer)) {
            releaseSoon(stanza);
        } else if (verdict != null) {
            gate.outcome(verdict.attempt(), Outcome.BOUNCED);
        }
    }

    private void expire() {
        for (Held next = byDeadline.peek(); next != null; next = byDeadline.peek()) {
            boolean isLate = isLate(next);
            if (!isLate && !next.isReady()) {
                return;
            }
            byDeadline.poll();
            if (isLate) {
                refuse(next, Refusals.UNAVAILABLE);
            }
        }
    }

    private boolean isLate(Held stanza) {
        return System.nanoTime() - stanza.since() > options.deadline().toNanos();
    }

    private void releaseSoon(Held stanza) {
        releasers.execute(() -> release(stanza.stream(), stanza.lane()));
    }

    private void release(Object stream, Lane lane) {
        for (Lane.Waiting next = lane.take(); next != null; next = lane.take()) {
            boolean isOver = true;
            try {
                isOver = finish(next);
            } catch (RuntimeException e) {
                LOG.error("a stanza could not be handed on", e); // it must not keep those behind it
            }
            if (!isOver) {
                lane.putBack(next);
                continue;
            }
            lane.finished(next);
            if (next instanceof Held) {
                waiters.remove(next.size());
            }
        }
        closeIfOver(stream, lane);
    }

    /** Returns whether it has ended; else it was asked about anew. */
    private boolean finish(Lane.Waiting next) {
        if (next instanceof Behind behind) {
            behind.item().handOn();
            return true;
        }
        Held stanza = (Held) next;
        Held.Answer answer = stanza.answer();
        if (answer.error().isPresent()) {
            answer.verdict().ifPresent(v -> gate.outcome(v.attempt(), Outcome.BOUNCED));
            bounce(stanza.stanza(), answer.error().get());
            return true;
        }
        return handOn(stanza, answer.verdict().orElseThrow());
    }

    /** A verdict holds for a room as it was, and its record names those who were there. Where they have changed since, the stanza is another attempt. */
    private boolean handOn(Held held, Verdict verdict) {
        EdgeStanza stanza = held.stanza();
        Jid from = JidCreate.fromOrThrowUnchecked(stanza.from());
        Jid to = JidCreate.fromOrThrowUnchecked(stanza.to());
        if (held.located().place() != Place.DIRECT) {
            Rooms.Located now = locateAgain(stanza, to);
            if (!now.equals(held.located())) {
                gate.outcome(verdict.attempt(), Outcome.BOUNCED);
                if (!now.recipient().equals(held.located().recipient()) || held.attempts() == MOST_ATTEMPTS || isLate(held)) {
                    bounce(stanza, Refusals.ROOM_CHANGES); // a nickname changed hands, or the room never rests
                    return true;
                }
                byDeadline.add(held);
                ask(held, from, to);
                return false;
            }
        }
        if (stanza.kind() == StanzaKind.PRESENCE && stanza.type().isEmpty()) {
            held.lane().shown().add(to.toString());
            if (held.located().place() == Place.ROOM) {
                rooms.enters(from.asBareJid(), to.asBareJid());
            }
        }
        stanza.handOn();
        gate.outcome(verdict.attempt(), Outcome.HANDED_ON);
        return true;
    }

    private Rooms.Located locateAgain(EdgeStanza stanza, Jid to) {
        try {
            return rooms.locate(stanza, to);
        } catch (XmppStringprepException e) {
            throw new IllegalStateException("an address that was one is none any more", e);
        }
    }

    /** Who sent it is told why; of an iq's result who waits for it is told that there is none; an error ends here. */
    private static void bounce(EdgeStanza stanza, StanzaError error) {
        if (stanza.type().equals("error")) {
            stanza.discard();
        } else if (stanza.kind() == StanzaKind.IQ && stanza.type().equals("result")) {
            stanza.answerWith(error.condition());
        } else {
            stanza.bounce(error);
        }
    }
}
