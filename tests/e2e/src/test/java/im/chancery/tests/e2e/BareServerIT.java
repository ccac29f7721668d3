package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smackx.carbons.packet.CarbonExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Shows that the test bed itself works, on a server without Chancery. */
class BareServerIT {
    private static XmppServer server;

    @BeforeAll
    static void start() {
        server = XmppServer.start(XmppSetup.of("localhost", new Certificates())
                .people("ada", "bob", "cleo").persistentRooms());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void messageReachesItsRecipientAndTheSendersOtherResource() {
        try (SmackClient ada = SmackClient.login(server, "ada", "desk");
                SmackClient adaPhone = SmackClient.login(server, "ada", "phone").withCarbons();
                SmackClient bob = SmackClient.login(server, "bob", "desk")) {
            ada.chat("bob@localhost", "hello bob");
            assertThat((Object) bob.inbox().takeBody("hello bob").getFrom()).isEqualTo(ada.jid());
            Message carbon = adaPhone.inbox().takeMessage("carbon", m -> CarbonExtension.from(m) != null);
            assertThat(carbon.toXML().toString()).contains("hello bob");
        }
    }

    @Test
    void roomMessageReachesEveryOccupant() {
        try (SmackClient ada = SmackClient.login(server, "ada", "desk"); SmackClient bob = SmackClient.login(server, "bob", "desk")) {
            String room = "tea@" + server.roomDomain();
            ada.enter(room, "Ada");
            bob.enter(room, "Bob");
            ada.groupChat(room, "hello room");
            assertThat((Object) bob.inbox().takeBody("hello room").getFrom()).isEqualTo(SmackClient.jid(room + "/Ada"));
            ada.inbox().takeBody("hello room");
        }
    }

    @Test
    void messageWaitsForAnOfflineRecipientAcrossAKill() {
        try (SmackClient ada = SmackClient.login(server, "ada", "desk")) {
            ada.chat("cleo@localhost", "for later");
            ada.roundTrip();
        }
        assertThat(server.filesWith("for later")).isNotEmpty();
        server.kill();
        server.start();
        try (SmackClient cleo = SmackClient.login(server, "cleo", "desk")) {
            cleo.inbox().takeBody("for later");
        }
    }

    @Test
    void cutStreamIsResumed() {
        try (SmackClient ada = SmackClient.login(server, "ada", "desk"); SmackClient bob = SmackClient.login(server, "bob", "desk")) {
            bob.cut();
            ada.chat("bob@localhost/desk", "while you were away");
            ada.roundTrip();
            assertThat(bob.reconnect()).isTrue();
            bob.inbox().takeBody("while you were away");
        }
    }

    @Test
    void rawClientSendsSeveralStanzasInOneWrite() {
        try (RawClient ada = RawClient.login(server, "ada", "raw"); SmackClient bob = SmackClient.login(server, "bob", "desk")) {
            ada.write("<message to='bob@localhost/desk' type='chat' id='r1'><body>one</body></message>"
                    + "<message to='bob@localhost/desk' type='chat' id='r2'><body>two</body></message>"
                    + "<iq type='get' id='p1' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>");
            ada.await("p1");
            bob.inbox().takeBody("two");
            assertThat(bob.inbox().bodies()).containsExactly("one");
        }
    }

    /** None of them does dialback, so that what arrives has come by SASL EXTERNAL. */
    @Test
    void twoServersFederateWithMutualTls() throws Exception {
        federate(XmppHost.chosen(), XmppHost.chosen());
    }

    @Test
    @Tag("tigase")
    void tigaseAndProsodyFederateWithMutualTls() throws Exception {
        assertThat(federate(XmppHost.TIGASE, XmppHost.PROSODY)).contains("Accepting SASL EXTERNAL identity from alpha.test");
    }

    /** Messages go both ways between two servers. Gives the log of the second. */
    private static String federate(XmppHost one, XmppHost other) throws Exception {
        Certificates authority = new Certificates();
        String alphaAddress = XmppServer.freeAddress().getHostAddress();
        String betaAddress = XmppServer.freeAddress().getHostAddress();
        try (XmppServer alpha = XmppServer.start(one, XmppSetup.of("alpha.test", authority).people("ada")
                .address(alphaAddress).federatesWith("beta.test", betaAddress));
                XmppServer beta = XmppServer.start(other, XmppSetup.of("beta.test", authority).people("bob")
                        .address(betaAddress).federatesWith("alpha.test", alphaAddress));
                SmackClient ada = SmackClient.login(alpha, "ada", "desk");
                SmackClient bob = SmackClient.login(beta, "bob", "desk")) {
            ada.chat("bob@beta.test", "hello beta");
            bob.inbox().takeBody("hello beta");
            bob.chat("ada@alpha.test", "hello alpha");
            ada.inbox().takeBody("hello alpha");
            String room = "joint@" + alpha.roomDomain();
            ada.enter(room, "Ada");
            bob.enter(room, "Bob");
            bob.groupChat(room, "hello room");
            ada.inbox().takeBody("hello room");
            return beta.log();
        }
    }
}
