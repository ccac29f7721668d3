package im.chancery.engine.edge;

import im.chancery.core.Gate;
import im.chancery.core.Outcome;
import im.chancery.core.Place;
import im.chancery.core.RecordId;
import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import im.chancery.core.Verdict;
import im.chancery.engine.Refusals;
import im.chancery.engine.Unquoted;
import im.chancery.engine.config.EdgeOptions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The edge of a host that runs the engine inside: holds each stanza that is asked about until its verdict, without a thread that waits, and
 * lets what comes behind it on the same stream wait in order. After the deadline a stanza is bounced ({@code wait},
 * {@code resource-constraint}); a verdict that comes later counts for nothing, and its attempt's outcome is "bounced". What can't be asked about, since its
 * address is none or too much waits, is bounced at once, ahead of what waits. How much is too much is each domain's and each stream's own share.
 *
 * <p>The binding translates: it shows stanzas as {@link EdgeStanza}, its rooms and domains as {@link EdgeHost}. Safe for many threads; no
 * method blocks but {@link #close}, {@link #fromHost} and, where extensions say so, {@link #mayShow}.
 */
public final class Edge implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Edge.class);
    private static final int RELEASERS = 2;
    private static final long SWEEP_MILLIS = 50;

    private final Gate gate;
    private final EdgeHost host;
    private final EdgeOptions options;
    private final Rooms rooms;
    private final Doors doors;
    private final RoomIds roomIds;
    private final Questions questions;
    private final Goodbyes goodbyes;
    private final RoomHistory history;
    private final Publications publications;
    private final Map<Object, Lane> lanes = new ConcurrentHashMap<>();
    private final Set<Held> held = ConcurrentHashMap.newKeySet();
    private final Waiters waiters;
    private final ScheduledExecutorService releasers;
    private final LongSupplier nanoTime;
    private volatile boolean closed;

    /** Where a stream comes from. */
    public enum Source {
        /** A client of this server. */
        CLIENT,
        /** Another server or an external component. */
        OUTSIDE,
        /** The host itself, in a person's name. */
        HOST
    }

    /** What stays behind a stanza that is asked about. */
    private record Behind(EdgeItem item, String origin, int size) implements Lane.Waiting { }

    /** What is decided beside a stream, which goes on meanwhile: the key of its lane. */
    private record Beside(Object stream) { }

    /** An edge that asks this gate. */
    public Edge(Gate gate, EdgeHost host, EdgeOptions options) {
        this(gate, host, options, Executors.newScheduledThreadPool(RELEASERS, task -> new Thread(task, "chancery-edge")), System::nanoTime);
    }

    Edge(Gate gate, EdgeHost host, EdgeOptions options, ScheduledExecutorService releasers, LongSupplier nanoTime) {
        this.gate = gate;
        this.host = host;
        this.options = options;
        this.waiters = new Waiters(options.maxHeld());
        this.rooms = new Rooms(host, nanoTime);
        this.doors = new Doors(host);
        this.roomIds = new RoomIds(host, gate);
        this.questions = new Questions(gate, host, options.deadline());
        this.goodbyes = new Goodbyes(gate, host, rooms, questions);
        this.history = new RoomHistory(host, questions, roomIds);
        this.publications = new Publications(host, questions, nanoTime);
        this.releasers = releasers;
        this.nanoTime = nanoTime;
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
        Doors.Fate fate;
        try {
            from = JidCreate.from(stanza.from());
            to = JidCreate.from(stanza.to());
            fate = doors.fate(stanza, from, to, source);
        } catch (XmppStringprepException e) {
            refuse(stanza, Refusals.BAD_ADDRESS);
            return false;
        } catch (RuntimeException | Error e) { // else nobody would end it
            LOG.error("a stanza could not be looked at, which refuses it", Unquoted.of(e, LOG));
            refuse(stanza, Refusals.UNAVAILABLE);
            return false;
        }
        return switch (fate) {
            case ASK -> passesUnheld(stream, source, stanza, from, to);
            case ASK_BESIDE -> passesUnheld(new Beside(stream), Source.OUTSIDE, stanza, from, to);
            case DROP -> {
                stanza.discard();
                yield false;
            }
            case PASS -> fitsBehind(stream, stanza) && passes(stream, stanza);
            case TELL -> {
                boolean fits = fitsBehind(stream, stanza);
                if (fits) {
                    goodbyes.goesOn(stanza, from, to);
                }
                yield fits && passes(stream, stanza);
            }
        };
    }

    /** Whether what isn't asked about may wait behind what is; else it is refused. */
    private boolean fitsBehind(Object stream, EdgeStanza stanza) {
        Lane lane = lanes.get(stream);
        boolean fits = lane == null || lane.isEmpty() || waiters.fits(lane.origin(), lane.size(), stanza.size());
        if (!fits) {
            refuse(stanza, Refusals.UNAVAILABLE);
        }
        return fits;
    }

    /**
     * Takes what isn't a stanza, but has its place on the stream. Returns whether it goes on at once, as {@link #arrives} does.
     */
    public boolean passes(Object stream, EdgeItem item) {
        Lane lane = lanes.get(stream);
        if (lane == null) {
            return true;
        }
        Behind behind = new Behind(item, lane.origin(), item.size());
        waiters.add(behind.origin(), behind.size());
        if (lane.addBehind(behind)) {
            return false;
        }
        waiters.remove(behind.origin(), behind.size());
        return true;
    }

    /** A client's session has ended, and the host leaves its rooms in its name: which is recorded. {@code client} is its full address. */
    public void left(String client) {
        Jid from = JidCreate.fromOrNull(client);
        if (from != null) {
            goodbyes.left(from);
        }
    }

    /**
     * Tells that a stanza is on its way to somebody, who may answer it by an error or result: a client under its full address, another server or a component
     * under a bare one.
     *
     * @param reader what kind of stream takes it there
     */
    public void delivered(StanzaKind kind, String type, String id, String from, String to, Source reader) {
        try {
            Jid sender = JidCreate.from(from);
            Jid recipient = JidCreate.from(to);
            doors.delivered(kind, type, id, sender, reader == Source.OUTSIDE ? recipient.asBareJid() : recipient);
            if (kind == StanzaKind.PRESENCE && Doors.GOODBYES.contains(type) && host.isRoomService(sender.getDomain().toString())) {
                goodbyes.isOutside(recipient, sender, type.equals("error"));
            }
        } catch (XmppStringprepException e) {
            LOG.debug("a stanza with an address that is none by RFC 7622 can't be answered");
        }
    }

    /**
     * Whether what this server is about to send to somebody goes on now: what a room or a PubSub node keeps is for whom its author may reach, and what a node tells is asked about
     * as a person's, whose bare address {@code inNameOf} gets. A subject or item that isn't for them is taken out. Waits for the host's own store.
     */
    public boolean fromHost(EdgeStanza stanza, Function<String, EdgeStanza> inNameOf) {
        if (!history.goesOn(stanza)) {
            return false;
        }
        Publications.Told told = publications.told(stanza);
        return told.asked().map(name -> arrives("made for " + stanza.to(), Source.HOST, inNameOf.apply(name.toString()))).orElse(told.goesOn());
    }

    /**
     * Whether presence that the host sends on in a person's name may go to somebody (RFC 6121, section 4): their subscription was asked about,
     * but a wall may have been built since. A goodbye may where they have been shown that presence. The host's thread waits here only where an extension is asked about
     * presence, for its deadline at most.
     */
    public boolean mayShow(EdgeStanza presence) {
        try {
            Jid from = JidCreate.from(presence.from());
            Jid to = JidCreate.from(presence.to());
            boolean isGoodbye = presence.type().equals("unavailable");
            if (isGoodbye && doors.mayLeave(from, to)) {
                return true;
            }
            boolean allowed = questions.isAllowedNow(questions.about(presence, from, to, Rooms.Located.DIRECT));
            if (allowed) {
                doors.tells(presence.kind(), isGoodbye ? presence.type() : "", from, to);
            }
            return allowed;
        } catch (XmppStringprepException e) {
            return false;
        }
    }

    /** How many stanzas wait, for a verdict or behind one that does. */
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
            releasers.shutdown();
            Thread.currentThread().interrupt();
        }
    }

    /** Whether it takes nothing more. */
    public boolean isClosed() {
        return closed;
    }

    /** How many streams have something that waits. */
    int lanes() {
        return lanes.size();
    }

    /** Asks about a stanza, or refuses it where that isn't possible now. Returns whether it goes on at once all the same. */
    private boolean passesUnheld(Object stream, Source source, EdgeStanza stanza, Jid from, Jid to) {
        int size = stanza.size();
        String origin = from.getDomain().toString();
        Lane lane = lanes.get(stream);
        boolean fits = waiters.addIfFits(origin, lane == null ? 0 : lane.size(), size); // before closed is looked at, so that who closes the edge waits for it
        if (fits && !closed) {
            Held next = enqueue(stream, source, stanza, from, to, size);
            held.add(next);
            ask(next);
            return false;
        }
        if (fits) {
            waiters.remove(origin, size);
        }
        if (doors.goesOnRefused(stanza, from, to, source)) {
            return fitsBehind(stream, stanza) && passes(stream, stanza);
        }
        refuse(stanza, Refusals.UNAVAILABLE);
        return false;
    }

    private Held enqueue(Object stream, Source source, EdgeStanza stanza, Jid from, Jid to, int size) {
        while (true) {
            Lane lane = lanes.computeIfAbsent(stream, s -> new Lane(from.getDomain().toString()));
            Held next = new Held(stanza, from, to, stream, source, lane, nanoTime.getAsLong(), size);
            if (lane.add(next)) {
                return next;
            }
            lanes.remove(stream, lane);
        }
    }

    /** Anew where it was asked about before: then it has its room's turn, and keeps it until it has ended, so that others who wait ask about what it has made of the room. */
    private void ask(Held stanza) {
        try {
            Rooms.Located before = stanza.located();
            Rooms.Located now = rooms.locate(stanza.stanza(), stanza.to());
            if (before != null && (isLate(stanza) || !now.recipient().equals(before.recipient()))) {
                refuse(stanza, Refusals.ROOM_CHANGES); // it never rests, or a nickname changed hands
            } else {
                submit(stanza, now);
            }
        } catch (XmppStringprepException e) {
            refuse(stanza, Refusals.BAD_ADDRESS);
        } catch (RuntimeException | Error e) {
            LOG.error("a stanza could not be asked about, which refuses it", Unquoted.of(e, LOG));
            refuse(stanza, Refusals.UNAVAILABLE);
        }
    }

    private void submit(Held stanza, Rooms.Located located) {
        int attempt = stanza.ask(located);
        if (attempt == 0) {
            return;
        }
        gate.submit(questions.about(stanza.stanza(), stanza.from(), stanza.to(), located))
                .whenComplete((verdict, failure) -> answered(stanza, attempt, verdict));
    }

    private void refuse(Held stanza, StanzaError error) {
        if (stanza.refuse(error)) {
            releaseSoon(stanza);
        }
    }

    /** On the archive's thread; {@code verdict} is null where nothing could be recorded. */
    private void answered(Held stanza, int attempt, Verdict verdict) {
        Held.Answer answer = verdict == null ? Held.Answer.refuse(Refusals.UNAVAILABLE) : Held.Answer.of(verdict);
        if (stanza.answer(attempt, answer)) {
            releaseSoon(stanza);
        } else if (verdict != null) {
            tell(verdict.attempt(), Outcome.BOUNCED);
        }
    }

    /** Never throws, since the executor would then never call again, and nothing would have a deadline any more. */
    private void expire() {
        for (Held next : held) {
            try {
                if (isLate(next)) {
                    refuse(next, Refusals.UNAVAILABLE);
                }
            } catch (RuntimeException | Error e) {
                LOG.error("a stanza's deadline could not be looked at", Unquoted.of(e, LOG));
            }
        }
    }

    private boolean isLate(Held stanza) {
        return nanoTime.getAsLong() - stanza.since() > options.deadline().toNanos();
    }

    private void releaseSoon(Held stanza) {
        soon(() -> release(stanza.stream(), stanza.lane()));
    }

    private void soon(Runnable task) {
        try {
            releasers.execute(task);
        } catch (RejectedExecutionException e) {
            task.run(); // later than close() waits; whoever brings the verdict releases it
        }
    }

    private void release(Object stream, Lane lane) {
        for (Lane.Waiting next = lane.take(); next != null; next = lane.take()) {
            Lane.Waiting taken = next;
            Optional<BareJid> room = room(taken);
            if (room.isPresent() && !rooms.takeTurn(room.get(), () -> {
                end(taken, lane, room);
                release(stream, lane);
            })) {
                return;
            }
            end(taken, lane, room);
        }
        if (lane.closeIfOver()) {
            lanes.remove(stream, lane);
        }
    }

    /** The room that it will be handed on to. */
    private static Optional<BareJid> room(Lane.Waiting next) {
        return next instanceof Held stanza && stanza.answer().error().isEmpty() && stanza.located().place() != Place.DIRECT
                ? Optional.of(stanza.to().asBareJid()) : Optional.empty();
    }

    private void end(Lane.Waiting next, Lane lane, Optional<BareJid> room) {
        boolean isOver = true;
        try {
            isOver = finish(next);
        } catch (RuntimeException | Error e) {
            LOG.error("a stanza could not be handed on", Unquoted.of(e, LOG)); // it must not keep those behind it
        }
        if (isOver) {
            held.remove(next);
            lane.finished(next);
            waiters.remove(next.origin(), next.size());
            if (next instanceof Held stanza) {
                rooms.leaveLine(stanza).ifPresent(waiting -> soon(() -> ask(waiting)));
            }
        } else {
            lane.putBack(next);
        }
        room.flatMap(rooms::endTurn).ifPresent(this::soon);
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
            try {
                if (doors.goesOnRefused(stanza.stanza(), stanza.from(), stanza.to(), stanza.source())) {
                    stanza.stanza().handOn();
                } else {
                    refuse(stanza.stanza(), answer.error().get());
                }
            } finally {
                answer.verdict().ifPresent(v -> tell(v.attempt(), Outcome.BOUNCED)); // of a goodbye too that the host can't take: what was asked about went nowhere
            }
            return true;
        }
        return finish(stanza, answer.verdict().orElseThrow().attempt());
    }

    /** A verdict holds for a room as it was, and its record names those who were there. Where they have changed since, the stanza is another attempt. */
    private boolean finish(Held stanza, RecordId attempt) {
        if (stanza.located().place() == Place.DIRECT) {
            handOn(stanza, attempt);
            return true;
        }
        Rooms.Located now = locateAgain(stanza);
        if (now != null && now.isAs(stanza.located())) {
            boolean isAvailable = stanza.stanza().kind() == StanzaKind.PRESENCE && stanza.stanza().type().isEmpty();
            if (isAvailable && now.place() == Place.ROOM) {
                rooms.enters(stanza.from().asBareJid(), stanza.to().asBareJid());
                goodbyes.enters(stanza);
            }
            handOn(stanza, attempt);
            return true;
        }
        tell(attempt, Outcome.BOUNCED);
        stanza.reopen();
        if (rooms.standInLine(stanza)) {
            ask(stanza);
        }
        return false;
    }

    /** {@code null} if that can't be told. */
    private Rooms.Located locateAgain(Held stanza) {
        try {
            return rooms.locate(stanza.stanza(), stanza.to());
        } catch (XmppStringprepException | RuntimeException | Error e) {
            LOG.error("who is in a room can't be told, which refuses a stanza", Unquoted.of(e, LOG));
            return null;
        }
    }

    private void handOn(Held stanza, RecordId attempt) {
        Outcome outcome = Outcome.BOUNCED; // until the host may have it
        try {
            stanza.stanza().withoutIdsOf(by -> doors.isForged(by, stanza.from(), stanza.source()));
            roomIds.goesOn(stanza, attempt);
            history.goesToRoom(stanza);
            publications.goesOn(stanza);
            doors.tells(stanza.stanza().kind(), stanza.stanza().type(), stanza.from(), stanza.to());
            outcome = Outcome.UNKNOWN;
            stanza.stanza().handOn();
            outcome = Outcome.HANDED_ON;
        } finally {
            if (outcome == Outcome.BOUNCED) {
                refuse(stanza.stanza(), Refusals.UNAVAILABLE);
            }
            tell(attempt, outcome);
        }
    }

    private void tell(RecordId attempt, Outcome outcome) {
        try {
            gate.outcome(attempt, outcome);
        } catch (RuntimeException e) {
            LOG.error("what became of an attempt could not be told", Unquoted.of(e, LOG));
        }
    }

    private static void refuse(EdgeStanza stanza, StanzaError error) {
        try {
            stanza.refuse(error);
        } catch (RuntimeException | Error e) {
            LOG.error("the sender of a stanza could not be told that it is refused", Unquoted.of(e, LOG));
        }
    }
}
