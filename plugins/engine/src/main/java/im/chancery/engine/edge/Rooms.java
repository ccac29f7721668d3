package im.chancery.engine.edge;

import im.chancery.core.Place;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaKind;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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
    private final AtomicLong versions = new AtomicLong();
    private final Map<BareJid, RoomSnapshot> known = new ConcurrentHashMap<>();
    private final Map<BareJid, Map<BareJid, Long>> entering = new ConcurrentHashMap<>();

    /**
     * What depends on a room's state now.
     *
     * @param place     who hears it
     * @param recipient see {@link im.chancery.core.Exchange#recipient}
     * @param room      see {@link im.chancery.core.Exchange#room}
     */
    record Located(Place place, Optional<BareJid> recipient, Optional<RoomSnapshot> room) {
        static final Located DIRECT = new Located(Place.DIRECT, Optional.empty(), Optional.empty());
    }

    Rooms(EdgeHost host, LongSupplier nanoTime) {
        this.host = host;
        this.nanoTime = nanoTime;
    }

    /**
     * Locates a stanza.
     *
     * @param to its address
     * @throws XmppStringprepException if it invites an address that is none (RFC 7622)
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

    private Optional<BareJid> invited(EdgeStanza stanza, BareJid room) throws XmppStringprepException {
        Optional<String> address = stanza.invited();
        if (address.isEmpty()) {
            return Optional.empty();
        }
        Jid person = JidCreate.from(address.get());
        return person.asBareJid().equals(room) ? host.realAddress(person) : Optional.of(person.asBareJid());
    }

    /** Somebody's join goes on. */
    void enters(BareJid who, BareJid room) {
        entering.computeIfAbsent(room, r -> new ConcurrentHashMap<>()).put(who, nanoTime.getAsLong());
    }

    private RoomSnapshot snapshot(BareJid room) {
        Set<BareJid> there = withEntering(room, host.occupants(room));
        if (there.isEmpty()) {
            known.remove(room); // there is no end to the names somebody can try
            return new RoomSnapshot(room, 0, there);
        }
        return known.compute(room, (r, before) ->
                before != null && before.occupants().equals(there) ? before : new RoomSnapshot(r, versions.incrementAndGet(), there));
    }

    private Set<BareJid> withEntering(BareJid room, Set<BareJid> there) {
        Map<BareJid, Long> others = entering.get(room);
        if (others == null) {
            return there;
        }
        long now = nanoTime.getAsLong();
        Set<BareJid> all = new HashSet<>(there);
        others.forEach((who, since) -> {
            if (there.contains(who) || now - since > ENTERING_NANOS) {
                others.remove(who, since);
            } else {
                all.add(who);
            }
        });
        entering.computeIfPresent(room, (r, left) -> left.isEmpty() ? null : left);
        return all;
    }
}
