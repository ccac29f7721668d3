package im.chancery.presence;

import im.chancery.core.PresenceChange;
import im.chancery.core.config.Secret;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jxmpp.jid.impl.JidCreate;

/** Nodes that run {@link PeerProtocol} on a network and a clock that a test moves by hand. */
final class SimulatedNetwork {
    /** A node and what has arrived for it but hasn't been taken. */
    final class Node {
        final String name;
        final UUID member = UUID.randomUUID();
        final PresenceIndex index = new PresenceIndex();
        final OwnPresence own;
        final PeerProtocol protocol;
        final List<byte[]> inbox = new ArrayList<>();
        boolean reachable = true;

        private Node(String name, Secret secret) {
            this.name = name;
            this.own = new OwnPresence(name, index);
            this.protocol = new PeerProtocol(name, name + ":1", own, index, new MessageSeal(secret, "test"), () -> now, this::broadcast);
        }

        private void broadcast(byte[] message) {
            sent.add(message);
            if (reachable) {
                nodes.values().stream().filter(n -> n != this && n.reachable && !lost.test(message)).forEach(n -> n.inbox.add(message));
            }
        }

        /** What this node sees of all nodes. */
        Set<String> view() {
            return index.all().stream().map(e -> e.presence().who() + " " + e.presence().priority() + " @" + e.node())
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        void publish(String who, int priority) {
            own.publish(new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked(who), true, "", priority));
        }

        void gone(String who) {
            own.publish(new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked(who), false, "", 0));
        }
    }

    final Map<UUID, Node> nodes = new LinkedHashMap<>();
    /** All that was ever sent, for replays. */
    final List<byte[]> sent = new ArrayList<>();
    /** What a stranger keeps from arriving. */
    Predicate<byte[]> lost = message -> false;
    private long now = 1_000_000_000_000L;

    Node add(String name) {
        return add(name, Secrets.OURS);
    }

    Node add(String name, Secret secret) {
        Node node = new Node(name, secret);
        nodes.put(node.member, node);
        tellMembers();
        return node;
    }

    /** The node is gone, and all notice. */
    void remove(Node node) {
        nodes.remove(node.member);
        tellMembers();
    }

    void tellMembers() {
        List<UUID> members = List.copyOf(nodes.keySet());
        nodes.values().forEach(n -> n.protocol.members(members, n.member));
    }

    /** Lets time pass, each node doing what is due. */
    void beats(int count) {
        for (int i = 0; i < count; i++) {
            now += PeerProtocol.BEAT.toNanos();
            nodes.values().forEach(n -> n.protocol.tick());
            deliver();
        }
    }

    /** Delivers until nobody has anything to say. */
    void deliver() {
        nodes.values().forEach(n -> n.protocol.share());
        while (nodes.values().stream().anyMatch(n -> !n.inbox.isEmpty())) {
            for (Node node : nodes.values()) {
                List<byte[]> arrived = List.copyOf(node.inbox);
                node.inbox.clear();
                arrived.forEach(node.protocol::receive);
            }
        }
    }

    /** How many beats a proof of life lasts, and one more. */
    static int lifeInBeats() {
        return (int) (PeerProtocol.LIFE.toMillis() / PeerProtocol.BEAT.toMillis()) + 1;
    }

    Collection<Node> all() {
        return nodes.values();
    }
}
