package im.chancery.host.tigase;

import im.chancery.engine.edge.Edge;
import im.chancery.engine.edge.EdgeItem;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tigase.server.AbstractMessageReceiver;
import tigase.server.Command;
import tigase.server.Packet;
import tigase.xmpp.XMPPIOService;
import tigase.xmpp.impl.C2SDeliveryErrorProcessor;
import tigase.xmpp.jid.JID;

/**
 * A component with clients' streams (TCP, WebSocket, BOSH). A stanza of a client whose address is known is shown to the edge here, before
 * anything else has seen it. A client that sends before its address is known, since it has pipelined its login, is shown at the session
 * manager's door, and so is all that follows it until that has been seen there.
 */
final class ClientPassage implements Passage {
    private final AbstractMessageReceiver component;
    private final Edge edge;
    private final Sessions sessions;
    private final Deliveries deliveries;
    private final Marked released;
    private final Map<JID, AckCounter> counters = new ConcurrentHashMap<>();
    /** Connection to the number of stanzas that went on to the session manager's door. */
    private final Map<JID, Integer> early = new ConcurrentHashMap<>();

    /** {@code released} marks what the session manager may take. */
    ClientPassage(AbstractMessageReceiver component, Edge edge, Sessions sessions, Deliveries deliveries, Marked released) {
        this.component = component;
        this.edge = edge;
        this.sessions = sessions;
        this.deliveries = deliveries;
        this.released = released;
    }

    /** A stream of this component has brought a packet, which nobody has looked at yet. */
    void parsed(XMPPIOService<?> stream, Packet packet) {
        AckCounter counter = AckCounter.of(stream);
        if (counter != null && TigaseStanza.isStanza(packet)) {
            counter.parsed(packet);
            counters.put(stream.getConnectionId(), counter);
        }
    }

    @Override
    public Packet leaving(Packet packet) {
        JID connection = packet.getPacketFrom();
        if (!TigaseStanza.isStanza(packet)) {
            return leavingCommand(packet, connection);
        }
        Optional<JID> from = early.containsKey(connection) ? Optional.empty() : sender(packet, connection);
        if (from.isEmpty()) {
            early.merge(connection, 1, Integer::sum);
            return packet;
        }
        if (!show(packet, connection, from.get(), this::on)) {
            return null;
        }
        done(packet);
        return released.mark(packet);
    }

    private Optional<JID> sender(Packet packet, JID connection) {
        Optional<JID> known = packet.getServerAuthorisedStanzaFrom().filter(jid -> jid.getResource() != null);
        return known.isPresent() ? known : sessions.address(connection);
    }

    /** At the session manager's door: a stanza that has not been shown. Returns whether it may go on now. */
    boolean showLate(Packet packet, JID connection, JID from) {
        boolean goesOn = show(packet, connection, from, sessions::add);
        seenLate(connection);
        if (goesOn) {
            done(packet);
        }
        return goesOn;
    }

    /** One that was let pass early has come to the session manager's door. */
    void seenLate(JID connection) {
        early.computeIfPresent(connection, (c, count) -> count == 1 ? null : count - 1);
    }

    private interface Onward {
        void on(Packet packet);
    }

    private boolean show(Packet packet, JID connection, JID from, Onward onward) {
        C2SDeliveryErrorProcessor.filterErrorElement(packet.getElement()); // only Tigase itself may say that it could not deliver
        return edge.arrives(connection, Edge.Source.CLIENT, new TigaseStanza(packet, from, new TigaseStanza.Way() {
            @Override
            public void on(Packet stanza) {
                onward.on(released.mark(stanza));
            }

            @Override
            public void send(Packet answer) {
                sessions.send(answer);
            }

            @Override
            public void done(Packet stanza) {
                ClientPassage.this.done(stanza);
            }
        }));
    }

    private void on(Packet stanza) {
        component.processOutPacket(stanza);
    }

    private void done(Packet stanza) {
        AckCounter counter = counters.get(stanza.getPacketFrom());
        if (counter != null) {
            counter.done(stanza);
        }
    }

    private Packet leavingCommand(Packet packet, JID connection) {
        boolean goesOn = connection == null || edge.passes(connection, new EdgeItem() {
            @Override
            public void handOn() {
                component.processOutPacket(packet);
            }

            @Override
            public int size() {
                return 1;
            }
        });
        if (packet.isCommand() && packet.getCommand() == Command.STREAM_CLOSED) {
            edge.ended(connection);
            counters.remove(connection);
            early.remove(connection);
        }
        return goesOn ? packet : null;
    }

    @Override
    public Packet arriving(Packet packet) {
        Optional<JID> to = TigaseStanza.isStanza(packet) ? sessions.address(packet.getPacketTo()) : Optional.empty();
        return to.isEmpty() ? packet : deliveries.deliver(component, packet, to.get());
    }
}
