package im.chancery.host.tigase;

import im.chancery.engine.edge.Edge;
import tigase.server.AbstractMessageReceiver;
import tigase.server.Packet;
import tigase.xmpp.impl.C2SDeliveryErrorProcessor;
import tigase.xmpp.jid.JID;

/** A component with streams of other servers or of external components (XEP-0114). One lane for each sender and recipient, so that one that waits doesn't hold up a whole server. */
final class ServerPassage implements Passage {
    private final AbstractMessageReceiver component;
    private final Edge edge;
    private final Deliveries deliveries;

    ServerPassage(AbstractMessageReceiver component, Edge edge, Deliveries deliveries) {
        this.component = component;
        this.edge = edge;
        this.deliveries = deliveries;
    }

    @Override
    public Packet leaving(Packet packet) {
        JID from = packet.getStanzaFrom();
        if (!TigaseStanza.isStanza(packet) || from == null || packet.getStanzaTo() == null) {
            return packet;
        }
        C2SDeliveryErrorProcessor.filterErrorElement(packet.getElement()); // only Tigase itself may say that it could not deliver
        String lane = from + " " + packet.getStanzaTo();
        return edge.arrives(lane, Edge.Source.OUTSIDE, new TigaseStanza(packet, from, new TigaseStanza.Way() {
            @Override
            public void on(Packet stanza) {
                component.processOutPacket(stanza);
            }

            @Override
            public void send(Packet answer) {
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
        return TigaseStanza.isStanza(packet) && to != null ? deliveries.deliver(component, packet, to.copyWithoutResource()) : packet;
    }
}
