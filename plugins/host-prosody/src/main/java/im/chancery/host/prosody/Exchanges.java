package im.chancery.host.prosody;

import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaKind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/** Turns questions into exchanges, with the rooms the host has told of on this connection. Used by one reader thread. */
final class Exchanges {
    /** In the order of the link's codes; a test holds them to the vectors. */
    private static final List<StanzaKind> KINDS = List.of(StanzaKind.MESSAGE, StanzaKind.PRESENCE, StanzaKind.IQ);
    private static final List<Direction> DIRECTIONS = List.of(Direction.LOCAL, Direction.INBOUND, Direction.OUTBOUND);
    private static final List<Place> PLACES = List.of(Place.DIRECT, Place.ROOM, Place.ROOM_PRIVATE);

    private final Map<String, Told> rooms = new HashMap<>();

    /** What was told of a room. No snapshot, but why there is none, where its address or an occupant's is none by RFC 7622. */
    private record Told(long version, Optional<RoomSnapshot> snapshot, Optional<XmppStringprepException> wrong) {
    }

    /**
     * Takes a room's occupants. Whoever writes to a room chooses its address, and their server tells of the room first: one that is none by RFC 7622 is
     * no fault of the host's, and refuses what is for that room. So does an occupant's, since a policy must not decide on a part of them.
     */
    void room(Frame.Room frame) {
        try {
            Set<BareJid> occupants = new HashSet<>();
            for (String occupant : frame.occupants()) {
                occupants.add(JidCreate.bareFrom(occupant));
            }
            RoomSnapshot room = new RoomSnapshot(JidCreate.bareFrom(frame.room()), frame.version(), occupants);
            rooms.put(frame.room(), new Told(frame.version(), Optional.of(room), Optional.empty()));
        } catch (XmppStringprepException e) {
            rooms.put(frame.room(), new Told(frame.version(), Optional.empty(), Optional.of(e)));
        }
    }

    void forget(Frame.RoomGone frame) {
        rooms.remove(frame.room());
    }

    /**
     * The exchange a question is about.
     *
     * @throws XmppStringprepException if an address is none by RFC 7622; the host's own rules are the older RFC 3920's
     * @throws MalformedFrameException if the question names a room, or a version of it, that the host has not told of
     */
    Exchange exchange(Frame.Submit question) throws XmppStringprepException, MalformedFrameException {
        Place place = PLACES.get(question.place());
        Optional<RoomSnapshot> room = Optional.empty();
        if (place != Place.DIRECT) {
            Told told = rooms.get(question.room());
            if (told == null || told.version() != question.roomVersion()) {
                throw new MalformedFrameException("a question about a room in version " + question.roomVersion()
                        + ", told of: " + (told == null ? "nothing" : "version " + told.version()));
            }
            if (told.wrong().isPresent()) {
                throw told.wrong().get();
            }
            room = told.snapshot();
        } else if (!question.room().isEmpty()) {
            throw new MalformedFrameException("a direct question that names a room");
        }
        return new Exchange(
                JidCreate.from(question.from()),
                JidCreate.from(question.to()),
                question.recipient().isEmpty() ? Optional.empty() : Optional.of(JidCreate.bareFrom(question.recipient())),
                KINDS.get(question.kind()),
                question.stanzaType(),
                DIRECTIONS.get(question.direction()),
                place,
                room,
                question.stanza());
    }
}
