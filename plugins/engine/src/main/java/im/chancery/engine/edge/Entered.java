package im.chancery.engine.edge;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;

/**
 * Under which addresses clients, here and elsewhere, are in this server's rooms: whoever is removed, or whose session ends, leaves without a stanza of their
 * own. Safe for many threads.
 */
final class Entered {
    /** In how many rooms one client is at most, as far as this is kept in mind. */
    private static final int MOST = 1_000;

    private final Map<Jid, Set<Jid>> rooms = new ConcurrentHashMap<>();

    /** A client's presence goes to a room. */
    void enters(Jid client, Jid occupant) {
        rooms.compute(client, (who, before) -> {
            Set<Jid> now = before == null ? new HashSet<>() : before;
            if (now.size() < MOST) {
                now.add(occupant);
            }
            return now;
        });
    }

    /** It has left, or has never been let in. Returns whether it was thought to be there. */
    boolean leaves(Jid client, Jid occupant) {
        boolean[] was = {false};
        rooms.computeIfPresent(client, (who, before) -> {
            was[0] = before.remove(occupant);
            return before.isEmpty() ? null : before;
        });
        return was[0];
    }

    /** Whether it is in a room, under any nickname. */
    boolean isIn(Jid client, BareJid room) {
        boolean[] is = {false};
        rooms.computeIfPresent(client, (who, now) -> {
            is[0] = now.stream().anyMatch(occupant -> occupant.asBareJid().equals(room));
            return now;
        });
        return is[0];
    }

    /** Its session has ended; gives where it was, once. */
    Collection<Jid> ends(Jid client) {
        Set<Jid> left = rooms.remove(client);
        return left == null ? List.of() : left;
    }

    /** What the host sends in its name. */
    static String goodbye(Jid client, Jid occupant) {
        return "<presence from='" + escaped(client) + "' to='" + escaped(occupant) + "' type='unavailable'/>";
    }

    static String escaped(Jid address) {
        return address.toString().replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;");
    }
}
