package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client over WebSocket (RFC 7395) passes the same gate as one over TCP, and its acknowledgements (XEP-0198) mean the same. */
class WebSocketIT {
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
        try (Client ada = Client.logIn("ada"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
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
        try (Client ada = Client.logIn("ada"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.write("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
            ada.await("<enabled");
            gated.server.freeze(); // so that it reads all of it at once
            for (String frame : new String[] {message("a1", "first"), Client.REQUEST, message("a2", "second"), message("a3", "third"), Client.REQUEST}) {
                ada.write(frame);
            }
            gated.server.thaw();
            bob.inbox().takeBody("first");
            Deadline.await("both questions", GatedServer.LIMIT, () -> gated.gate.keptBack() == 2);
            Expect.acknowledgement(() -> ada.write(Client.REQUEST), ada::await, 1);
            ada.forget();
            gated.gate.letGo();
            bob.inbox().takeBody("third");
            Expect.acknowledgement(() -> ada.write(Client.REQUEST), ada::await, 3);
        }
    }

    private static String message(String id, String body) {
        return "<message xmlns='jabber:client' to='bob@localhost/desk' type='chat' id='" + id + "'><body>" + body + "</body></message>";
    }

    /** Writes each element as a frame of its own, as section 3.3.3 wants it, and keeps all that has come as text. */
    private static final class Client implements WebSocket.Listener, AutoCloseable {
        private static final String REQUEST = "<r xmlns='urn:xmpp:sm:3'/>";
        private static final String OPEN = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>";

        private final StringBuffer received = new StringBuffer();
        private final SingleQuotes quotes = new SingleQuotes();
        private WebSocket socket;

        static Client logIn(String localpart) {
            Client client = new Client();
            client.socket = HttpClient.newHttpClient().newWebSocketBuilder().subprotocols("xmpp")
                    .buildAsync(gated.server.webSocket(), client).join();
            client.write(OPEN);
            client.await("</stream:features>");
            client.forget();
            String plain = Base64.getEncoder().encodeToString(("\0" + localpart + "\0" + XmppSetup.PASSWORD).getBytes(StandardCharsets.UTF_8));
            client.write("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + plain + "</auth>");
            client.await("<success");
            client.forget();
            client.write(OPEN);
            client.await("</stream:features>");
            client.write("<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
            client.await("<jid>" + localpart + "@localhost/");
            client.forget();
            return client;
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            received.append(quotes.next(data.toString()));
            from.request(1);
            return null;
        }

        void write(String element) {
            socket.sendText(element, true).join();
        }

        String await(String text) {
            Deadline.await("«" + text + "» from the server", GatedServer.LIMIT, () -> received().contains(text));
            return received();
        }

        String received() {
            return received.toString();
        }

        void forget() {
            received.setLength(0);
        }

        @Override
        public void close() {
            socket.abort();
        }
    }
}
