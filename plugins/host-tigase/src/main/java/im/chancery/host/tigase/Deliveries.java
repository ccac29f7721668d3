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
        if (host.isRoomService(from.getDomain()) && !edge.fromRoom(new TigaseStanza(packet, from, null))) {
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
