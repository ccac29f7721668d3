package im.chancery.engine.edge;

import im.chancery.core.Place;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaKind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * Where a stanza is heard, and who is in its room (XEP-0045). Whoever has been let into a room counts as being there from that
 * moment on, since the host lets them in a little later: else two joins that are asked about an empty room could both enter. Safe for many
 * threads.
 */
final class Rooms {
    /** How long the host may take to let in whom the edge has let pass. */
    private static final long ENTERING_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final EdgeHost host;
    private final LongSupplier nanoTime;
    private final Map<BareJid, Map<BareJid, Long>> entering = new HashMap<>();
    private final Queue<Entering> byTime = new ArrayDeque<>();
    /** The rooms that somebody is looking at and handing on to, each with what waits for its turn. */
    private final Map<BareJid, Queue<Runnable>> turns = new HashMap<>();
    /** What is to be asked about anew, by its room. */
    private final Map<BareJid, Deque<Held>> lines = new HashMap<>();
    private long versions;

    private record Entering(BareJid who, BareJid room, long since) {
    }

    /**
     * What depends on a room's state now.
     *
     * @param place     who hears it
     * @param recipient see {@link im.chancery.core.Exchange#recipient}
     * @param room      see {@link im.chancery.core.Exchange#room}
     */
    record Located(Place place, Optional<BareJid> recipient, Optional<RoomSnapshot> room) {
        static final Located DIRECT = new Located(Place.DIRECT, Optional.empty(), Optional.empty());

        /** Whether the same people hear it. */
        boolean isAs(Located before) {
            return place == before.place && recipient.equals(before.recipient)
                    && room.map(RoomSnapshot::occupants).equals(before.room.map(RoomSnapshot::occupants));
        }
    }

    Rooms(EdgeHost host, LongSupplier nanoTime) {
        this.host = host;
        this.nanoTime = nanoTime;
    }

    /**
     * Locates a stanza.
     *
     * @param to its address
     * @throws XmppStringprepException if it invites an address that is none (RFC 7622), or several
     */
    Located locate(EdgeStanza stanza, Jid to) throws XmppStringprepException {
        if (to.getLocalpartOrNull() == null || !host.isRoomService(to.getDomain().toString())) {
            return Located.DIRECT;
        }
        boolean isPrivate = to.getResourceOrNull() != null && stanza.kind() != StanzaKind.PRESENCE;
        BareJid room = to.asBareJid();
        Optional<BareJid> recipient = isPrivate ? host.realAddress(to) : invited(stanza, room);
        return new Located(isPrivate ? Place.ROOM_PRIVATE : Place.ROOM, recipient, Optional.of(snapshot(room)));
    }

    /** A room and who is in it now. */
    Optional<RoomSnapshot> of(BareJid room) {
        return Optional.of(snapshot(room));
    }

    private Optional<BareJid> invited(EdgeStanza stanza, BareJid room) throws XmppStringprepException {
        List<String> addresses = stanza.invited();
        if (addresses.isEmpty()) {
            return Optional.empty();
        }
        if (addresses.size() > 1) {
            throw new XmppStringprepException(String.join(" ", addresses), "more than one address");
        }
        Jid person = JidCreate.from(addresses.get(0));
        return person.asBareJid().equals(room) ? host.realAddress(person) : Optional.of(person.asBareJid());
    }

    /**
     * Asks for a room's turn, which one has at a time: nobody enters between the look at a room and what is then let in. No thread waits for it, so that a
     * slow room keeps none from the other rooms.
     *
     * @param later has the turn when {@link #endTurn} gives it
     * @return whether the caller has the turn now; else {@code later} will
     */
    synchronized boolean takeTurn(BareJid room, Runnable later) {
        Queue<Runnable> waiting = turns.get(room);
        if (waiting == null) {
            turns.put(room, new ArrayDeque<>());
            return true;
        }
        waiting.add(later);
        return false;
    }

    /** Whoever has the turn gives it back. Returns what has it now, for somebody to run; nothing if nobody waits. */
    synchronized Optional<Runnable> endTurn(BareJid room) {
        Runnable next = turns.get(room).poll();
        if (next == null) {
            turns.remove(room);
        }
        return Optional.ofNullable(next);
    }

    /**
     * Has a stanza wait in its room's line, one for whose answer the room has changed too much. Were all of a crowd that enters asked about anew together, the first that goes on
     * would make it another room for all others again. Returns whether it is the first, and has its turn.
     */
    synchronized boolean standInLine(Held stanza) {
        Deque<Held> line = lines.computeIfAbsent(stanza.to().asBareJid(), r -> new ArrayDeque<>());
        if (!line.contains(stanza)) {
            line.add(stanza);
        }
        return line.peek() == stanza;
    }

    /** A stanza has ended. Returns whose turn it is now, if it has had it. */
    synchronized Optional<Held> leaveLine(Held stanza) {
        Deque<Held> line = lines.get(stanza.to().asBareJid());
        if (line == null) {
            return Optional.empty();
        }
        boolean hadTurn = line.peek() == stanza;
        line.remove(stanza);
        if (line.isEmpty()) {
            lines.remove(stanza.to().asBareJid());
        }
        return hadTurn ? Optional.ofNullable(line.peek()) : Optional.empty();
    }

    /** Somebody's join goes on. */
    synchronized void enters(BareJid who, BareJid room) {
        long now = nanoTime.getAsLong();
        while (!byTime.isEmpty() && now - byTime.element().since() > ENTERING_NANOS) {
            forget(byTime.remove()); // there is no end to the names somebody can try, and nobody may ever ask about this one again
        }
        entering.computeIfAbsent(room, r -> new HashMap<>()).put(who, now);
        byTime.add(new Entering(who, room, now));
    }

    /** The room has refused somebody's join by itself. */
    synchronized void refused(BareJid who, BareJid room) {
        entering.computeIfPresent(room, (r, others) -> {
            others.remove(who);
            return others.isEmpty() ? null : others;
        });
    }

    /** How many are counted as being in a room because they have just been let in. */
    synchronized int entering() {
        return entering.values().stream().mapToInt(Map::size).sum();
    }

    private void forget(Entering old) {
        entering.computeIfPresent(old.room(), (room, others) -> {
            others.remove(old.who(), old.since());
            return others.isEmpty() ? null : others;
        });
    }

    /** One at a time: who has been seen by the host isn't entering any more, and must not be missed by somebody who has asked the host before that. */
    private synchronized RoomSnapshot snapshot(BareJid room) {
        Set<BareJid> there = new HashSet<>(host.occupants(room));
        long now = nanoTime.getAsLong();
        entering.computeIfPresent(room, (r, others) -> {
            others.entrySet().removeIf(other -> there.contains(other.getKey()) || now - other.getValue() > ENTERING_NANOS);
            there.addAll(others.keySet());
            return others.isEmpty() ? null : others;
        });
        return new RoomSnapshot(room, there.isEmpty() ? 0 : ++versions, there);
    }
}
