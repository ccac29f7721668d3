package im.chancery.host.tigase;

import im.chancery.engine.edge.Edge;
import tigase.server.AbstractMessageReceiver;
import tigase.server.Packet;
import tigase.xmpp.jid.JID;

/**
 * A component with streams of other servers or of external components (XEP-0114). One lane for each sender and recipient, so that one that waits doesn't hold up a whole
 * server; a room's occupants are one, both as senders, since it says in one's name that they have another nickname now, and in the other's that they are there, and as
 * recipients, since whoever says something and leaves writes to the room and then to a nickname in it.
 */
final class ServerPassage implements Passage {
    private final AbstractMessageReceiver component;
    private final Edge edge;
    private final TigaseHost host;
    private final Deliveries deliveries;

    ServerPassage(AbstractMessageReceiver component, Edge edge, TigaseHost host, Deliveries deliveries) {
        this.component = component;
        this.edge = edge;
        this.host = host;
        this.deliveries = deliveries;
    }

    @Override
    public Packet leaving(Packet packet) {
        TigaseHost.Nature nature = host.nature(packet);
        if (nature == TigaseHost.Nature.OWN) {
            return packet;
        }
        JID from = packet.getStanzaFrom();
        if (nature == TigaseHost.Nature.STRAY || from == null || packet.getStanzaTo() == null) {
            return null; // an external component may leave its sender out, and nobody could say whose words it brings
        }
        TigaseStanza.withoutDeliveryError(packet);
        String lane = from.getBareJID() + " " + packet.getStanzaTo().getBareJID();
        return edge.arrives(lane, Edge.Source.OUTSIDE, new TigaseStanza(packet, from, new TigaseStanza.Way() {
            @Override
            public void on(Packet stanza) {
                component.processOutPacket(stanza);
            }

            @Override
            public void answer(Packet stanza, Packet answer) {
                component.processOutPacket(answer);
            }

            @Override
            public void done(Packet stanza) {
                // nothing is acknowledged on these streams
            }
        })) ? packet : null;
    }

    @Override
    public Packet arriving(Packet packet) {
        JID to = packet.getStanzaTo();
        return host.isDelivery(packet) && to != null ? deliveries.deliver(component, packet, to, Edge.Source.OUTSIDE) : packet;
    }
}
