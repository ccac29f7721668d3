package im.chancery.host.tigase;

import im.chancery.engine.edge.Edge;
import im.chancery.engine.edge.EdgeHost;
import java.util.Objects;
import java.util.Optional;
import tigase.server.AbstractMessageReceiver;
import tigase.server.Iq;
import tigase.server.Message;
import tigase.server.Packet;
import tigase.server.Presence;
import tigase.xml.Element;
import tigase.xmpp.StanzaType;
import tigase.xmpp.jid.JID;

/** What is on its way out on a stream: who gets it may answer it, and what the host itself has made in a person's name is asked about first. Safe for many threads. */
final class Deliveries {
    private static final String MAM = "urn:xmpp:mam:2";
    private static final String DELAY = "urn:xmpp:delay";
    private static final String[] DISCO_FORM = {Iq.ELEM_NAME, "query", "x"};
    private static final String SUBJECT_FIELD = "muc#roominfo_subject";
    private static final String EVENT = "http://jabber.org/protocol/pubsub#event";

    private final Edge edge;
    private final EdgeHost host;
    private final Marked made = new Marked();

    Deliveries(Edge edge, EdgeHost host) {
        this.edge = edge;
        this.host = host;
    }

    /** A stanza is about to be written to somebody; returns it, or null where it doesn't go on now. */
    Packet deliver(AbstractMessageReceiver component, Packet packet, JID to, Edge.Source reader) {
        JID from = packet.getStanzaFrom();
        if (from == null) {
            return packet;
        }
        if (!made.unmark(packet) && isOfSomebodyElse(from, to)) {
            if (packet.getElemName() == Presence.ELEM_NAME && tellsOfSomebody(packet.getType()) && !mayShow(packet, from)) {
                return null;
            }
            if (isEvent(packet)) {
                return ask(component, packet, from, to) ? packet : null;
            }
        }
        if (host.isRoomService(from.getDomain()) && !isForReader(packet, from, to)) {
            return null;
        }
        if (packet.getElemName() == Message.ELEM_NAME && packet.getType() == StanzaType.groupchat && host.isRoomService(from.getDomain())) {
            tellRoomsId(packet, from);
        }
        edge.delivered(TigaseStanza.kind(packet), TigaseStanza.type(packet), TigaseStanza.id(packet), from.toString(), to.toString(), reader);
        return packet;
    }

    private void tellRoomsId(Packet packet, JID from) {
        roomsId(packet, from).ifPresent(assigned -> edge.assigned(from.toString(), TigaseStanza.id(packet), assigned));
    }

    private static Optional<String> roomsId(Packet packet, JID from) {
        String room = from.getBareJID().toString();
        return TigaseStanza.stanzaIds(packet).filter(id -> room.equals(id.getAttributeStaticStr("by"))).map(id -> id.getAttributeStaticStr(Packet.ID_ATT))
                .filter(Objects::nonNull).findFirst();
    }

    /**
     * What a room keeps is for whom its author may reach. The delay tells it from what is said now: tigase-muc takes out what a sender has put there. A subject comes
     * to who enters in any case, since it ends their entering, and if need be without its words.
     */
    private boolean isForReader(Packet packet, JID from, JID to) {
        Element stanza = packet.getElement();
        String room = from.getBareJID().toString();
        if (packet.getElemName() == Iq.ELEM_NAME) {
            Element form = stanza.findChild(DISCO_FORM);
            if (form != null && !edge.history().mayReadSubject(room, to.toString())) {
                TigaseStanza.children(form).stream().filter(field -> SUBJECT_FIELD.equals(field.getAttributeStaticStr("var"))).toList().forEach(form::removeChild);
            }
            return true;
        }
        Element found = stanza.getChild("result", MAM);
        if (found != null) {
            return edge.history().mayRead(room, found.getAttributeStaticStr(Packet.ID_ATT), to.toString());
        }
        Element delay = packet.getType() == StanzaType.groupchat ? stanza.getChild("delay", DELAY) : null;
        boolean isKept = delay != null && (room.equals(delay.getAttributeStaticStr("from")) || room.equals(delay.getAttributeStaticStr("jid")));
        Element subject = stanza.getChild("body") == null ? stanza.getChild("subject") : null;
        if (subject == null || packet.getType() != StanzaType.groupchat) {
            return !isKept || edge.history().mayRead(room, roomsId(packet, from).orElse(null), to.toString());
        }
        if (!isKept) {
            edge.history().changesSubject(from.toString());
        } else if (!edge.history().mayReadSubject(room, to.toString())) {
            subject.setCData("");
            stanza.setAttribute(Packet.FROM_ATT, room);
        }
        return true;
    }

    /** Whether it is in the name of a person other than the recipient. */
    private boolean isOfSomebodyElse(JID from, JID to) {
        return from.getLocalpart() != null && !host.isRoomService(from.getDomain()) && !from.getBareJID().equals(to.getBareJID());
    }

    /** Where a subscription is given, a Tigase writes that somebody is there as a type that RFC 6121 doesn't have. */
    private static boolean tellsOfSomebody(StanzaType type) {
        return type == null || type == StanzaType.available || type == StanzaType.unavailable;
    }

    private boolean mayShow(Packet packet, JID from) {
        return packet.getStanzaTo() != null && edge.mayShow(new TigaseStanza(packet, from, null));
    }

    /** An item that somebody has published, for a follower (XEP-0163, section 4.3): the publication was recorded, this reader was not. */
    private static boolean isEvent(Packet packet) {
        return packet.getElemName() == Message.ELEM_NAME && packet.getType() != StanzaType.error
                && packet.getElement().getChild("event", EVENT) != null;
    }

    private boolean ask(AbstractMessageReceiver component, Packet packet, JID from, JID to) {
        return edge.arrives("made for " + to, Edge.Source.OUTSIDE, new TigaseStanza(packet, from, new TigaseStanza.Way() {
            @Override
            public void on(Packet event) {
                component.addPacket(made.mark(event));
            }

            @Override
            public void answer(Packet event, Packet answer) {
                // nobody waits for an answer to what the host has made
            }

            @Override
            public void done(Packet event) {
                // nothing to acknowledge
            }
        }));
    }
}
