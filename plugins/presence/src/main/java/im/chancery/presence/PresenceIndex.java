package im.chancery.presence;

import im.chancery.core.PresenceChange;
import im.chancery.presence.PresenceStore.PresenceEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.EntityFullJid;

/**
 * What can be looked up, by bare address: an immutable list per person, in the order it is answered. A reader takes one
 * look into a concurrent map and never a lock. An entry belongs to a node; nodes don't touch each other's.
 */
final class PresenceIndex {
    private static final Comparator<PresenceEntry> ORDER = Comparator
            .comparingInt((PresenceEntry e) -> e.presence().priority()).reversed()
            .thenComparing(e -> e.presence().who().getResourcepart().toString())
            .thenComparing(PresenceEntry::node);

    private final ConcurrentMap<BareJid, List<PresenceEntry>> people = new ConcurrentHashMap<>();

    /** Takes what a node says of a resource. */
    void take(String node, PresenceChange change) {
        people.compute(change.who().asBareJid(), (who, entries) -> {
            List<PresenceEntry> changed = without(entries, node, change.who());
            if (change.available()) {
                changed.add(new PresenceEntry(change, node));
                changed.sort(ORDER);
            }
            return changed.isEmpty() ? null : List.copyOf(changed);
        });
    }

    /** Forgets what a node has said of a resource. */
    void drop(String node, EntityFullJid who) {
        people.computeIfPresent(who.asBareJid(), (bare, entries) -> {
            List<PresenceEntry> left = without(entries, node, who);
            return left.isEmpty() ? null : List.copyOf(left);
        });
    }

    List<PresenceEntry> find(BareJid person) {
        return people.getOrDefault(person, List.of());
    }

    Collection<PresenceEntry> all() {
        return people.values().stream().flatMap(List::stream).toList();
    }

    long size() {
        return people.values().stream().mapToLong(List::size).sum();
    }

    void clear() {
        people.clear();
    }

    private static List<PresenceEntry> without(List<PresenceEntry> entries, String node, EntityFullJid who) {
        List<PresenceEntry> others = new ArrayList<>();
        if (entries != null) {
            for (PresenceEntry e : entries) {
                if (!e.node().equals(node) || !e.presence().who().equals(who)) {
                    others.add(e);
                }
            }
        }
        return others;
    }
}
