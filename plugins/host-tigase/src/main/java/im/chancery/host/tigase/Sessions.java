package im.chancery.host.tigase;

import java.util.Map;
import java.util.Optional;
import javax.script.Bindings;
import javax.script.SimpleBindings;
import tigase.server.Packet;
import tigase.server.script.CommandIfc;
import tigase.server.xmppsession.SessionManager;
import tigase.xmpp.NotAuthorizedException;
import tigase.xmpp.XMPPResourceConnection;
import tigase.xmpp.jid.JID;

/** Tigase's session manager: who is on which connection. Safe for many threads. */
final class Sessions {
    private final SessionManager manager;
    private final Map<JID, XMPPResourceConnection> connections;

    @SuppressWarnings("unchecked")
    Sessions(SessionManager manager) {
        this.manager = manager;
        Bindings bindings = new SimpleBindings();
        manager.initBindings(bindings); // what Tigase offers scripts; the map is the live one
        this.connections = (Map<JID, XMPPResourceConnection>) bindings.get(CommandIfc.USER_CONN);
    }

    /** The full address bound on a connection, if there is one yet, and still. */
    Optional<JID> address(JID connection) {
        XMPPResourceConnection session = connection == null ? null : connections.get(connection);
        return session == null ? Optional.empty() : address(session);
    }

    /** The full address of a session, if it has one. */
    static Optional<JID> address(XMPPResourceConnection session) {
        try {
            return session.isAuthorized() && session.isResourceSet() ? Optional.of(session.getJID()) : Optional.empty();
        } catch (NotAuthorizedException e) {
            return Optional.empty();
        }
    }

    /** Whether somebody is one of this node's components, whose addresses no other server's stream can bring. */
    boolean isOfNode(JID sender) {
        return sender != null && sender.getDomain().equals(manager.getComponentId().getDomain());
    }

    /** Gives the session manager a packet, waiting while its queue is full: not to be called on one of its threads. */
    void add(Packet packet) {
        manager.addPacket(packet);
    }

    /** The same without waiting; {@code false} if its queue is full. */
    boolean offer(Packet packet) {
        return manager.addPacketNB(packet);
    }

    /** Sends a packet to whomever it is addressed. */
    void send(Packet packet) {
        manager.processOutPacket(packet);
    }
}
