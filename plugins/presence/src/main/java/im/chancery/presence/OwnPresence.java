package im.chancery.presence;

import im.chancery.core.PresenceChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jxmpp.jid.DomainBareJid;
import org.jxmpp.jid.EntityFullJid;

/**
 * What this node says: the truth its peers copy. Every call that changes something raises the version by one, so that a
 * peer holds exactly what was true here at one version, never a mixture. Safe for many threads.
 */
final class OwnPresence {
    private final String node;
    private final PresenceIndex index;
    private final Map<EntityFullJid, PresenceChange> available = new HashMap<>();
    private final Map<EntityFullJid, PresenceChange> unsent = new LinkedHashMap<>();
    private long version;
    private long sent;
    private boolean closed;

    OwnPresence(String node, PresenceIndex index) {
        this.node = node;
        this.index = index;
    }

    /** Takes a change. */
    synchronized void publish(PresenceChange change) {
        if (!closed) {
            version++;
            apply(change);
        }
    }

    /** Replaces all of a domain, in one version. */
    void replace(DomainBareJid domain, Collection<PresenceChange> now) {
        Set<EntityFullJid> kept = new HashSet<>();
        for (PresenceChange change : now) {
            if (!change.who().asDomainBareJid().equals(domain)) {
                throw new IllegalArgumentException("a resource of another domain was given for " + domain);
            }
            if (change.available()) {
                kept.add(change.who());
            }
        }
        synchronized (this) {
            if (closed) {
                return;
            }
            version++;
            for (PresenceChange old : new ArrayList<>(available.values())) {
                if (old.who().asDomainBareJid().equals(domain) && !kept.contains(old.who())) {
                    apply(new PresenceChange(old.who(), false, "", 0));
                }
            }
            now.stream().filter(PresenceChange::available).forEach(this::apply);
        }
    }

    private void apply(PresenceChange change) {
        if (change.available()) {
            available.put(change.who(), change);
        } else {
            available.remove(change.who());
        }
        unsent.put(change.who(), change);
        index.take(node, change);
    }

    /** What has changed since this was last called, each resource once. */
    synchronized Changes unsent() {
        Changes changes = new Changes(sent, version, List.copyOf(unsent.values()));
        unsent.clear();
        sent = version;
        return changes;
    }

    /** All that is true now. */
    synchronized Changes everything() {
        return new Changes(0, version, List.copyOf(available.values()));
    }

    /** Takes nothing any more. */
    synchronized void close() {
        closed = true;
    }
}
