package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.packet.StanzaError;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** While the engine is killed or hangs, senders are told to try again and nothing is delivered unrecorded. */
class EngineAwayIT {
    private static final Duration RETURN_LIMIT = Duration.ofSeconds(10);
    @AutoClose
    private static HangingEngine node;
    private static Deployment chancery;

    @BeforeAll
    static void start() throws IOException, SQLException {
        node = HangingEngine.start(UnaryOperator.identity());
        chancery = node.deployment();
    }

    @Test
    @Tag("prosody") // an engine in its host is killed with it
    void killedEngineMeansWaitAndItsReturnMeansDelivery() {
        try (SmackClient ada = SmackClient.login(chancery.server(), "ada", "desk");
                SmackClient boris = SmackClient.login(chancery.server(), "boris", "desk")) {
            chancery.engine().kill();
            String id = ada.chat("boris@localhost", "while it is dead");
            assertTryAgain(ada.inbox().takeErrorOf(id));
            chancery.engine().start();
            List<String> refused = new ArrayList<>();
            String delivered = Deadline.awaitValue("delivery after the engine's return", RETURN_LIMIT, () -> firstDelivered(ada, boris, refused));
            Expect.handedOn(chancery, ada, delivered);
            Expect.nowhere(chancery, "while it is dead", boris);
            assertThat(refused).as("tries until the link was up again").hasSizeLessThan(50);
        }
    }

    /** Outcomes are recorded a moment after they are told: what was on its way, or in the engine's memory, is told again. */
    @Test
    @Tag("prosody")
    void engineKilledRightBehindItsVerdictsLearnsWhatBecameOfThem() {
        try (SmackClient ada = SmackClient.login(chancery.server(), "ada", "desk");
                SmackClient boris = SmackClient.login(chancery.server(), "boris", "desk")) {
            for (int round = 0; round < 3; round++) {
                List<String> ids = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    ids.add(ada.chat("boris@localhost", "round " + round + " message " + i));
                }
                String last = "round " + round + " message 19";
                Deadline.await("the last one", RETURN_LIMIT, () -> boris.inbox().bodies().contains(last));
                chancery.engine().kill();
                chancery.engine().start();
                Deadline.await("what became of them", RETURN_LIMIT, () -> ids.stream()
                        .allMatch(id -> "handed_on".equals(AdminClient.text(chancery.admin().onlyAttempt(id), "outcome"))));
            }
        }
    }

    /** Sends once and tells whether it arrived; every try ends one way or the other. */
    private static Optional<String> firstDelivered(SmackClient ada, SmackClient boris, List<String> refused) {
        String body = "after its return " + refused.size();
        String id = ada.chat("boris@localhost", body);
        return Deadline.awaitValue("an end for " + id, RETURN_LIMIT, () -> {
            if (boris.inbox().bodies().contains(body)) {
                return Optional.of(Optional.of(id));
            }
            if (!ada.inbox().containing(id).isEmpty()) {
                assertTryAgain(ada.inbox().takeErrorOf(id));
                refused.add(id);
                return Optional.of(Optional.<String>empty());
            }
            return Optional.empty();
        });
    }

    @Test
    void hangingEngineMeansWaitWithinTheDeadlineAndTheLateVerdictIsRecordedAsBounced() throws Exception {
        try (SmackClient ada = SmackClient.login(chancery.server(), "ada", "desk");
                SmackClient boris = SmackClient.login(chancery.server(), "boris", "desk")) {
            Expect.handedOn(chancery, ada, ada.chat("boris@localhost", "before it hangs"));
            AutoCloseable hanging = node.hang();
            String id;
            try {
                id = ada.chat("boris@localhost", "while it hangs");
                assertTryAgain(ada.inbox().takeErrorOf(id));
            } finally {
                hanging.close();
            }
            assertThat(AdminClient.text(chancery.admin().onlyAttempt(id), "outcome")).isEqualTo("bounced");
            Expect.nowhere(chancery, "while it hangs", boris);
        }
    }

    private static void assertTryAgain(Message answer) {
        assertThat(answer.getError().getType()).isEqualTo(StanzaError.Type.WAIT);
        assertThat(answer.getError().getCondition()).isEqualTo(StanzaError.Condition.resource_constraint);
    }
}
