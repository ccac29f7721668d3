package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import org.jivesoftware.smack.packet.IQ;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.packet.StanzaError;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every dialogue a user can see between two people on one server: allowed, refused, kept back. */
class HoldIT {
    private static GatedServer gated;

    @BeforeAll
    static void start() {
        gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob").prosody(p -> p.modules("mam").roomModules("muc_mam")));
    }

    @AfterAll
    static void stop() {
        gated.close();
    }

    @BeforeEach
    void reset() {
        gated.gate.reset();
    }

    @Test
    void allowedMessageIsHandedOnOnceAndItsOutcomeTold() {
        try (SmackClient ada = SmackClient.login(gated.server, "ada", "desk"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.chat("bob@localhost", "hello bob");
            bob.inbox().takeBody("hello bob");
            Deadline.await("the outcome", GatedServer.LIMIT, () -> gated.gate.outcomes("hello bob").size() == 1);
            assertThat(gated.gate.outcomes("hello bob")).containsExactly(Outcome.HANDED_ON);
            assertThat(gated.gate.asked("hello bob")).singleElement().satisfies(e -> {
                assertThat(e.from().toString()).isEqualTo("ada@localhost/desk");
                assertThat(e.to().toString()).isEqualTo("bob@localhost");
            });
        }
    }

    @Test
    @Tag("prosody") // a Tigase keeps no archive for its people here
    void whoAsksTheirOwnArchiveIsAnswered() {
        try (SmackClient ada = SmackClient.login(gated.server, "ada", "desk"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.chat("bob@localhost", "kept for both");
            bob.inbox().takeBody("kept for both");
            for (String to : new String[] {"", " to='bob@localhost'"}) {
                bob.write("<iq type='set' id='own'" + to + "><query xmlns='urn:xmpp:mam:2'/></iq>");
                bob.inbox().take("the message", stanza -> stanza.toXML().toString().contains("kept for both"));
                bob.inbox().take("the archive's last words", stanza -> stanza instanceof IQ iq && "own".equals(iq.getStanzaId()) && iq.getType() == IQ.Type.result);
            }
        }
    }

    @Test
    void refusedMessageBouncesWithTheReasonAndReachesNobody() {
        gated.gate.refuseText("forbidden words");
        try (SmackClient ada = SmackClient.login(gated.server, "ada", "desk");
                SmackClient adaPhone = SmackClient.login(gated.server, "ada", "phone").withCarbons();
                SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            String id = ada.chat("bob@localhost", "forbidden words");
            Message error = ada.inbox().takeMessage("the error", m -> m.getType() == Message.Type.error && id.equals(m.getStanzaId()));
            assertThat(error.getError().getCondition()).isEqualTo(StanzaError.Condition.policy_violation);
            assertThat(error.toXML().toString()).contains("not this: forbidden words");
            ada.chat("bob@localhost", "after");
            bob.inbox().takeBody("after");
            assertThat(bob.inbox().bodies()).isEmpty();
            adaPhone.roundTrip();
            assertThat(gated.server.filesWith("forbidden words")).isEmpty();
            assertThat(gated.gate.outcomes("forbidden words")).containsExactly(Outcome.BOUNCED);
        }
    }

    @Test
    void messageWaitsForItsVerdict() {
        gated.gate.keepBackText("wait for it");
        try (SmackClient ada = SmackClient.login(gated.server, "ada", "desk"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.chat("bob@localhost", "wait for it");
            Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            bob.roundTrip();
            assertThat(bob.inbox().bodies()).isEmpty();
            gated.gate.letGo();
            bob.inbox().takeBody("wait for it");
        }
    }
}
