package im.chancery.host.tigase;

import im.chancery.engine.edge.Edge;
import im.chancery.engine.edge.EdgeHost;
import tigase.server.AbstractMessageReceiver;
import tigase.server.Message;
import tigase.server.Packet;
import tigase.server.Presence;
import tigase.xmpp.StanzaType;
import tigase.xmpp.jid.JID;

/** What is on its way out on a stream: who gets it may answer it, and what the host itself has made in a person's name is asked about first. Safe for many threads. */
final class Deliveries {
    private static final String PUBSUB = "http://jabber.org/protocol/pubsub";

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
        if (!made.unmark(packet)) {
            if (packet.getElemName() == Presence.ELEM_NAME && tellsOfSomebody(packet.getType()) && isOfSomebodyElse(from, to) && !mayShow(packet, from)) {
                return null;
            }
            if (tellsOfWords(packet, from, to) && !edge.fromHost(new TigaseStanza(packet, from, null), name -> inNameOf(JID.jidInstanceNS(name), component, packet))) {
                return null;
            }
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

    /** Whether it may have words that somebody has left with the host: of a component, in a copy for another client, or of a node of somebody's (XEP-0163). */
    private boolean tellsOfWords(Packet packet, JID from, JID to) {
        return host.isComponent(from.getDomain()) || packet.getElemName() == Message.ELEM_NAME && from.getBareJID().equals(to.getBareJID())
                || packet.getElement().findChild(child -> child.getXMLNS() != null && child.getXMLNS().startsWith(PUBSUB)) != null;
    }

    private TigaseStanza inNameOf(JID person, AbstractMessageReceiver component, Packet packet) {
        return new TigaseStanza(packet, person, packet.getStanzaFrom(), told -> component.addPacket(made.mark(told)));
    }
}
