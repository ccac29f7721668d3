package im.chancery.engine.edge;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;

/**
 * Who has done what with the nodes of PubSub services, by way of this server: a service that tells of it doesn't say whose doing it was. Bounded. Safe for many threads.
 */
final class Nodes {
    private static final int MOST = 10_000;
    /** More people than that of one node aren't kept apart. */
    private static final int PEOPLE = 1_000;
    /** In characters; what is done with a node of a longer name isn't kept in mind. */
    private static final int LONGEST_NAME = 1_024;
    /** So long a service may take to tell of what somebody has done. */
    private static final long RECENT_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int MOST_RECENT = 100;

    private final LongSupplier nanoTime;
    private final Map<Node, Known> nodes = new Newest<>();
    private final Map<String, Act> unanswered = new Newest<>();

    private record Node(BareJid service, String name) {
    }

    /** @param hasWords whether others may read something of it later */
    private record Act(Node node, BareJid person, boolean hasWords, long at) {
    }

    private static final class Known {
        private final Deque<Act> recent = new ArrayDeque<>();
        private final Set<BareJid> people = new HashSet<>();
    }

    private static final class Newest<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1L;

        Newest() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > MOST;
        }
    }

    /**
     * Whose doing it is that a service tells something of a node.
     *
     * @param actor  who has done something with it last
     * @param people all who are known to have done what has words in it
     */
    record Doing(BareJid actor, Set<BareJid> people) {
    }

    Nodes(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Somebody asks a service, by an iq of this id, to do something with a node. */
    synchronized void asks(Jid person, Jid service, String id, String node, boolean hasWords) {
        if (node.length() > LONGEST_NAME || id.length() > LONGEST_NAME) {
            return;
        }
        Act act = new Act(new Node(service.asBareJid(), node), person.asBareJid(), hasWords, nanoTime.getAsLong());
        Known known = nodes.computeIfAbsent(act.node(), n -> new Known());
        known.recent.addLast(act);
        if (known.recent.size() > MOST_RECENT) {
            known.recent.removeFirst();
        }
        unanswered.put(key(person, service, id), act);
    }

    /** The service has answered. What it hasn't done is nobody's doing. */
    synchronized void answered(Jid person, Jid service, String id, boolean isDone) {
        Act act = unanswered.remove(key(person, service, id));
        Known known = act == null ? null : nodes.get(act.node());
        if (known == null) {
            return;
        }
        if (!isDone) {
            known.recent.remove(act);
        } else if (act.hasWords() && known.people.size() <= PEOPLE) {
            known.people.add(act.person());
        }
    }

    /** Empty where it isn't known, or too many have done something with the node. */
    synchronized Optional<Doing> told(Jid service, String node) {
        Known known = nodes.get(new Node(service.asBareJid(), node));
        if (known == null) {
            return Optional.empty();
        }
        long now = nanoTime.getAsLong();
        known.recent.removeIf(act -> now - act.at() > RECENT_NANOS);
        if (known.recent.isEmpty() || known.people.size() > PEOPLE) {
            return Optional.empty();
        }
        Set<BareJid> people = new HashSet<>(known.people);
        known.recent.stream().filter(Act::hasWords).forEach(act -> people.add(act.person()));
        return Optional.of(new Doing(known.recent.getLast().person(), people));
    }

    private static String key(Jid person, Jid service, String id) {
        return id + '\0' + person + '\0' + service;
    }
}
