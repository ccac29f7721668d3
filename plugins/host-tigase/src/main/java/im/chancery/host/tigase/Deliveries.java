package im.chancery.host.tigase;

import im.chancery.engine.edge.Edge;
import im.chancery.engine.edge.EdgeHost;
import java.util.Optional;
import tigase.server.AbstractMessageReceiver;
import tigase.server.Message;
import tigase.server.Packet;
import tigase.server.Presence;
import tigase.xmpp.StanzaType;
import tigase.xmpp.jid.JID;

/** What is on its way out on a stream: who gets it may answer it, and what the host itself has made in a person's name is asked about first. Safe for many threads. */
final class Deliveries {
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
        boolean isDecided = made.unmark(packet);
        boolean isComponents = host.isComponent(from.getDomain());
        if (!isDecided && isOfSomebodyElse(from, to)) {
            if (packet.getElemName() == Presence.ELEM_NAME && tellsOfSomebody(packet.getType()) && !mayShow(packet, from)) {
                return null;
            }
            if (isEvent(packet)) {
                return ask(component, packet, from, to) ? packet : null;
            }
        }
        if (!isDecided && isComponents && from.getLocalpart() == null && isEvent(packet)) {
            Optional<JID> publisher = edge.publisher(new TigaseStanza(packet, from, null)).map(JID::jidInstanceNS);
            if (publisher.filter(by -> by.getBareJID().equals(to.getBareJID())).isEmpty()) {
                return publisher.isPresent() && ask(component, packet, publisher.get(), to) ? packet : null;
            }
        }
        if (isComponents && !edge.fromService(new TigaseStanza(packet, from, null))) {
            return null;
        }
        edge.delivered(TigaseStanza.kind(packet), TigaseStanza.type(packet), TigaseStanza.id(packet), from.toString(), to.toString(), reader);
        return packet;
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
        return packet.getElemName() == Message.ELEM_NAME && packet.getType() != StanzaType.error && packet.getElement().getChild("event", EVENT) != null;
    }

    private boolean ask(AbstractMessageReceiver component, Packet packet, JID from, JID to) {
        return edge.arrives("made for " + to, Edge.Source.OUTSIDE, new TigaseStanza(packet, from, event -> component.addPacket(made.mark(event))));
    }
}
