package im.chancery.presence;

import im.chancery.core.PresenceChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jxmpp.jid.EntityFullJid;

/**
 * What one incarnation of a peer has said, exactly as it stood there at one version. It moves forward only, so the order,
 * loss and repetition of messages can delay it but not falsify it; of two views of one incarnation the one with the higher
 * version holds all the other can add. For one thread; the index it keeps is for many.
 */
final class PeerView {
    /** What became of changes that were offered. */
    enum Result {
        /** The view now stands at their version. */
        TAKEN,
        /** The view stood there, or further, already, or must not go back so far. */
        OLD,
        /** Something before them is missing. */
        GAP
    }

    private final String node;
    private final PresenceIndex index;
    private final Map<EntityFullJid, PresenceChange> available = new HashMap<>();
    private final long floor;
    private long version;

    /** {@code floor} is a version the peer is known to have reached: what is older is of the past, though nothing is known yet. */
    PeerView(String node, PresenceIndex index, long floor) {
        this.node = node;
        this.index = index;
        this.floor = floor;
    }

    long version() {
        return version;
    }

    /** Moves to the version of these changes, if they build on what is known and lead further. */
    Result take(Changes offered) {
        if (offered.to() <= version || offered.to() < floor) {
            return Result.OLD;
        }
        if (offered.from() > version) {
            return Result.GAP;
        }
        if (offered.from() == 0) {
            dropAllBut(offered);
        }
        offered.changes().forEach(this::apply);
        version = offered.to();
        return Result.TAKEN;
    }

    /** All of this view. */
    Changes everything() {
        return new Changes(0, version, List.copyOf(available.values()));
    }

    /** Takes all of this view out of the index. */
    void drop() {
        available.keySet().forEach(who -> index.drop(node, who));
        available.clear();
    }

    private void dropAllBut(Changes offered) {
        Set<EntityFullJid> kept = new HashSet<>();
        offered.changes().forEach(c -> kept.add(c.who()));
        for (EntityFullJid who : new ArrayList<>(available.keySet())) {
            if (!kept.contains(who)) {
                available.remove(who);
                index.drop(node, who);
            }
        }
    }

    private void apply(PresenceChange change) {
        PresenceChange before = change.available() ? available.put(change.who(), change) : available.remove(change.who());
        if (!change.equals(before)) {
            index.take(node, change);
        }
    }
}
