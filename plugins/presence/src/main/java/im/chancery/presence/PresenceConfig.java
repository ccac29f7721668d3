package im.chancery.presence;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Secret;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How presence is shared.
 *
 * @param cluster the cluster this node is in; empty where it stands alone
 */
public record PresenceConfig(Optional<Cluster> cluster) {
    /** The least length of a cluster's secret, in characters: what {@code openssl rand -hex 16} prints. */
    static final int SECRET_MINIMUM = 32;

    /**
     * A cluster of nodes.
     *
     * @param name    the cluster's name, the same on all nodes
     * @param listen  the one address this node binds
     * @param members the addresses of all nodes; this one's may be among them
     * @param secret  what all nodes share and nobody else knows
     */
    public record Cluster(String name, MemberAddress listen, List<MemberAddress> members, Secret secret) {
        public Cluster {
            members = List.copyOf(members);
        }
    }

    /** The config of a node that stands alone. */
    public static PresenceConfig alone() {
        return new PresenceConfig(Optional.empty());
    }

    /**
     * Reads the options below {@code presence}, the secret too.
     *
     * @param root the whole file, after the schema check
     * @throws ConfigException with every problem found
     */
    public static PresenceConfig read(ConfigNode root) throws ConfigException {
        Optional<ConfigNode> cluster = root.get("presence").flatMap(p -> p.get("cluster"));
        if (cluster.isEmpty()) {
            return alone();
        }
        List<ConfigProblem> problems = new ArrayList<>();
        Optional<Addresses> addresses = addresses(cluster.get(), problems);
        Secret secret = null;
        try {
            secret = Secret.at(cluster.get().get("secret-file").orElseThrow(), SECRET_MINIMUM);
        } catch (ConfigException e) {
            problems.addAll(e.problems());
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        String name = cluster.get().text("name", PresencePlugin.DEFAULT_NAME);
        Addresses at = addresses.orElseThrow();
        return new PresenceConfig(Optional.of(new Cluster(name, at.listen, at.members, secret)));
    }

    /** Checks what can be checked without opening a file. */
    static void check(ConfigNode root) throws ConfigException {
        List<ConfigProblem> problems = new ArrayList<>();
        root.get("presence").flatMap(p -> p.get("cluster")).ifPresent(cluster -> addresses(cluster, problems));
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
    }

    private record Addresses(MemberAddress listen, List<MemberAddress> members) {
    }

    private static Optional<Addresses> addresses(ConfigNode cluster, List<ConfigProblem> problems) {
        Optional<MemberAddress> listen = address(cluster.get("listen").orElseThrow(), problems);
        List<MemberAddress> members = new ArrayList<>();
        Set<MemberAddress> seen = new HashSet<>();
        for (ConfigNode member : cluster.get("members").orElseThrow().items()) {
            address(member, problems).ifPresent(a -> {
                if (!seen.add(a)) {
                    problems.add(member.problem("'" + a + "' a second time", "each member once"));
                }
                members.add(a);
            });
        }
        return listen.map(l -> new Addresses(l, members));
    }

    private static Optional<MemberAddress> address(ConfigNode node, List<ConfigProblem> problems) {
        Optional<MemberAddress> address = MemberAddress.of(node.text());
        if (address.isEmpty()) {
            problems.add(node.problem(node.shape(), MemberAddress.ALLOWED));
        } else if (address.get().isWildcard()) {
            problems.add(node.problem(node.shape() + ", which stands for every address of a machine", MemberAddress.ALLOWED));
            return Optional.empty();
        }
        return address;
    }
}
