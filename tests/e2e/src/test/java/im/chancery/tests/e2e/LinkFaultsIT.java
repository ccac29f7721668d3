package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.packet.StanzaError;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The engine is away, hangs, comes back: the host refuses within the deadline, delivers nothing unrecorded, and goes on. */
@Tag("prosody") // the link is between two processes; an engine in its host has none
class LinkFaultsIT {
    private static XmppSetup setup() {
        return XmppSetup.of("localhost", new Certificates()).people("ada", "bob");
    }

    private static void expectUnavailable(SmackClient client, String id) {
        Message error = client.inbox().takeErrorOf(id);
        assertThat(error.getError().getType()).isEqualTo(StanzaError.Type.WAIT);
        assertThat(error.getError().getCondition()).isEqualTo(StanzaError.Condition.resource_constraint);
    }

    @Test
    void hungEngineIsNotWaitedForAndItsLateVerdictIsReportedBounced() {
        try (GatedServer gated = GatedServer.start(setup(), "1 s");
                SmackClient ada = SmackClient.login(gated.server, "ada", "desk"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            gated.gate.keepBackText("too late");
            expectUnavailable(ada, ada.chat("bob@localhost", "too late"));
            gated.gate.letGo();
            Deadline.await("the outcome", GatedServer.LIMIT, () -> !gated.gate.outcomes("too late").isEmpty());
            assertThat(gated.gate.outcomes("too late")).containsExactly(Outcome.BOUNCED);
            ada.chat("bob@localhost", "in time");
            bob.inbox().takeBody("in time");
            assertThat(bob.inbox().bodies()).isEmpty();
        }
    }

    @Test
    void lostLinkBouncesWhatIsHeldAndTheFirstMessageAfterItsReturnGoesThrough() {
        try (GatedServer gated = GatedServer.start(setup());
                SmackClient ada = SmackClient.login(gated.server, "ada", "desk"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            gated.gate.keepBackText("in flight");
            String id = ada.chat("bob@localhost", "in flight");
            Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            gated.cutLink();
            expectUnavailable(ada, id);
            expectUnavailable(ada, ada.chat("bob@localhost", "nobody to ask"));
            gated.gate.letGo();
            gated.mendLink();
            gated.awaitLinks(2);
            ada.chat("bob@localhost", "back again");
            bob.inbox().takeBody("back again");
            assertThat(bob.inbox().bodies()).isEmpty();
            Deadline.await("the outcome", GatedServer.LIMIT, () -> !gated.gate.outcomes("in flight").isEmpty());
            assertThat(gated.gate.outcomes("in flight")).containsExactly(Outcome.BOUNCED);
        }
    }

    @Test
    void stoppingEngineAnswersWhatItWasAsked() {
        try (GatedServer gated = GatedServer.start(setup());
                SmackClient ada = SmackClient.login(gated.server, "ada", "desk"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            gated.gate.keepBackText("before the stop");
            ada.chat("bob@localhost", "before the stop");
            Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            Thread stopper = new Thread(gated::stopLink);
            stopper.start();
            Deadline.await("the goodbye", GatedServer.LIMIT, () -> gated.server.log().contains("The engine asks no more questions"));
            expectUnavailable(bob, bob.chat("ada@localhost", "during the stop"));
            gated.gate.letGo();
            bob.inbox().takeBody("before the stop");
            Deadline.await("the engine's end", GatedServer.LIMIT, () -> !stopper.isAlive());
            assertThat(gated.gate.outcomes("before the stop")).containsExactly(Outcome.HANDED_ON);
        }
    }

    @Test
    void stoppingHostLosesNothingItHolds() {
        try (GatedServer gated = GatedServer.start(setup()); SmackClient ada = SmackClient.login(gated.server, "ada", "desk")) {
            gated.gate.keepBackText("for later");
            ada.chat("bob@localhost", "for later");
            Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            Thread stopper = new Thread(gated.server::stop);
            stopper.start();
            Deadline.await("the signal", GatedServer.LIMIT, () -> gated.server.log().contains("Waiting for verdicts"));
            gated.gate.letGo();
            Deadline.await("the host's end", GatedServer.LIMIT, () -> !stopper.isAlive());
            assertThat(gated.server.filesWith("for later")).hasSize(1);
            Deadline.await("the outcome", GatedServer.LIMIT, () -> !gated.gate.outcomes("for later").isEmpty());
            assertThat(gated.gate.outcomes("for later")).containsExactly(Outcome.HANDED_ON);
        }
    }
}
