package im.chancery.host.tigase;

import im.chancery.core.StanzaError;
import im.chancery.engine.Refusals;
import im.chancery.engine.edge.Edge;
import im.chancery.engine.edge.EdgeItem;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tigase.server.AbstractMessageReceiver;
import tigase.server.Command;
import tigase.server.Iq;
import tigase.server.Packet;
import tigase.xmpp.StanzaType;
import tigase.xmpp.XMPPIOService;
import tigase.xmpp.impl.C2SDeliveryErrorProcessor;
import tigase.xmpp.jid.JID;

/**
 * A component with clients' streams (TCP, WebSocket, BOSH). A stanza of a client whose address is known is shown to the edge here, before
 * anything else has seen it; what is sent before that, at the session manager's door ({@link Early}).
 */
final class ClientPassage implements Passage {
    private final AbstractMessageReceiver component;
    private final Edge edge;
    private final Sessions sessions;
    private final Deliveries deliveries;
    private final Marked released;
    private final Map<JID, AckCounter> counters = new ConcurrentHashMap<>();
    private final Early early = new Early();

    /** {@code released} marks what the session manager may take. */
    ClientPassage(AbstractMessageReceiver component, Edge edge, Sessions sessions, Deliveries deliveries, Marked released) {
        this.component = component;
        this.edge = edge;
        this.sessions = sessions;
        this.deliveries = deliveries;
        this.released = released;
    }

    /** Whether a connection is this node's, as opposed to another's of the cluster. */
    boolean isOfThisNode(JID connection) {
        return component.getComponentId().getDomain().equals(connection.getDomain());
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
        Optional<JID> from = early.has(connection) ? Optional.empty() : sender(packet, connection);
        if (from.isEmpty()) {
            early.goes(connection);
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

    /**
     * At the session manager's door: a stanza that the edge has not seen. Returns it if it may go on: a connection without an address may log
     * in. All else waits until there is an address, and is shown then.
     */
    Packet late(Packet packet, JID connection) {
        JID to = packet.getStanzaTo();
        boolean isLogin = packet.getElemName() == Iq.ELEM_NAME && (to == null || to.getLocalpart() == null);
        if (isLogin && sessions.address(connection).isEmpty()) {
            early.over(connection);
            return packet;
        }
        if (early.waits(connection, packet)) {
            letIn(connection); // the address may have become known meanwhile
        } else {
            early.over(connection);
            refuse(packet);
        }
        return null;
    }

    private void letIn(JID connection) {
        sessions.address(connection).ifPresent(from -> early.open(connection, packet -> {
            if (show(packet, connection, from, sessions::add)) {
                done(packet);
                if (!sessions.offer(released.mark(packet))) {
                    refuse(packet);
                }
            }
        }));
    }

    private void refuse(Packet packet) {
        done(packet);
        if (packet.getType() != StanzaType.error && packet.getType() != StanzaType.result) {
            StanzaError error = Refusals.UNAVAILABLE;
            sessions.send(packet.errorResult(error.type().token(), null, error.condition().token(), error.text(), false));
        }
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
            early.forget(connection);
        }
        return goesOn ? packet : null;
    }

    @Override
    public Packet arriving(Packet packet) {
        JID connection = packet.getTo(); // as the component itself finds the stream
        if (connection == null) {
            return packet;
        }
        if (early.has(connection)) {
            letIn(connection); // such as the answer to the binding of its address
        }
        Optional<JID> to = TigaseStanza.isStanza(packet) ? sessions.address(connection) : Optional.empty();
        return to.isEmpty() ? packet : deliveries.deliver(component, packet, to.get());
    }
}
