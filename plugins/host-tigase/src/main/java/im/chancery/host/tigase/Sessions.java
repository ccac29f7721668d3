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

    /** Whether a connection has a session, logged in or not. */
    boolean has(JID connection) {
        return connections.containsKey(connection);
    }

    /** The full address bound on a connection, if there is one yet, and still. */
    Optional<JID> address(JID connection) {
        XMPPResourceConnection session = connection == null ? null : connections.get(connection);
        return session == null ? Optional.empty() : address(session);
    }

    /** The full address of a session, if it has one: until a resource is bound, and a moment longer, Tigase puts the session's id in its place. */
    static Optional<JID> address(XMPPResourceConnection session) {
        try {
            if (!session.isAuthorized() || !session.isResourceSet()) {
                return Optional.empty();
            }
            JID address = session.getJID();
            return address.getResource() == null || address.getResource().equals(session.getSessionId()) ? Optional.empty() : Optional.of(address);
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
