package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jivesoftware.smack.XMPPException.XMPPErrorException;
import org.jivesoftware.smack.packet.StanzaError;
import org.jivesoftware.smackx.httpfileupload.HttpFileUploadManager;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Files by an upload service that stores them (XEP-0363), found, asked and filled by Smack as any client does. */
@Tag("prosody") // whose mod_http_file_share is the service
class UploadIT {
    private static final String SERVICE = "upload.localhost";
    private static final byte[] CONTENT = "minutes of Monday".getBytes(StandardCharsets.UTF_8);
    @AutoClose
    private static Deployment chancery;
    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws IOException {
        Deployment.Node node = Deployment.Node.free("node1", "localhost");
        chancery = Deployment.start(node, new Certificates(), config -> config.replace("services: [", "services: [" + SERVICE + ", "), setup -> setup.prosody(p -> p
                .global("http_default_host = \"" + SERVICE + "\"")
                .rooms("Component \"" + SERVICE + "\" \"http_file_share\"",
                        "http_external_url = \"http://" + node.address() + ":" + XmppServer.BOSH_PORT + "/\"")));
    }

    private static HttpFileUploadManager uploads(SmackClient client) throws Exception {
        HttpFileUploadManager manager = HttpFileUploadManager.getInstanceFor(client.connection());
        assertThat(manager.discoverUploadService()).isTrue();
        assertThat(manager.getDefaultUploadService().getAddress().toString()).isEqualTo(SERVICE);
        return manager;
    }

    private File file(String name) throws IOException {
        return Files.write(folder.resolve(name), CONTENT).toFile();
    }

    private static String share(SmackClient from, String to, URL url) {
        return from.chat(to + "@localhost", url.toString(), "<x xmlns='jabber:x:oob'><url>" + url + "</url></x>");
    }

    private static List<JsonNode> requestsFor(String file) {
        return chancery.admin().attempts().stream().filter(a -> a.path("files").valueStream().anyMatch(f -> f.asString().equals(file))
                && SERVICE.equals(AdminClient.text(a, "to"))).toList();
    }

    @Test
    void fileIsUploadedSharedAndFetchedAndAllOfItRecorded() throws Exception {
        try (SmackClient ada = SmackClient.login(chancery.server(), "ada", "desk"); SmackClient boris = SmackClient.login(chancery.server(), "boris", "desk")) {
            URL url = uploads(ada).uploadFile(file("minutes.txt"));
            assertThat(requestsFor("minutes.txt")).singleElement().satisfies(request -> {
                assertThat(AdminClient.text(request, "effect")).isEqualTo("allow");
                assertThat(AdminClient.text(request, "what")).isEqualTo("file");
                assertThat(AdminClient.text(request, "from")).isEqualTo("ada@localhost/desk");
            });

            String id = share(ada, "boris", url);
            URL received = new URL(boris.inbox().takeBody(url.toString()).getBody());
            try (InputStream fetched = received.openStream()) {
                assertThat(fetched.readAllBytes()).isEqualTo(CONTENT);
            }
            JsonNode shared = chancery.admin().onlyAttempt(id);
            assertThat(AdminClient.text(shared, "what")).isEqualTo("file");
            assertThat(chancery.admin().record(AdminClient.text(shared, "id")).toString()).contains(url.toString());
        }
    }

    @Test
    void linkDoesNotCrossAWall() throws Exception {
        try (SmackClient boris = SmackClient.login(chancery.server(), "boris", "desk"); SmackClient dmitri = SmackClient.login(chancery.server(), "dmitri", "desk")) {
            String id = share(boris, "dmitri", uploads(boris).uploadFile(file("prices.txt")));
            JsonNode refused = chancery.admin().onlyAttempt(id);
            assertThat(AdminClient.text(refused, "effect")).isEqualTo("refuse");
            assertThat(AdminClient.text(refused, "what")).isEqualTo("file");
            dmitri.roundTrip();
            assertThat(dmitri.inbox().bodies()).isEmpty();
        }
    }

    @Test
    void nobodyGetsAPlaceThatCanNotBeRecorded() throws Exception {
        try (SmackClient ada = SmackClient.login(chancery.server(), "ada", "desk")) {
            HttpFileUploadManager uploads = uploads(ada);
            int links = chancery.links();
            chancery.crash();
            try {
                assertThatThrownBy(() -> uploads.uploadFile(file("unrecorded.txt"))).asInstanceOf(type(XMPPErrorException.class))
                        .satisfies(e -> assertThat(e.getStanzaError().getCondition()).isEqualTo(StanzaError.Condition.resource_constraint));
            } finally {
                chancery.recover();
                Deadline.await("the server is linked again", GatedServer.LIMIT, () -> chancery.links() > links);
            }
            assertThat(requestsFor("unrecorded.txt")).isEmpty();
        }
    }
}
