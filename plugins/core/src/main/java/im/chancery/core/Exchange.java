package im.chancery.core;

import java.util.Objects;
import java.util.Optional;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;

/**
 * One submission: a stanza that somebody wants handed on, with all that a policy may look at. Immutable.
 *
 * @param from      the sender's real address as the host has stamped it, full where the host knows the resource
 * @param to        the address the stanza is sent to; in a room the room's address, with the nickname as resource for a private message
 * @param recipient the real bare address behind {@code to} where that is an occupant of a room; whom an invitation or its
 *                  decline by way of a room is for (XEP-0045, section 7.8); to and from whom a proxy is to pass bytes on (XEP-0065); else empty
 * @param kind      message, presence or iq
 * @param type      the stanza's type attribute, {@code ""} where it has none
 * @param direction seen from the asking host
 * @param place     who hears it
 * @param room      the room and its occupants, present if and only if {@code place} is not {@link Place#DIRECT}
 * @param stanza    the serialised stanza, with the stamped from
 * @param content   what is in it; {@link Content#NOTHING} until the engine has read it
 */
public record Exchange(
        Jid from,
        Jid to,
        Optional<BareJid> recipient,
        StanzaKind kind,
        String type,
        Direction direction,
        Place place,
        Optional<RoomSnapshot> room,
        String stanza,
        Content content) {

    public Exchange {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(recipient, "recipient");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(direction, "direction");
        Objects.requireNonNull(place, "place");
        Objects.requireNonNull(stanza, "stanza");
        Objects.requireNonNull(content, "content");
        if (room.isPresent() != (place != Place.DIRECT)) {
            throw new IllegalArgumentException("a room is given if and only if the place is a room: " + place);
        }
    }

    /** An exchange as a host submits it, whose stanza nobody has read yet. */
    public Exchange(Jid from, Jid to, Optional<BareJid> recipient, StanzaKind kind, String type, Direction direction, Place place,
            Optional<RoomSnapshot> room, String stanza) {
        this(from, to, recipient, kind, type, direction, place, room, stanza, Content.NOTHING);
    }

    /** The same with what is in its stanza. */
    public Exchange with(Content read) {
        return new Exchange(from, to, recipient, kind, type, direction, place, room, stanza, read);
    }

    /** The same with what is in its stanza, which may say whom it is for beside its address. What the host says of that comes first. */
    public Exchange with(Content read, Optional<BareJid> recipientByContent) {
        return new Exchange(from, to, recipient.or(() -> recipientByContent), kind, type, direction, place, room, stanza, read);
    }

    /** Whether this is a presence that enters a room (XEP-0045, section 7.2), as opposed to one that changes status or leaves. */
    public boolean isJoin() {
        return kind == StanzaKind.PRESENCE && place == Place.ROOM && type.isEmpty()
                && room.map(r -> !r.occupants().contains(from.asBareJid())).orElse(false);
    }
}
