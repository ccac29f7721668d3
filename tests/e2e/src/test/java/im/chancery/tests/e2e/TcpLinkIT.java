package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Position;
import im.chancery.host.prosody.LinkServer;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The link over TCP: both ends prove the secret; a host with another one gets nowhere, and nothing passes. */
@Tag("prosody") // the link is between two processes; an engine in its host has none
class TcpLinkIT {
    private static final String SECRET = "what both ends know, and nobody else does";

    @Test
    void hostWithTheSecretIsLinked() throws Exception {
        try (Linked linked = new Linked(SECRET);
                SmackClient ada = SmackClient.login(linked.server, "ada", "desk"); SmackClient bob = SmackClient.login(linked.server, "bob", "desk")) {
            Deadline.await("the link is up", GatedServer.LIMIT, () -> linked.server.log().contains("Linked to the engine"));
            ada.chat("bob@localhost", "over tcp");
            bob.inbox().takeBody("over tcp");
            assertThat(linked.gate.asked("over tcp")).hasSize(1);
        }
    }

    @Test
    void hostWithAnotherSecretRefusesEverything() throws Exception {
        try (Linked linked = new Linked("something else, of thirty-two characters");
                SmackClient ada = SmackClient.login(linked.server, "ada", "desk"); SmackClient bob = SmackClient.login(linked.server, "bob", "desk")) {
            Deadline.await("the refusal", GatedServer.LIMIT, () -> linked.server.log().contains("does not prove that it knows the secret"));
            ada.inbox().takeErrorOf(ada.chat("bob@localhost", "over tcp"));
            bob.roundTrip();
            assertThat(bob.inbox().bodies()).isEmpty();
            assertThat(linked.gate.asked("over tcp")).isEmpty();
        }
    }

    private static final class Linked implements AutoCloseable {
        private final TableGate gate = new TableGate();
        private final Path folder = Files.createTempDirectory("chancery-tcp-link");
        private final LinkServer link;
        private final XmppServer server;

        Linked(String hostsSecret) throws Exception {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            secretFile("engine-secret", SECRET);
            ProsodyServer.giveAway(secretFile("host-secret", hostsSecret));
            Position position = new Position(folder.resolve("test.yaml").toString(), 1, 1);
            link = LinkServer.start(ConfigNode.map(position, "link", Map.of(
                    "listen", ConfigNode.scalar(position, "link.listen", "tcp:127.0.0.1:0"),
                    "secret-file", ConfigNode.scalar(position, "link.secret-file", "engine-secret"))), "test-node", gate);
            int port = ((InetSocketAddress) link.address()).getPort();
            server = XmppServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob").prosody(p ->
                    p.chancery("tcp:127.0.0.1:" + port).global("chancery_secret_file = \"" + folder.resolve("host-secret") + "\"")));
        }

        private Path secretFile(String name, String secret) throws Exception {
            Path file = Files.writeString(folder.resolve(name), secret + "\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            return file;
        }

        @Override
        public void close() {
            server.close();
            link.close();
            Folders.delete(folder);
        }
    }
}
