package im.chancery.presence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * P9 with nodes in processes of their own, which are killed and stopped. The deadlines are the promise's. After a stop
 * Hazelcast may go on waiting up to 10 s for the answer of the process that hung before it looks for it again.
 */
class PresenceClusterIT {
    private static final Logger LOG = LoggerFactory.getLogger(PresenceClusterIT.class);
    private static final int ROUNDS = 10;
    private static final Duration AFTER_KILL = Duration.ofSeconds(5);
    private static final Duration NORMAL = Duration.ofSeconds(1);
    private static final Duration AFTER_SPLIT = Duration.ofSeconds(20);

    @TempDir
    Path folder;
    private Path secret;
    private List<String> addresses;
    private final NodeProcess[] nodes = new NodeProcess[2];
    private final List<Set<String>> said = List.of(new TreeSet<>(), new TreeSet<>());

    @BeforeEach
    void startBoth() throws IOException, InterruptedException {
        secret = Files.createFile(folder.resolve("secret"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(secret, "only the nodes of this test know this secret");
        addresses = PresenceNode.freeAddresses(2).stream().map(MemberAddress::toString).toList();
        start(0);
        start(1);
    }

    @AfterEach
    void killAll() throws InterruptedException {
        for (NodeProcess node : nodes) {
            if (node != null) {
                node.close();
            }
        }
    }

    @Test
    void aKilledNodeLeavesNoGhostAndComesBackWithoutItsPast() throws Exception {
        publish(0, "alice@example.org/0");
        publish(1, "bob@example.net/0");
        bothAgree(NORMAL);
        for (int round = 1; round <= ROUNDS; round++) {
            int victim = round % 2;
            for (int i = 0; i < 20; i++) {
                publish(victim, "in-flight-" + i + "@example.org/" + round);
            }
            nodes[victim].kill();
            said.get(victim).clear();
            Duration dropped = nodes[1 - victim].sees(everything(), AFTER_KILL);

            start(victim);
            publish(victim, "back@example.org/" + round);
            Duration seen = bothAgree(NORMAL);
            LOG.info("Round {}: no ghost {} ms after kill -9, the new presence seen {} ms after its publication",
                    round, dropped.toMillis(), seen.toMillis());
        }
    }

    /** Shortly: this store notices, Hazelcast doesn't. For long: Hazelcast splits, and merges when the process goes on. */
    @ParameterizedTest
    @ValueSource(ints = {0, 8})
    void viewsConvergeAfterANodeWasStopped(int secondsMore) throws Exception {
        publish(0, "alice@example.org/0");
        publish(1, "bob@example.net/0");
        bothAgree(NORMAL);
        for (int stopped = 0; stopped < 2; stopped++) {
            int other = 1 - stopped;
            nodes[stopped].signal("STOP");
            nodes[other].sees(said.get(other), AFTER_KILL);
            long until = System.nanoTime() + Duration.ofSeconds(secondsMore).toNanos();
            while (System.nanoTime() < until) {
                LockSupport.parkNanos(until - System.nanoTime());
            }
            publish(other, "meanwhile@example.org/" + stopped);
            nodes[stopped].signal("CONT");
            Duration healed = bothAgree(AFTER_SPLIT);
            LOG.info("Stopped for {} s more than was noticed: both agree after {} ms", secondsMore, healed.toMillis());
        }
    }

    @Test
    void aNodeStartsThoughTheOtherHangs() throws Exception {
        nodes[0].kill();
        publish(1, "bob@example.net/0");
        nodes[1].signal("STOP");
        start(0);
        publish(0, "alice@example.org/0");
        nodes[0].sees(said.get(0), NORMAL);
        nodes[1].signal("CONT");
        Duration met = bothAgree(AFTER_SPLIT);
        LOG.info("Started beside a node that hung: both agree {} ms after it went on", met.toMillis());
    }

    private void start(int node) throws IOException, InterruptedException {
        nodes[node] = new NodeProcess("node-" + node, secret, addresses.get(node), addresses);
    }

    private void publish(int node, String who) {
        nodes[node].publish(who);
        said.get(node).add(who + "@node-" + node);
    }

    private Set<String> everything() {
        Set<String> all = new TreeSet<>(said.get(0));
        all.addAll(said.get(1));
        return all;
    }

    private Duration bothAgree(Duration within) throws InterruptedException {
        long start = System.nanoTime();
        for (NodeProcess node : nodes) {
            node.sees(everything(), within);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
