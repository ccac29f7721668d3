package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jivesoftware.smack.XMPPException.XMPPErrorException;
import org.jivesoftware.smack.packet.IQ;
import org.jivesoftware.smack.packet.StanzaError;
import org.jivesoftware.smackx.bytestreams.BytestreamListener;
import org.jivesoftware.smackx.bytestreams.BytestreamRequest;
import org.jivesoftware.smackx.bytestreams.socks5.Socks5BytestreamManager;
import org.jivesoftware.smackx.bytestreams.socks5.Socks5BytestreamSession;
import org.jivesoftware.smackx.bytestreams.socks5.packet.Bytestream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.impl.JidCreate;
import tools.jackson.databind.JsonNode;

/** Bytes that a proxy passes on (XEP-0065), found, asked and used by Smack as any client does. */
@Tag("prosody") // whose mod_proxy65 is the proxy
class BytestreamIT {
    private static final String PROXY = "proxy.localhost";
    private static final byte[] CONTENT = "minutes of Monday".getBytes(StandardCharsets.UTF_8);
    @AutoClose
    private static Deployment chancery;

    @BeforeAll
    static void start() throws IOException {
        Deployment.Node node = Deployment.Node.free("node1", "localhost");
        chancery = Deployment.start(node, new Certificates(), config -> config.replace("services: [", "services: [" + PROXY + ", "), setup -> setup.prosody(p -> p
                .global("proxy65_interfaces = { \"" + node.address() + "\" }", "proxy65_ports = { 5000 }")
                .rooms("Component \"" + PROXY + "\" \"proxy65\"", "proxy65_address = \"" + node.address() + "\"")));
    }

    /** By the server's proxy alone, as where both are behind a firewall. */
    private static Socks5BytestreamManager bytestreams(SmackClient client) {
        Socks5BytestreamManager manager = Socks5BytestreamManager.getBytestreamManager(client.connection());
        manager.setAnnounceLocalStreamHost(false);
        return manager;
    }

    private static List<JsonNode> activated(String target) {
        return chancery.admin().attempts().stream().filter(a -> PROXY.equals(AdminClient.text(a, "to")) && target.equals(AdminClient.text(a, "recipient"))).toList();
    }

    @Test
    void aProxyPassesBytesOnWhereTheRulesAllowItAndThatIsRecorded() throws Exception {
        try (SmackClient ada = SmackClient.login(chancery.server(), "ada", "desk"); SmackClient boris = SmackClient.login(chancery.server(), "boris", "desk")) {
            CompletableFuture<byte[]> received = new CompletableFuture<>();
            bytestreams(boris).addIncomingBytestreamListener(new BytestreamListener() {
                @Override
                public void incomingBytestreamRequest(BytestreamRequest request) {
                    try (InputStream bytes = request.accept().getInputStream()) {
                        received.complete(bytes.readNBytes(CONTENT.length));
                    } catch (Exception e) {
                        received.completeExceptionally(e);
                    }
                }
            });
            Socks5BytestreamSession session = bytestreams(ada).establishSession(JidCreate.from("boris@localhost/desk"));
            try {
                session.getOutputStream().write(CONTENT);
                session.getOutputStream().flush();
                assertThat(received.get(GatedServer.LIMIT.toMillis(), TimeUnit.MILLISECONDS)).isEqualTo(CONTENT);
            } finally {
                session.close();
            }
            assertThat(activated("boris@localhost")).singleElement().satisfies(asked -> {
                assertThat(AdminClient.text(asked, "effect")).isEqualTo("allow");
                assertThat(AdminClient.text(asked, "what")).isEqualTo("file");
                assertThat(AdminClient.text(asked, "from")).isEqualTo("ada@localhost/desk");
            });
        }
    }

    /** Two who have agreed on a stream by another way need the proxy only to join its two ends. */
    @Test
    void noProxyIsActivatedAcrossAWall() throws Exception {
        try (SmackClient boris = SmackClient.login(chancery.server(), "boris", "desk")) {
            Bytestream activate = new Bytestream("agreed");
            activate.setType(IQ.Type.set);
            activate.setTo(JidCreate.from(PROXY));
            activate.setToActivate(JidCreate.from("dmitri@localhost/desk"));
            assertThatThrownBy(() -> boris.connection().sendIqRequestAndWaitForResponse(activate)).asInstanceOf(type(XMPPErrorException.class))
                    .satisfies(e -> assertThat(e.getStanzaError().getCondition()).isEqualTo(StanzaError.Condition.policy_violation));
            assertThat(activated("dmitri@localhost")).singleElement().satisfies(asked -> assertThat(AdminClient.text(asked, "effect")).isEqualTo("refuse"));
        }
    }
}
