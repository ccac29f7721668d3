package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An external component (XEP-0114): its streams run in no coroutine, so its stanzas are taken and put back in order. */
class ComponentIT {
    private static final String SECRET = "component secret";
    private static GatedServer gated;
    private static int port;

    @BeforeAll
    static void start() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        gated = GatedServer.start(ProsodySetup.of("localhost", new Certificates()).people("ada")
                .global("component_ports = { " + port + " }", "component_interfaces = { \"127.0.0.1\" }")
                .rooms("Component \"gateway.localhost\"", "component_secret = \"" + SECRET + "\""));
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
    void messagesOfAComponentAreHeldRefusedAndKeptInOrder() throws Exception {
        gated.gate.refuseText("refused words");
        gated.gate.keepBackText("first word");
        try (SmackClient ada = SmackClient.login(gated.server, "ada", "desk"); Socket component = connect()) {
            write(component, message("first word") + message("refused words") + message("second word"));
            Deadline.await("all questions", GatedServer.LIMIT, () -> gated.gate.asked("word").size() == 3);
            ada.roundTrip();
            assertThat(ada.inbox().bodies()).isEmpty();
            gated.gate.letGo();
            ada.inbox().takeBody("second word");
            assertThat(ada.inbox().bodies()).containsExactly("first word");
            assertThat(readUntil(component, "policy-violation")).contains("not this: refused words");
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes("word").size() == 3);
            assertThat(gated.gate.outcomes("word")).containsExactly(Outcome.HANDED_ON, Outcome.BOUNCED, Outcome.HANDED_ON);
        }
    }

    private static String message(String body) {
        return "<message from='x@gateway.localhost' to='ada@localhost/desk' type='chat' id='" + body.hashCode() + "'><body>" + body + "</body></message>";
    }

    private static Socket connect() throws Exception {
        Socket socket = new Socket();
        Deadline.await("the component port", GatedServer.LIMIT, () -> {
            socket.connect(new InetSocketAddress("127.0.0.1", port));
            return true;
        });
        socket.setSoTimeout((int) Duration.ofSeconds(15).toMillis());
        write(socket, "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='gateway.localhost'>");
        String header = readUntil(socket, "id=");
        while (!header.matches("(?s).*\\sid=['\"][^'\"]+['\"].*>.*")) {
            header += readUntil(socket, ">");
        }
        String id = header.replaceAll("(?s).*\\sid=['\"]([^'\"]+)['\"].*", "$1");
        byte[] digest = MessageDigest.getInstance("SHA-1").digest((id + SECRET).getBytes(StandardCharsets.UTF_8));
        write(socket, "<handshake>" + HexFormat.of().formatHex(digest) + "</handshake>");
        readUntil(socket, "<handshake");
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    private static String readUntil(Socket socket, String text) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(text) < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("the server closed the stream: " + read);
            }
            read.append((char) next);
        }
        while (socket.getInputStream().available() > 0) {
            read.append((char) socket.getInputStream().read());
        }
        return read.toString();
    }
}
