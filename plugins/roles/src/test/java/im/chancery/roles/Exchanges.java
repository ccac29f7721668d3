package im.chancery.roles;

import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaKind;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;

/** Exchanges of tests. */
final class Exchanges {
    private Exchanges() {
    }

    static Jid jid(String text) {
        return JidCreate.fromOrThrowUnchecked(text);
    }

    static BareJid bare(String text) {
        return jid(text).asBareJid();
    }

    static Exchange direct(String from, String to, StanzaKind kind) {
        return new Exchange(jid(from), jid(to), Optional.empty(), kind, "", Direction.LOCAL, Place.DIRECT, Optional.empty(), "");
    }

    static Exchange message(String from, String to) {
        return direct(from, to, StanzaKind.MESSAGE);
    }

    /** A stanza to the room as a whole. */
    static Exchange inRoom(String from, String room, StanzaKind kind, String type, String... occupants) {
        return new Exchange(jid(from), jid(room), Optional.empty(), kind, type, Direction.LOCAL, Place.ROOM,
                Optional.of(snapshot(room, occupants)), "");
    }

    static Exchange join(String from, String room, String... occupants) {
        return inRoom(from, room + "/nick", StanzaKind.PRESENCE, "", occupants);
    }

    static Exchange speak(String from, String room, String... occupants) {
        return inRoom(from, room, StanzaKind.MESSAGE, "groupchat", occupants);
    }

    static Exchange whisper(String from, String room, Optional<String> recipient, String... occupants) {
        return new Exchange(jid(from), jid(room + "/nick"), recipient.map(Exchanges::bare), StanzaKind.MESSAGE, "chat", Direction.LOCAL,
                Place.ROOM_PRIVATE, Optional.of(snapshot(room, occupants)), "");
    }

    static RoomSnapshot snapshot(String room, String... occupants) {
        Set<BareJid> addresses = Stream.of(occupants).map(Exchanges::bare).collect(Collectors.toSet());
        return new RoomSnapshot(bare(room), 1, addresses);
    }
}
