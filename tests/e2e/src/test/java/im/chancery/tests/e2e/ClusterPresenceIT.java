package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two domains on two servers with an engine each: federated, and of one mind about who is there. */
class ClusterPresenceIT {
    private static final Duration NORMALLY = Duration.ofSeconds(1);
    private static final Duration AFTER_A_KILL = Duration.ofSeconds(5);
    /** The link's deadline, in which a server may come back, and what is usual. */
    private static final Duration AFTER_A_SERVERS_END = Duration.ofSeconds(5).plus(AFTER_A_KILL);
    private static final int ROUNDS = 10;

    @AutoClose
    private static Deployment alpha;
    @AutoClose
    private static Deployment beta;

    @BeforeAll
    static void start() throws IOException {
        Certificates authority = new Certificates();
        String secret = UUID.randomUUID() + "-" + UUID.randomUUID();
        List<Deployment.Node> all = List.of(
                Deployment.Node.free("alpha", "alpha.test"),
                Deployment.Node.free("beta", "beta.test"));
        alpha = Deployment.start(all.get(0), all, authority, secret);
        beta = Deployment.start(all.get(1), all, authority, secret);
        Deadline.await("two members", Duration.ofSeconds(30), () -> alpha.admin().members().equals(List.of("alpha", "beta"))
                && beta.admin().members().equals(List.of("alpha", "beta")));
    }

    private static void awaitBoth(Duration limit, String... who) {
        List<String> expected = List.of(who);
        Deadline.await("both nodes see " + expected, limit, () -> alpha.admin().available().equals(expected)
                && beta.admin().available().equals(expected));
    }

    @Test
    void messageCrossesTheFederationAndBothNodesRecordIt() {
        try (SmackClient emma = SmackClient.login(alpha.server(), "emma", "desk");
                SmackClient clara = SmackClient.login(beta.server(), "clara", "desk")) {
            String id = emma.chat("clara@beta.test", "over the wire");
            clara.inbox().takeBody("over the wire");
            assertThat(AdminClient.text(alpha.admin().onlyAttempt(id), "outcome")).isEqualTo("handed_on");
            assertThat(AdminClient.text(beta.admin().onlyAttempt(id), "outcome")).isEqualTo("handed_on");
        }
    }

    @Test
    void wallStandsAcrossTheFederation() {
        try (SmackClient ada = SmackClient.login(alpha.server(), "ada", "desk");
                SmackClient clara = SmackClient.login(beta.server(), "clara", "desk")) {
            Expect.refused(alpha, ada, ada.chat("clara@beta.test", "refused over the wire"), Deployment.REASON);
            Expect.nowhere(beta, "refused over the wire", clara);
        }
    }

    @Test
    void bothNodesAgreeWhoIsThere() {
        try (SmackClient ada = SmackClient.login(alpha.server(), "ada", "desk")) {
            awaitBoth(NORMALLY, "ada@alpha.test/desk");
            try (SmackClient clara = SmackClient.login(beta.server(), "clara", "desk")) {
                awaitBoth(NORMALLY, "ada@alpha.test/desk", "clara@beta.test/desk");
                ada.roundTrip();
                clara.roundTrip();
            }
            awaitBoth(NORMALLY, "ada@alpha.test/desk");
        }
        awaitBoth(NORMALLY);
    }

    @Test
    void noGhostStaysWhenANodeIsKilled() {
        Random random = new Random(20261122);
        for (int round = 0; round < ROUNDS; round++) {
            List<SmackClient> there = new ArrayList<>();
            try (SmackClient emma = SmackClient.login(alpha.server(), "emma", "desk")) {
                there.add(SmackClient.login(beta.server(), "clara", "desk"));
                there.add(SmackClient.login(beta.server(), "dmitri", "desk"));
                awaitBoth(NORMALLY, "clara@beta.test/desk", "dmitri@beta.test/desk", "emma@alpha.test/desk");
                beta.crash();
                Deadline.await("the killed node's people are gone", AFTER_A_KILL,
                        () -> alpha.admin().available().equals(List.of("emma@alpha.test/desk")));
                there.remove(random.nextInt(2)).close();
                beta.recover();
                if (!there.get(0).connection().isConnected()) {
                    there.get(0).reconnect(); // its server went with the engine
                }
                String stays = there.get(0).jid().toString();
                awaitBoth(AFTER_A_KILL, stays, "emma@alpha.test/desk");
                emma.roundTrip();
            } finally {
                there.forEach(SmackClient::close);
            }
            awaitBoth(AFTER_A_KILL);
        }
    }

    @Test
    @Tag("prosody") // a Tigase and its engine end together
    void noGhostStaysWhenAServerAloneIsKilled() {
        try (SmackClient emma = SmackClient.login(alpha.server(), "emma", "desk");
                SmackClient clara = SmackClient.login(beta.server(), "clara", "desk")) {
            awaitBoth(NORMALLY, clara.jid().toString(), emma.jid().toString());
            beta.server().kill();
            try {
                awaitBoth(AFTER_A_SERVERS_END, emma.jid().toString());
            } finally {
                beta.recover();
            }
        }
        try (SmackClient clara = SmackClient.login(beta.server(), "clara", "phone")) {
            awaitBoth(AFTER_A_KILL, clara.jid().toString());
        }
        awaitBoth(AFTER_A_KILL);
    }
}
