package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smackx.carbons.packet.CarbonExtension;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** One-to-one messages: handed on exactly once or refused exactly once, one attempt and one outcome each. */
class DirectMessagesIT {
    @AutoClose
    private static Deployment chancery;

    @BeforeAll
    static void start() {
        chancery = Deployment.start();
    }

    private static SmackClient login(String who, String resource) {
        return SmackClient.login(chancery.server(), who, resource);
    }

    @Test
    void allowedMessageReachesEveryResourceOnce() {
        try (SmackClient ada = login("ada", "desk"); SmackClient adaPhone = login("ada", "phone").withCarbons();
                SmackClient boris = login("boris", "desk"); SmackClient borisPhone = login("boris", "phone").withCarbons()) {
            String id = ada.chat("boris@localhost", "allowed and online");
            boris.inbox().takeMessage("the message or its carbon", m -> m.toXML().toString().contains("allowed and online"));
            borisPhone.inbox().takeMessage("the message or its carbon", m -> m.toXML().toString().contains("allowed and online"));
            adaPhone.inbox().takeMessage("carbon of what was sent", m -> CarbonExtension.from(m) != null);
            JsonNode attempt = Expect.handedOn(chancery, ada, id);
            assertThat(AdminClient.text(attempt, "from")).isEqualTo(ada.jid().toString());
            Expect.nowhere(chancery, "allowed and online", boris, borisPhone, adaPhone);
        }
    }

    @Test
    void refusedMessageReachesNobodyAndSaysWhy() {
        try (SmackClient ada = login("ada", "desk"); SmackClient adaPhone = login("ada", "phone").withCarbons();
                SmackClient clara = login("clara", "desk"); SmackClient claraPhone = login("clara", "phone").withCarbons()) {
            String id = ada.chat("clara@localhost", "refused and online");
            JsonNode attempt = Expect.refused(chancery, ada, id, Deployment.REASON);
            assertThat(attempt.get("rules").toString()).contains("wall");
            String toOneResource = ada.chat("clara@localhost/phone", "refused, to one resource");
            Expect.refused(chancery, ada, toOneResource, Deployment.REASON);
            Expect.nowhere(chancery, "refused", adaPhone, clara, claraPhone);
        }
    }

    /** Of as many bytes as RFC 7622 allows, and more in lower case: the server takes it for a room's, the engine for none. */
    @Test
    void anAddressThatTheEngineRefusesIsNobodyElsesTrouble() {
        String room = "\u023A".repeat(511) + "@" + XmppSetup.roomDomain("localhost");
        try (RawClient ada = RawClient.login(chancery.server(), "ada", "raw"); SmackClient boris = login("boris", "desk")) {
            ada.write("<message type='chat' id='first' to='boris@localhost'><body>to boris</body></message>");
            boris.inbox().takeBody("to boris");
            int links = chancery.links();
            ada.write("<message type='groupchat' id='odd' to='" + room + "'><body>to no room</body></message>");
            if (!XmppHost.chosen().holdsEngine()) { // a Tigase drops what is for such an address, without a word
                assertThat(ada.await("id='odd'")).contains("not-acceptable");
            }
            ada.write("<message type='chat' id='next' to='boris@localhost'><body>to boris all the same</body></message>");
            boris.inbox().takeBody("to boris all the same");
            assertThat(chancery.links()).as("the link is the same").isEqualTo(links);
        }
    }

    @Test
    void wallStandsBothWays() {
        try (SmackClient ada = login("ada", "desk"); SmackClient dmitri = login("dmitri", "desk")) {
            Expect.refused(chancery, dmitri, dmitri.chat("ada@localhost", "refused, other way"), Deployment.REASON);
            Expect.nowhere(chancery, "refused, other way", ada);
        }
    }

