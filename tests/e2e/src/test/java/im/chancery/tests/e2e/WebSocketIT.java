package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client over WebSocket (RFC 7395) passes the same gate as one over TCP, and its acknowledgements (XEP-0198) mean the same. */
class WebSocketIT {
    private static final String REQUEST = "<r xmlns='urn:xmpp:sm:3'/>";
    private static GatedServer gated;

    @BeforeAll
    static void start() {
        gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob").web());
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
    void messagesOverWebSocketAreAskedAndRefused() {
        gated.gate.refuseText("not over websocket");
        gated.gate.keepBackText("wait over websocket");
        try (WebSocketClient ada = WebSocketClient.logIn(gated.server, "ada"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.write(message("w1", "over websocket"));
            ada.write(message("w2", "not over websocket"));
            ada.write(message("w3", "wait over websocket"));
            bob.inbox().takeBody("over websocket");
            assertThat(ada.await("policy-violation")).contains("id='w2'").contains("not this: not over websocket");
            Deadline.await("the last question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            bob.roundTrip();
            assertThat(bob.inbox().bodies()).isEmpty();
            gated.gate.letGo();
            bob.inbox().takeBody("wait over websocket");
            assertThat(gated.gate.asked("over websocket")).hasSize(3).allSatisfy(e -> assertThat(e.from().toString()).startsWith("ada@localhost/"));
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes("over websocket").size() == 3);
            assertThat(gated.gate.outcomes("over websocket")).containsExactly(Outcome.HANDED_ON, Outcome.BOUNCED, Outcome.HANDED_ON);
        }
    }

    @Test
    void acknowledgementOverWebSocketNeverCoversAStanzaWithoutVerdict() {
        gated.gate.keepBack(e -> e.stanza().contains("second") || e.stanza().contains("third"));
        try (WebSocketClient ada = WebSocketClient.logIn(gated.server, "ada"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.write("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
            ada.await("<enabled");
            gated.server.freeze(); // so that it reads all of it at once
            for (String frame : new String[] {message("a1", "first"), REQUEST, message("a2", "second"), message("a3", "third"), REQUEST}) {
                ada.write(frame);
            }
            gated.server.thaw();
            bob.inbox().takeBody("first");
            Deadline.await("both questions", GatedServer.LIMIT, () -> gated.gate.keptBack() == 2);
            Expect.acknowledgement(() -> ada.write(REQUEST), ada::await, 1);
            ada.forget();
            gated.gate.letGo();
            bob.inbox().takeBody("third");
            Expect.acknowledgement(() -> ada.write(REQUEST), ada::await, 3);
        }
    }

    private static String message(String id, String body) {
        return "<message xmlns='jabber:client' to='bob@localhost/desk' type='chat' id='" + id + "'><body>" + body + "</body></message>";
    }
}
