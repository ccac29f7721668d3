package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two Tigases that serve one domain as a cluster, with an engine in each, and a Prosody beside them. */
@Tag("tigase")
class ClusterTigaseIT {
    @AutoClose
    private static TigaseCluster cluster;

    @BeforeAll
    static void start() {
        cluster = TigaseCluster.start();
    }

    @Test
    void messageIsRecordedOnTheNodeOfItsSender() {
        try (SmackClient ada = SmackClient.login(cluster.first().server(), "ada", "desk");
                SmackClient boris = SmackClient.login(cluster.second().server(), "boris", "desk")) {
            String id = ada.chat("boris@alpha.test", "across");
            boris.inbox().takeBody("across");
            Expect.handedOn(cluster.first(), ada, id);
            assertThat(cluster.second().admin().attemptsOf(id)).isEmpty();
        }
    }
}
