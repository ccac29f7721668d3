package im.chancery.host.tigase;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import tigase.server.Packet;
import tigase.xmpp.jid.JID;

/**
 * What clients send before their address is known, since they don't wait for the answer to their login (RFC 6120, section 7.1 lets a server
 * take it that way). It waits at the session manager's door, in order, and what follows it goes there too until all of it is through. Safe for many
 * threads.
 */
final class Early {
    /** What one connection may have waiting, in characters: nobody knows yet whose it is. */
    private static final int MOST_WAITING = 64 << 10;

    private final Map<JID, Stanzas> byConnection = new ConcurrentHashMap<>();

    private static final class Stanzas {
        private final Deque<Packet> waiting = new ArrayDeque<>();
        private int underWay;
        private int size;
    }

    /** Whether a connection has any. */
    boolean has(JID connection) {
        return byConnection.containsKey(connection);
    }

    /** One goes on to the session manager's door. */
    void goes(JID connection) {
        byConnection.compute(connection, (c, before) -> {
            Stanzas stanzas = before == null ? new Stanzas() : before;
            stanzas.underWay++;
            return stanzas;
        });
    }

    /** One has come to the door and is over. */
    void over(JID connection) {
        byConnection.computeIfPresent(connection, (c, stanzas) -> --stanzas.underWay > 0 ? stanzas : null);
    }

    /** One waits at the door; {@code false} if too many do. */
    boolean waits(JID connection, Packet packet) {
        Stanzas stanzas = byConnection.get(connection);
        if (stanzas == null) {
            return false;
        }
        synchronized (stanzas) {
            stanzas.size += packet.getElement().toString().length();
            return stanzas.size <= MOST_WAITING && stanzas.waiting.add(packet);
        }
    }

    /** The connection's address is known: what waits is let in, in order. */
    void open(JID connection, Consumer<Packet> letIn) {
        Stanzas stanzas = byConnection.get(connection);
        if (stanzas == null) {
            return;
        }
        synchronized (stanzas) {
            for (Packet next = stanzas.waiting.poll(); next != null; next = stanzas.waiting.poll()) {
                letIn.accept(next);
                over(connection);
            }
        }
    }

    /** The connection is closed. */
    void forget(JID connection) {
        byConnection.remove(connection);
    }
}
