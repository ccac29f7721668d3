package im.chancery.host.tigase;

import im.chancery.core.Gate;
import im.chancery.core.PresenceChange;
import im.chancery.engine.edge.Edge;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tigase.server.Command;
import tigase.server.Message;
import tigase.server.Packet;
import tigase.server.Presence;
import tigase.server.xmppclient.StreamManagementCommand;
import tigase.xmpp.StanzaType;
import tigase.xmpp.XMPPResourceConnection;
import tigase.xmpp.impl.C2SDeliveryErrorProcessor;
import tigase.xmpp.jid.JID;

/**
 * The session manager's door, where a client's stanza that the edge has not seen is caught: nothing of a client gets past without having been
 * shown to the edge.
 */
final class SessionPassage implements Passage {
    private static final Logger LOG = LoggerFactory.getLogger(SessionPassage.class);
    /** Many times what a packet takes from the first of Tigase's queues to the last. */
    private static final long SETTLING_MILLIS = 250;

    private final Edge edge;
    private final TigaseHost host;
    private final Gate gate;
    private final Sessions sessions;
    private final Function<String, ClientPassage> clients;
    private final Marked released;

    /** {@code clients} gives the component with clients' streams of a name, or {@code null}. */
    SessionPassage(Edge edge, TigaseHost host, Gate gate, Sessions sessions, Function<String, ClientPassage> clients, Marked released) {
        this.edge = edge;
        this.host = host;
        this.gate = gate;
        this.sessions = sessions;
        this.clients = clients;
        this.released = released;
    }

    @Override
    public Packet arriving(Packet packet) {
        JID connection = packet.getPacketFrom();
        ClientPassage origin = connection == null || connection.getLocalpart() == null ? null : clients.apply(connection.getLocalpart());
        if (isOrderToWrite(packet) && (origin != null || !sessions.isOfNode(packet.getStanzaFrom()))) {
            if (packet.getType() == StanzaType.set || packet.getType() == StanzaType.get) {
                sessions.send(packet.errorResult("auth", null, "forbidden", "Nobody may have the server write to others.", false));
            }
            return null;
        }
        if (origin == null || !origin.isOfThisNode(connection) || C2SDeliveryErrorProcessor.isDeliveryError(packet)) {
            return packet; // of no client, or seen by the edge of the cluster's node that has the stream, or what a stream that has ended did not take, which is its sender's
        }
        if (host.nature(packet) != TigaseHost.Nature.STANZA) {
            return released.unmark(packet) || mayMove(packet, origin) ? packet : null; // a stray one has been stopped before
        }
        Optional<JID> from = sessions.address(connection);
        if (released.unmark(packet)) {
            from.ifPresent(sender -> tellPresence(packet, sender));
            return from.isPresent() ? packet : orphan(packet);
        }
        return origin.late(packet, connection);
    }

    /** Tigase writes to everybody what such a command has in it, in any name, and takes it from whoever addresses the session manager. Only its own components may. */
    private static boolean isOrderToWrite(Packet packet) {
        return packet.isCommand() && packet.getCommand() == Command.BROADCAST_TO_ONLINE;
    }

    /**
     * A stream that is resumed on another connection moves there once all is over that the old one has brought: else the client would send that again. And a
     * little later: what has gone on last may still be in a queue of Tigase's, which drops it when its connection has no session any more, and tells nobody.
     */
    private boolean mayMove(Packet packet, ClientPassage origin) {
        if (!packet.isCommand() || packet.getCommand() != Command.STREAM_MOVED || StreamManagementCommand.fromPacket(packet) != StreamManagementCommand.STREAM_MOVED) {
            return true;
        }
        String field = Command.getFieldValue(packet, "old-conn-jid");
        if (field == null) {
            return true;
        }
        JID old = JID.jidInstanceNS(field);
        Runnable move = () -> CompletableFuture.delayedExecutor(SETTLING_MILLIS, TimeUnit.MILLISECONDS).execute(() -> {
            sessions.add(released.mark(packet));
            origin.over(old);
        });
        if (edge.passes(old, move::run)) {
            move.run();
        }
        return false;
    }

    /** The session ended while its message was held, which has been recorded as allowed: it goes on without it. The rest dies with it. */
    private Packet orphan(Packet packet) {
        Optional<JID> from = packet.getServerAuthorisedStanzaFrom().filter(jid -> jid.getResource() != null);
        if (from.isEmpty() || packet.getElemName() != Message.ELEM_NAME) {
            return packet;
        }
        JID to = packet.getStanzaTo() == null ? from.get().copyWithoutResource() : packet.getStanzaTo();
        Packet orphan = packet.copyElementOnly();
        orphan.initVars(from.get(), to);
        sessions.send(orphan);
        return null;
    }

    private void tellPresence(Packet packet, JID sender) {
        if (packet.getElemName() == Presence.ELEM_NAME && packet.getStanzaTo() == null) {
            boolean available = packet.getType() == null;
            if (available || packet.getType() == StanzaType.unavailable) {
                publish(sender, available, packet);
            }
        }
    }

    /** A client's session has ended. */
    void ended(XMPPResourceConnection session) {
        Sessions.address(session).ifPresent(who -> {
            publish(who, false, null);
            edge.left(who.toString());
        });
    }

    private void publish(JID who, boolean available, Packet presence) {
        try {
            String show = available ? Presences.show(presence) : "";
            int priority = available ? Presences.priority(presence) : 0;
            gate.presence(new PresenceChange(JidCreate.entityFullFrom(who.toString()), available, show, priority));
        } catch (XmppStringprepException e) {
            LOG.debug("presence of an address that is none by RFC 7622 is not shared");
        }
    }
}
