package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** A client over BOSH (XEP-0124, XEP-0206) passes the same gate as one over TCP. */
class BoshIT {
    private final HttpClient http = HttpClient.newHttpClient();
    private String sid;
    private long rid = 1000;
    private URI door;

    @Test
    void messagesOverBoshAreAskedAndRefused() throws Exception {
        try (GatedServer gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob").web());
                SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            gated.gate.refuseText("not over bosh");
            door = gated.server.bosh();
            logIn();
            StringBuilder answers = new StringBuilder(body("", "<message to='bob@localhost' type='chat' id='b1'><body>over bosh</body></message>"
                    + "<message to='bob@localhost' type='chat' id='b2'><body>not over bosh</body></message>"));
            bob.inbox().takeBody("over bosh");
            Deadline.await("the refusal", GatedServer.LIMIT, () -> answers.indexOf("policy-violation") >= 0
                    || answers.append(body("", "")).indexOf("policy-violation") >= 0);
            assertThat(answers).contains("id='b2'");
            assertThat(bob.inbox().bodies()).isEmpty();
            assertThat(gated.gate.asked("over bosh")).hasSize(2).allSatisfy(e -> assertThat(e.from().toString()).startsWith("ada@localhost/"));
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes("over bosh").size() == 2);
            assertThat(gated.gate.outcomes("over bosh")).containsExactly(Outcome.HANDED_ON, Outcome.BOUNCED);
        }
    }

    private void logIn() throws Exception {
        String opened = body("to='localhost' hold='1' wait='1' ver='1.6' xml:lang='en' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'", "");
        sid = opened.replaceAll("(?s).*\\ssid='([^']+)'.*", "$1");
        if (!opened.contains("<mechanisms")) { // a Tigase that is asked before it has offered loses the question
            bodies("", "", "<mechanisms");
        }
        String plain = Base64.getEncoder().encodeToString(("\0ada\0" + XmppSetup.PASSWORD).getBytes(StandardCharsets.UTF_8));
        bodies("", "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + plain + "</auth>", "<success");
        bodies("xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh' to='localhost'", "", "<bind");
        bodies("", "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "<jid>ada@localhost/");
    }

    /** Sends this and asks for more until an answer has the text: a server may give what it had before in the first one (XEP-0124, section 11). */
    private void bodies(String attributes, String content, String awaited) throws Exception {
        StringBuilder answers = new StringBuilder(body(attributes, content));
        Deadline.await(awaited, GatedServer.LIMIT, () -> answers.indexOf(awaited) >= 0 || answers.append(body("", "")).indexOf(awaited) >= 0);
    }

    private String body(String attributes, String content) throws IOException, InterruptedException {
        String xml = "<body xmlns='http://jabber.org/protocol/httpbind' rid='" + rid++ + "' " + (sid == null ? "" : "sid='" + sid + "' ")
                + attributes + ">" + content.replace("<message ", "<message xmlns='jabber:client' ").replace("<iq ", "<iq xmlns='jabber:client' ") + "</body>";
        HttpRequest request = HttpRequest.newBuilder(door).timeout(Duration.ofSeconds(15))
                .header("Content-Type", "text/xml").POST(HttpRequest.BodyPublishers.ofString(xml)).build();
        return SingleQuotes.of(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }
}
