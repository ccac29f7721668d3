package im.chancery.host.tigase;

import im.chancery.core.StanzaError;
import im.chancery.engine.Refusals;
import im.chancery.engine.edge.Edge;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import tigase.server.AbstractMessageReceiver;
import tigase.server.Command;
import tigase.server.Iq;
import tigase.server.Packet;
import tigase.xmpp.StanzaType;
import tigase.xmpp.XMPPIOService;
import tigase.xmpp.jid.JID;

/**
 * A component with clients' streams (TCP, WebSocket, BOSH). A stanza of a client whose address is known is shown to the edge here, before
 * anything else has seen it; what is sent before that, at the session manager's door ({@link Early}).
 */
final class ClientPassage implements Passage {
    private final AbstractMessageReceiver component;
    private final Edge edge;
    private final TigaseHost host;
    private final Sessions sessions;
    private final Deliveries deliveries;
    private final Marked released;
    private final Map<JID, AckCounter> counters = new ConcurrentHashMap<>();
    private final Early early = new Early();

    /** {@code released} marks what the session manager may take. */
    ClientPassage(AbstractMessageReceiver component, Edge edge, TigaseHost host, Sessions sessions, Deliveries deliveries, Marked released) {
        this.component = component;
        this.edge = edge;
        this.host = host;
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
        if (counter != null && TigaseHost.hasStanzaName(packet)) {
            counter.parsed(packet);
            counters.put(stream.getConnectionId(), counter);
        }
    }

    @Override
    public Packet leaving(Packet packet) {
        TigaseStanza.withoutDeliveryError(packet);
        JID connection = packet.getPacketFrom();
        TigaseHost.Nature nature = host.nature(packet);
        if (nature == TigaseHost.Nature.OWN) {
            return leavingCommand(packet, connection);
        }
        if (nature == TigaseHost.Nature.STRAY) {
            refuse(packet, Refusals.BAD_ADDRESS);
            return null;
        }
        Optional<JID> from = early.has(connection) ? Optional.empty() : sender(packet, connection);
        if (from.isEmpty()) {
            if (packet.getType() == StanzaType.result || packet.getType() == StanzaType.error) {
                done(packet);
                return null; // nobody has asked yet
            }
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
     * At the session manager's door: a stanza that the edge has not seen. Returns it if it may go on now. It is one that was let go on early, or one that
     * Tigase itself makes in a client's name, which is asked about like that client's. A connection without an address may log in; all
     * else waits until there is an address.
     */
    Packet late(Packet packet, JID connection) {
        Optional<JID> from = sessions.address(connection);
        if (from.isPresent() && !early.has(connection)) {
            return show(packet, connection, from.get(), sessions::add) ? packet : null;
        }
        JID to = packet.getStanzaTo();
        boolean isLogin = packet.getElemName() == Iq.ELEM_NAME && (to == null || to.getLocalpart() == null);
        if (isLogin && from.isEmpty()) {
            early.over(connection);
            return packet;
        }
        if (sessions.has(connection) && early.waits(connection, packet)) {
            letIn(connection); // the address may have become known meanwhile
        } else {
            early.over(connection);
            refuse(packet, Refusals.UNAVAILABLE);
        }
        return null;
    }

    private void letIn(JID connection) {
        sessions.address(connection).ifPresent(from -> early.open(connection, packet -> {
            if (show(packet, connection, from, sessions::add)) {
                done(packet);
                if (!sessions.offer(released.mark(packet))) {
                    refuse(packet, Refusals.UNAVAILABLE);
                }
            }
        }));
    }

    private void refuse(Packet packet, StanzaError error) {
        if (TigaseHost.hasStanzaName(packet) && packet.getType() != StanzaType.error && packet.getType() != StanzaType.result) {
            answer(packet, packet.errorResult(error.type().token(), null, error.condition().token(), error.text(), false));
        } else {
            done(packet);
        }
    }

    /** It isn't acknowledged while Tigase stops: the stream may end before the answer is on it, and who has an acknowledgement wouldn't send it again. */
    private void answer(Packet packet, Packet answer) {
        sessions.send(answer);
        if (!edge.isClosed()) {
            done(packet);
        }
    }

    private boolean show(Packet packet, JID connection, JID from, Consumer<Packet> onward) {
        packet.setServerAuthorisedStanzaFrom(from); // a BOSH stream doesn't, and its session may end meanwhile
        return edge.arrives(connection, Edge.Source.CLIENT, new TigaseStanza(packet, from, new TigaseStanza.Way() {
            @Override
            public void on(Packet stanza) {
                onward.accept(released.mark(stanza));
            }

            @Override
            public void answer(Packet stanza, Packet answer) {
                ClientPassage.this.answer(stanza, answer);
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
        boolean ends = packet.isCommand() && packet.getCommand() == Command.STREAM_CLOSED;
        boolean goesOn = connection == null || edge.passes(connection, () -> {
            component.processOutPacket(packet);
            if (ends) {
                over(connection);
            }
        });
        if (ends && goesOn && connection != null) {
            over(connection);
        }
        return goesOn ? packet : null;
    }

    /** Nothing more comes from a connection, and nothing of it is held. */
    void over(JID connection) {
        counters.remove(connection);
        early.forget(connection);
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
        JID to = sessions.address(connection).orElse(packet.getStanzaTo()); // its session may have ended, and the stream not yet
        boolean isDelivery = host.isDelivery(packet) && to != null && to.getLocalpart() != null;
        return isDelivery ? deliveries.deliver(component, packet, to, Edge.Source.CLIENT) : packet;
    }
}
