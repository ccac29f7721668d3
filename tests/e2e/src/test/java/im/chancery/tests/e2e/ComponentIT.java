package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import im.chancery.core.StanzaKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An external component (XEP-0114): in a Prosody its streams run in no coroutine, so its stanzas are taken and put back in order. */
class ComponentIT {
    private static final int FLOOD = 2000;
    private static final int FLOOD_BYTES = 16 * 1024;
    private static final int SMALL_FLOOD = 200;
    /** What Prosody reads at a time, in bytes; LuaSocket takes twice as much off a socket. */
    private static final int READ_SIZE = 4096;
    /** What a Tigase's edge may hold of one stream: an eighth of the least {@code max-held}. */
    private static final int MOST_HELD = (4 << 20) / 8 / FLOOD_BYTES;
    private static GatedServer gated;

    @BeforeAll
    static void start() throws IOException {
        XmppSetup setup = XmppSetup.of("localhost", new Certificates()).people("ada").component("gateway.localhost");
        gated = XmppHost.chosen().holdsEngine() ? GatedServer.start(setup, "1 min", "4 MiB") : GatedServer.start(setup);
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
            assertThat(readUntil(component, "not this: refused words")).contains("policy-violation");
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes("word").size() == 3);
            assertThat(gated.gate.outcomes("word")).containsExactly(Outcome.HANDED_ON, Outcome.BOUNCED, Outcome.HANDED_ON);
        }
    }

    /** Probes are the host's (RFC 6121, section 4.3), yet they show who asks, under an address that the client has chosen. */
    @Test
    @Tag("prosody") // a Tigase probes under the bare address
    void aProbeShowsNoAddressAcrossAWall() throws Exception {
        try (Socket component = connect(); RawClient ada = RawClient.login(gated.server, "ada", "desk")) {
            ada.write("<iq type='get' id='contacts'><query xmlns='jabber:iq:roster'/></iq><presence to='bob@gateway.localhost' type='subscribe'/>");
            readUntil(component, "type='subscribe'");
            write(component, "<presence from='bob@gateway.localhost' to='ada@localhost' type='subscribed'/>");
            ada.await("subscription='to'");
            gated.gate.refuse(e -> e.kind() == StanzaKind.PRESENCE ? Optional.of("a wall") : Optional.empty());
            try (RawClient words = RawClient.login(gated.server, "ada", "smuggled words")) {
                words.write("<presence/>");
                words.await("smuggled words");
            }
            gated.gate.reset();
            try (RawClient open = RawClient.login(gated.server, "ada", "open")) {
                open.write("<presence/>");
                assertThat(readUntil(component, "ada@localhost/open")).doesNotContain("smuggled");
            }
        }
    }

    /** A subscription is between people (RFC 6121, section 3.1.2); a Prosody ends it under the address of the client that has removed the contact. */
    @Test
    @Tag("prosody")
    void theEndOfASubscriptionShowsNoClientsAddress() throws Exception {
        try (Socket component = connect(); RawClient ada = RawClient.login(gated.server, "ada", "smuggled words")) {
            ada.write("<presence/>");
            ada.await("smuggled words");
            write(component, "<presence from='eve@gateway.localhost' to='ada@localhost' type='subscribe'/>");
            ada.await("type='subscribe'");
            ada.write("<presence to='eve@gateway.localhost' type='subscribed'/>");
            readUntil(component, "type='subscribed'");
            ada.write("<iq type='set' id='remove'><query xmlns='jabber:iq:roster'><item jid='eve@gateway.localhost' subscription='remove'/></query></iq>");
            assertThat(readUntil(component, "type='unsubscribed'").split("<")).filteredOn(tag -> tag.contains("'unsubscribed'")).isNotEmpty()
                    .noneMatch(tag -> tag.contains("smuggled"));
        }
    }

    /** RFC 6120, section 10.1: a goodbye stays behind the presence before it, though it needs no question. */
    @Test
    void aComponentsGoodbyeStaysBehindItsPresence() throws Exception {
        try (RawClient ada = RawClient.login(gated.server, "ada", "desk"); Socket component = connect()) {
            String addresses = " from='bob@gateway.localhost/x' to='ada@localhost/desk'";
            write(component, "<presence" + addresses + "/>");
            ada.await("bob@gateway.localhost/x");
            ada.forget();
            gated.gate.keepBackText("still held");
            write(component, "<presence" + addresses + "><status>still held</status></presence><presence" + addresses + " type='unavailable'/>"
                    + message("behind both"));
            Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            Deadline.await("the question behind", GatedServer.LIMIT, () -> gated.gate.asked("behind both").size() == 1);
            ada.write("<iq type='get' id='now'><query xmlns='jabber:iq:roster'/></iq>");
            assertThat(ada.await("id='now'")).as("while the presence is held").doesNotContain("unavailable");
            gated.gate.letGo();
            assertThat(ada.await("type='unavailable'")).contains("still held");
        }
    }

    /** Clients wait for it (Smack's {@code leave()}); the room, which might be anybody's, doesn't get to see it. */
    @Test
    void whoLeavesAComponentsRoomIsToldSoWithTheirOwnId() throws Exception {
        try (RawClient ada = RawClient.login(gated.server, "ada", "desk"); Socket component = connect()) {
            String addresses = " from='room@gateway.localhost/Ada' to='ada@localhost/desk'";
            String occupant = "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/><status code='110'/></x></presence>";
            ada.write("<presence to='room@gateway.localhost/Ada'/>");
            readUntil(component, "room@gateway.localhost/Ada");
            write(component, "<presence" + addresses + ">" + occupant);
            ada.await("code='110'");
            ada.write("<presence to='room@gateway.localhost/Ada' type='unavailable' id='own words'/>");
            assertThat(readUntil(component, "unavailable")).doesNotContain("own words");
            write(component, "<presence" + addresses + " type='unavailable'>" + occupant.replace("participant", "none"));
            assertThat(ada.await("id='own words'")).contains("type='unavailable'", "role='none'");
        }
    }

    /** XEP-0045, section 7.6, for a component's room: the old nickname's end tells the new one, before that is there, whatever is held. */
    @Test
    void aNewNicknameStaysBehindTheEndOfTheOldOne() throws Exception {
        try (RawClient ada = RawClient.login(gated.server, "ada", "desk"); Socket component = connect()) {
            write(component, occupant("Tim", ">"));
            ada.await("den@gateway.localhost/Tim");
            ada.forget();
            for (String held : new String[] {"still held", "code='303'"}) {
                gated.gate.keepBackText(held);
                write(component, occupant("Tim", "><status>still held</status>")
                        + occupant("Tim", " type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'>"
                                + "<item affiliation='none' role='visitor' nick='Pete'/><status code='303'/></x>")
                        + occupant("Pete", ">") + message("behind " + held.hashCode()));
                Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
                Deadline.await("the question behind", GatedServer.LIMIT, () -> gated.gate.asked("behind " + held.hashCode()).size() == 1);
                ada.write("<iq type='get' id='now'><query xmlns='jabber:iq:roster'/></iq>");
                assertThat(ada.await("id='now'")).as("while it is held").doesNotContain("unavailable").doesNotContain("Pete");
                gated.gate.letGo();
                assertThat(ada.await("den@gateway.localhost/Pete'")).containsSubsequence("still held", "unavailable", "'Pete'", "303", "den@gateway.localhost/Pete'");
                ada.forget();
            }
            assertThat(gated.gate.asked("code='303'")).hasSize(2);
        }
    }

    private static String occupant(String nickname, String rest) {
        return "<presence from='den@gateway.localhost/" + nickname + "' to='ada@localhost/desk'" + rest + "</presence>";
    }

    /** Others run a component, and read what comes to its domain: an answer to it is asked about like one to a person, and there is none to what it hasn't asked. */
    @Test
    void whatAClientAnswersAComponentAsSuchIsAskedAbout() throws Exception {
        gated.gate.refuseText("refused words");
        try (RawClient ada = RawClient.login(gated.server, "ada", "desk"); Socket component = connect()) {
            for (String id : new String[] {"shut", "open", "failed"}) {
                write(component, "<iq from='gateway.localhost' to='ada@localhost/desk' type='get' id='" + id + "'><query xmlns='urn:q'/></iq>");
                ada.await("id='" + id + "'");
            }
            ada.write(answer("shut", "refused words"));
            assertThat(readUntil(component, "policy-violation")).contains("type='error'", "id='shut'").doesNotContain("refused words");
            ada.write(answer("open", "open words"));
            readUntil(component, "open words");
            ada.write("<iq to='gateway.localhost' type='error' id='failed'><query xmlns='urn:q'>cut words</query><error type='cancel'>"
                    + "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>cut words</text></error></iq>");
            String failed = readUntil(component, "item-not-found");
            ada.write(answer("open", "words again") + answer("unasked", "words unasked")
                    + "<message to='gateway.localhost' type='error' id='unasked'><body>words unasked</body></message>"
                    + "<message to='x@gateway.localhost' type='chat' id='behind'><body>behind them</body></message>");
            assertThat(failed + readUntil(component, "behind them")).doesNotContain("cut words").doesNotContain("words again").doesNotContain("words unasked");
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes("").size() == gated.gate.asked("").size());
            assertThat(gated.gate.outcomes("refused words")).containsExactly(Outcome.BOUNCED);
            assertThat(gated.gate.outcomes("open words")).containsExactly(Outcome.HANDED_ON);
            assertThat(gated.gate.outcomes("item-not-found")).containsExactly(Outcome.HANDED_ON);
            assertThat(gated.gate.asked("words")).as("the two that answer something").hasSize(2);
        }
    }

    @Test
    void whatAClientWantsOfAComponentAsSuchIsAskedAbout() throws Exception {
        gated.gate.refuseText("refused words");
        try (RawClient ada = RawClient.login(gated.server, "ada", "desk"); Socket component = connect()) {
            for (String type : new String[] {"get", "set"}) {
                ada.write(request(type, "shut", "refused words") + request(type, "open", "open words"));
                assertThat(readUntil(component, "open words")).doesNotContain("refused words");
                assertThat(ada.await("policy-violation")).contains("id='shut'");
                write(component, "<iq from='gateway.localhost' to='ada@localhost/desk' type='result' id='open'><query xmlns='urn:q'>" + type + " is done</query></iq>");
                ada.await(type + " is done");
                ada.forget();
            }
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes("open words").size() == 2);
            assertThat(gated.gate.outcomes("refused words")).containsExactly(Outcome.BOUNCED, Outcome.BOUNCED);
            assertThat(gated.gate.outcomes("open words")).containsExactly(Outcome.HANDED_ON, Outcome.HANDED_ON);
        }
    }

    private static String request(String type, String id, String words) {
        return "<iq to='gateway.localhost' type='" + type + "' id='" + id + "'><query xmlns='urn:q'>" + words + "</query></iq>";
    }

    private static String answer(String id, String words) {
        return "<iq to='gateway.localhost' type='result' id='" + id + "'><query xmlns='urn:q'>" + words + "</query></iq>";
    }

    /** What it has asked is waited for before it is read on, so that a flood stays in TCP's buffers. */
    @Test
    @Tag("prosody") // a Tigase's connections can't be paused from outside
    void floodOfAComponentIsPushedBackWhileTheEngineIsSilent() throws Exception {
        gated.gate.keepBackText("flood");
        gated.gate.refuse(e -> Optional.of("a wall"));
        long before = gated.server.memory();
        try (Socket component = connect()) {
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < FLOOD; i++) {
                    write(component, message("flood " + i + "-".repeat(FLOOD_BYTES)));
                }
            });
            String errors = readUntil(component, "resource-constraint"); // the first has waited as long as it may
            assertThat(writer).isNotDone();
            assertThat(gated.server.memory() - before).isLessThan((long) FLOOD * FLOOD_BYTES / 8);
            gated.gate.letGo();
            writer.thenRun(() -> write(component, message("the last")));
            errors += readUntil(component, "id='" + "the last".hashCode() + "'");
            writer.join();
            assertThat(errors.split("<error", -1)).as("one answer each").hasSize(FLOOD + 2);
        }
    }

    /** Of what comes at once, all is read in the end: LuaSocket holds what is behind the first that waits, and the socket nothing. */
    @Test
    @Tag("prosody") // its event loop forgets what it holds
    void burstOfAComponentIsReadToItsEnd() throws Exception {
        String first = "first word" + "-".repeat(READ_SIZE / 2);
        String second = "second word" + "-".repeat(READ_SIZE / 2);
        gated.gate.keepBackText(first);
        gated.gate.refuse(e -> Optional.of("a wall"));
        try (Socket component = connect()) {
            write(component, message(first) + message(second));
            Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            assertThat(gated.gate.asked("second word")).isEmpty();
            gated.gate.letGo();
            assertThat(readUntil(component, "id='" + second.hashCode() + "'")).contains("id='" + first.hashCode() + "'");
        }
    }

    /** What is beyond the bound is refused at once, and never asked about. */
    @Test
    @Tag("tigase") // reads on whatever waits
    void floodOfAComponentIsRefusedBeyondTheBoundWhileTheEngineIsSilent() throws Exception {
        gated.gate.keepBackText("flood");
        gated.gate.refuse(e -> Optional.of("a wall"));
        try (Socket component = connect()) {
            for (int i = 0; i < SMALL_FLOOD; i++) {
                write(component, message("flood " + i + "-".repeat(FLOOD_BYTES)));
            }
            StringBuilder errors = new StringBuilder();
            while (count(errors, "resource-constraint") < SMALL_FLOOD - MOST_HELD) {
                errors.append(readUntil(component, "resource-constraint"));
            }
            Deadline.await("the questions", GatedServer.LIMIT, () -> gated.gate.asked("flood").size() == SMALL_FLOOD - count(errors, "resource-constraint"));
            assertThat(gated.gate.asked("flood")).hasSizeBetween(MOST_HELD - 2, MOST_HELD); // each is a little longer than its body
            gated.gate.letGo();
            write(component, message("the last"));
            errors.append(readUntil(component, "id='" + "the last".hashCode() + "'"));
            assertThat(count(errors, "<error")).as("one answer each").isEqualTo(SMALL_FLOOD + 1);
            assertThat(count(errors, "a wall")).as("of what was asked about").isEqualTo(gated.gate.asked("").size());
        }
    }

    private static int count(CharSequence text, String part) {
        return text.toString().split(part, -1).length - 1;
    }

    private static String message(String body) {
        return "<message from='x@gateway.localhost' to='ada@localhost/desk' type='chat' id='" + body.hashCode() + "'><body>" + body + "</body></message>";
    }

    private static Socket connect() throws Exception {
        Socket socket = new Socket();
        Deadline.await("the component port", GatedServer.LIMIT, () -> {
            socket.connect(new InetSocketAddress(gated.server.address(), XmppServer.COMPONENT_PORT));
            return true;
        });
        socket.setSoTimeout((int) Duration.ofSeconds(15).toMillis());
        write(socket, "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='gateway.localhost'>");
        String header = readUntil(socket, "id=");
        while (!header.matches("(?s).*\\sid=['\"][^'\"]+['\"].*>.*")) {
            header += readUntil(socket, ">");
        }
        String id = header.replaceAll("(?s).*\\sid=['\"]([^'\"]+)['\"].*", "$1");
        byte[] digest = MessageDigest.getInstance("SHA-1").digest((id + XmppSetup.COMPONENT_SECRET).getBytes(StandardCharsets.UTF_8));
        write(socket, "<handshake>" + HexFormat.of().formatHex(digest) + "</handshake>");
        readUntil(socket, "<handshake");
        return socket;
    }

    private static void write(Socket socket, String text) {
        try {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String readUntil(Socket socket, String text) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(text, read.length() - text.length()) < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("the server closed the stream: " + read);
            }
            read.append(singleQuoted(next));
        }
        while (socket.getInputStream().available() > 0) {
            read.append(singleQuoted(socket.getInputStream().read()));
        }
        return read.toString();
    }

    private static char singleQuoted(int c) {
        return c == '"' ? '\'' : (char) c;
    }
}