    @Test
    void allowedMessageWaitsForAnOfflineRecipient() {
        try (SmackClient ada = login("ada", "desk")) {
            Expect.handedOn(chancery, ada, ada.chat("emma@localhost", "allowed and offline"));
        }
        try (SmackClient emma = login("emma", "desk")) {
            emma.inbox().takeBody("allowed and offline");
            Expect.gone(chancery, "allowed and offline", emma);
        }
    }

    @Test
    void refusedMessageDoesNotWaitForAnOfflineRecipient() {
        try (SmackClient boris = login("boris", "desk")) {
            Expect.refused(chancery, boris, boris.chat("dmitri@localhost", "refused and offline"), Deployment.REASON);
        }
        try (SmackClient dmitri = login("dmitri", "desk")) {
            Expect.nowhere(chancery, "refused and offline", dmitri);
        }
    }

    @Test
    void recipientThatResumesGetsTheAllowedOnceAndTheRefusedNever() {
        try (SmackClient emma = login("emma", "desk"); SmackClient ada = login("ada", "desk"); SmackClient clara = login("clara", "desk")) {
            clara.cut();
            String refused = ada.chat("clara@localhost/desk", "refused while cut");
            String allowed = emma.chat("clara@localhost/desk", "allowed while cut");
            Expect.refused(chancery, ada, refused, Deployment.REASON);
            Expect.handedOn(chancery, emma, allowed);
            assertThat(clara.reconnect()).as("resumed").isTrue();
            clara.inbox().takeBody("allowed while cut");
            Expect.gone(chancery, "while cut", clara);
            Expect.nowhere(chancery, "refused while cut", clara);
        }
    }

    @Test
    void senderThatResumesSendsOnce() {
        try (SmackClient ada = login("ada", "desk"); SmackClient boris = login("boris", "desk")) {
            String id = ada.chat("boris@localhost", "sent just before the cut");
            boris.inbox().takeBody("sent just before the cut");
            ada.cut();
            assertThat(ada.reconnect()).as("resumed").isTrue();
            ada.roundTrip();
            Expect.handedOn(chancery, ada, id);
            Expect.nowhere(chancery, "sent just before the cut", boris);
        }
    }

    @Test
    void recordOpensToTheStanzaThatWasSent() {
        try (SmackClient ada = login("ada", "desk"); SmackClient boris = login("boris", "desk")) {
            String id = ada.chat("boris@localhost", "to be read by an officer");
            boris.inbox().takeBody("to be read by an officer");
            String record = AdminClient.text(chancery.admin().onlyAttempt(id), "id");
            JsonNode opened = chancery.admin().record(record).get("record");
            assertThat(AdminClient.text(opened, "stanza")).contains("<body>to be read by an officer</body>").contains(ada.jid().toString());
        }
    }

    @Test
    void correctionAndRetractionAreRecordsOfTheirOwnThatReferToTheFirst() {
        try (SmackClient ada = login("ada", "desk"); SmackClient boris = login("boris", "desk")) {
            String first = ada.chat("boris@localhost", "meet at nine");
            boris.inbox().takeBody("meet at nine");
            String correction = ada.chat("boris@localhost", "meet at ten", "<replace xmlns='urn:xmpp:message-correct:0' id='" + first + "'/>");
            boris.inbox().takeBody("meet at ten");
            String retraction = ada.chat("boris@localhost", "retracted", "<retract xmlns='urn:xmpp:message-retract:1' id='" + first + "'/>");
            Message got = boris.inbox().takeBody("retracted");
            assertThat(got.toXML().toString()).contains("message-retract");
            assertRefers(correction, "correct", first);
            assertRefers(retraction, "retract", first);
            Expect.handedOn(chancery, ada, first);
        }
    }

    private static void assertRefers(String id, String relation, String first) {
        JsonNode attempt = chancery.admin().onlyAttempt(id);
        assertThat(AdminClient.text(attempt, "relation")).isEqualTo(relation);
        assertThat(AdminClient.text(attempt, "refersTo")).isEqualTo(first);
    }
}
