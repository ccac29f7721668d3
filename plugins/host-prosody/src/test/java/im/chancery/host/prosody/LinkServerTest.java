package im.chancery.host.prosody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.Gate;
import im.chancery.core.Outcome;
import im.chancery.core.PresenceChange;
import im.chancery.core.RecordId;
import im.chancery.core.Verdict;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Position;
import im.chancery.core.config.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jxmpp.jid.DomainBareJid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The engine's end of the link, spoken to frame by frame. */
@Timeout(60)
class LinkServerTest {
    private static final String SECRET = "a secret of more than thirty-two characters";

    @TempDir
    private Path folder;
    private final ManualGate gate = new ManualGate();
    private final List<AutoCloseable> open = new ArrayList<>();

    /** Leaves each verdict to the test. */
    private static final class ManualGate implements Gate {
        private final BlockingQueue<CompletableFuture<Verdict>> asked = new LinkedBlockingQueue<>();
        private final List<Exchange> exchanges = new CopyOnWriteArrayList<>();
        private final BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
        private final BlockingQueue<String> presence = new LinkedBlockingQueue<>();
        /** Whether what is to be done after verdicts waits for {@link #afterwards}. */
        private volatile boolean batched;
        private final BlockingQueue<Runnable> afterwards = new LinkedBlockingQueue<>();

        @Override
        public void afterVerdicts(Runnable work) {
            if (batched) {
                afterwards.add(work);
            } else {
                work.run();
            }
        }

        @Override
        public CompletionStage<Verdict> submit(Exchange exchange) {
            CompletableFuture<Verdict> verdict = new CompletableFuture<>();
            exchanges.add(exchange);
            asked.add(verdict);
            return verdict;
        }

        @Override
        public CompletionStage<Decision> recheck(Exchange exchange) {
            throw new IllegalStateException("a policy that fails");
        }

        @Override
        public void outcome(RecordId attempt, Outcome outcome) {
            outcomes.add(attempt + " " + outcome);
        }

        @Override
        public void assigned(RecordId attempt, String id) {
            outcomes.add(attempt + " is " + id);
        }

        @Override
        public void presence(PresenceChange change) {
            presence.add(change.who() + (change.available() ? " is there" : " is gone"));
        }

        @Override
        public void presenceSnapshot(DomainBareJid domain, Collection<PresenceChange> available) {
            presence.add(domain + " has " + available.stream().map(change -> change.who().toString()).toList());
        }

        CompletableFuture<Verdict> next() throws InterruptedException {
            CompletableFuture<Verdict> verdict = asked.poll(10, TimeUnit.SECONDS);
            assertThat(verdict).as("a question").isNotNull();
            return verdict;
        }

        String outcome() throws InterruptedException {
            return outcomes.poll(10, TimeUnit.SECONDS);
        }

        String presence() throws InterruptedException {
            return presence.poll(10, TimeUnit.SECONDS);
        }
    }

    /** A host as a test plays it. */
    private static final class Host implements AutoCloseable {
        private final SocketChannel channel;
        private final FrameReader reader;

        Host(SocketAddress address) throws IOException {
            channel = SocketChannel.open(address);
            reader = new FrameReader(channel, Frame.MAX_LENGTH);
        }

        void send(Frame... frames) throws IOException {
            FrameBuffer out = new FrameBuffer();
            for (Frame frame : frames) {
                out.frame(frame);
            }
            for (ByteBuffer bytes = out.written(); bytes.hasRemaining();) {
                channel.write(bytes);
            }
        }

        Optional<Frame> read() throws Exception {
            return reader.read();
        }

        <T extends Frame> T expect(Class<T> type) throws Exception {
            return type.cast(read().orElseThrow());
        }

        Host welcomed(String instance) throws Exception {
            send(new Frame.Hello(1, "test", instance, new byte[0]));
            expect(Frame.Welcome.class);
            return this;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private LinkServer start(String... options) throws ConfigException, IOException {
        return start(listener -> listener::accept, options);
    }

    private LinkServer start(Function<ServerSocketChannel, LinkServer.Accepting> hosts, String... options) throws ConfigException, IOException {
        Position position = new Position(folder.resolve("chancery.yaml").toString(), 3, 1);
        Map<String, ConfigNode> entries = new LinkedHashMap<>();
        for (int i = 0; i < options.length; i += 2) {
            entries.put(options[i], ConfigNode.scalar(position, "link." + options[i], options[i + 1]));
        }
        LinkServer server = LinkServer.start(ConfigNode.map(position, "link", entries), "node-1", gate, hosts);
        open.add(server);
        return server;
    }

    private Host connect(LinkServer server) throws IOException {
        Host host = new Host(server.address());
        open.add(0, host);
        return host;
    }

    private static Frame.Submit question(long id, String to) {
        return new Frame.Submit(id, false, 0, 0, 0, "chat", "ada@example.test/desk", to, "", "", 0, "<message/>");
    }

    private static Verdict allowed(long index) {
        return new Verdict(Decision.allow(List.of(new DeterminingRule("test", Effect.ALLOW, "test", false))), new RecordId("node-1", index));
    }

    @Test
    void goesOnAcceptingWhateverFails() throws Exception {
        List<Throwable> failures = new CopyOnWriteArrayList<>(List.of(
                new IOException("too many open files"), new IllegalStateException("odd"), new StackOverflowError("odd")));
        Host host = connect(start(listener -> () -> {
            if (failures.isEmpty()) {
                return listener.accept();
            }
            Throwable failure = failures.remove(0);
            if (failure instanceof Error error) {
                throw error;
            }
            if (failure instanceof RuntimeException exception) {
                throw exception;
            }
            throw (IOException) failure;
        }, "listen", "unix:link")).welcomed("run-1");
        assertThat(failures).isEmpty();
        host.send(question(1, "boris@localhost"));
        gate.next();
    }

    @Test
    void verdictsComeInAnyOrderAndOutcomesReachTheGate() throws Exception {
        Host host = connect(start("listen", "unix:link")).welcomed("run-1");
        host.send(question(1, "bob@example.test"), question(2, "cleo@example.test"));
        CompletableFuture<Verdict> first = gate.next();
        gate.next().complete(allowed(2));
        assertThat(host.expect(Frame.Answer.class)).isEqualTo(new Frame.Answer(2, true, "node-1/2", "", "", ""));
        first.complete(allowed(1));
        assertThat(host.expect(Frame.Answer.class).id()).isEqualTo(1);
        host.send(new Frame.Became(0, "node-1/1"));
        assertThat(gate.outcome()).isEqualTo("node-1/1 HANDED_ON");
        host.send(new Frame.Assigned("node-1/1", "given"));
        assertThat(gate.outcome()).isEqualTo("node-1/1 is given");
    }

    @Test
    void verdictsThatAreGivenTogetherAreWrittenTogether() throws Exception {
        Host host = connect(start("listen", "unix:link")).welcomed("run-1");
        gate.batched = true;
        host.send(question(1, "bob@example.test"), question(2, "bob@example.test"), question(3, "bob@example.test"), question(4, "bob@example.test"));
        List<CompletableFuture<Verdict>> asked = List.of(gate.next(), gate.next(), gate.next(), gate.next()); // with the fourth the third is surely waited for
        asked.get(0).complete(allowed(1));
        host.channel.configureBlocking(false);
        Thread.sleep(100);
        assertThat(host.channel.read(ByteBuffer.allocate(1))).as("bytes before the last verdict").isZero();
        host.channel.configureBlocking(true);
        asked.get(1).complete(allowed(2));
        assertThat(gate.afterwards).hasSize(1);
        gate.afterwards.remove().run();
        assertThat(List.of(host.expect(Frame.Answer.class).id(), host.expect(Frame.Answer.class).id())).containsExactly(1L, 2L);
        asked.get(2).complete(allowed(3));
        gate.afterwards.remove().run();
        assertThat(host.expect(Frame.Answer.class).id()).isEqualTo(3);
    }

    @Test
    void whatCannotBeRecordedIsRefusedForNow() throws Exception {
        Host host = connect(start("listen", "unix:link")).welcomed("run-1");
        host.send(question(1, "bob@example.test"));
        gate.next().completeExceptionally(new IllegalStateException("the archive is overloaded"));
        assertThat(host.expect(Frame.Answer.class)).satisfies(a -> {
            assertThat(a.allowed()).isFalse();
            assertThat(a.record()).isEmpty();
            assertThat(a.errorType() + " " + a.condition()).isEqualTo("wait resource-constraint");
        });
    }

    @Test
    void addressThatIsNoneIsRefusedAndPolicyThatFailsRefuses() throws Exception {
        Host host = connect(start("listen", "unix:link")).welcomed("run-1");
        host.send(question(1, "not an@address@at/all"));
        assertThat(host.expect(Frame.Answer.class).condition()).isEqualTo("not-acceptable");
        host.send(new Frame.Submit(2, true, 0, 0, 0, "chat", "ada@example.test/desk", "bob@example.test", "", "", 0, "<message/>"));
        assertThat(host.expect(Frame.Answer.class).allowed()).isFalse();
        assertThat(gate.exchanges).isEmpty();
    }

    @Test
    void questionAboutARoomNotToldOfClosesTheLink() throws Exception {
        Host host = connect(start("listen", "unix:link")).welcomed("run-1");
        host.send(new Frame.Room("tea@rooms.example.test", 3, List.of()),
                new Frame.Submit(1, false, 0, 0, 1, "groupchat", "ada@example.test/desk", "tea@rooms.example.test", "", "tea@rooms.example.test", 4, "<message/>"));
        assertThat(host.expect(Frame.Bye.class).reason()).contains("version 4").contains("version 3");
        assertThat(host.read()).isEmpty();
    }

    @Test
    void otherVersionIsRefusedWithAReason() throws Exception {
        Host host = connect(start("listen", "unix:link"));
        host.send(new Frame.Hello(2, "test", "run-1", new byte[0]));
        assertThat(host.expect(Frame.Bye.class).reason()).contains("version 1").contains("version 2");
        assertThat(host.read()).isEmpty();
    }

    @Test
    void secretIsProvedByBothEndsOverTcp() throws Exception {
        LinkServer server = start("listen", "tcp:127.0.0.1:0", "secret-file", secretFile());
        Host host = connect(server);
        byte[] nonce = LinkSecret.nonce();
        host.send(new Frame.Hello(1, "test", "run-1", nonce));
        Frame.Challenge challenge = host.expect(Frame.Challenge.class);
        LinkSecret secret = new LinkSecret(Secret.read(folder.resolve("secret")));
        assertThat(challenge.proof()).isEqualTo(secret.engineProof(nonce, challenge.nonce()));
        host.send(new Frame.Proof(secret.mac("host", nonce, challenge.nonce())));
        host.expect(Frame.Welcome.class);
    }

    @Test
    void hostWithoutTheSecretOrWithTheEnginesOwnProofIsRefused() throws Exception {
        LinkServer server = start("listen", "tcp:127.0.0.1:0", "secret-file", secretFile());
        Host silent = connect(server);
        silent.send(new Frame.Hello(1, "test", "run-1", new byte[0]));
        assertThat(silent.expect(Frame.Bye.class).reason()).contains("secret");
        Host mirror = connect(server);
        mirror.send(new Frame.Hello(1, "test", "run-1", LinkSecret.nonce()));
        mirror.send(new Frame.Proof(mirror.expect(Frame.Challenge.class).proof()));
        assertThat(mirror.expect(Frame.Bye.class).reason()).contains("secret");
    }

    @Test
    void tcpWithoutSecretIsRefusedWithItsPlace() {
        assertThatThrownBy(() -> start("listen", "tcp:127.0.0.1:0")).isInstanceOf(ConfigException.class)
                .hasMessageContaining("chancery.yaml:3:1").hasMessageContaining("secret-file");
        assertThatThrownBy(() -> start("listen", "tcp:192.0.2.1:5000", "secret-file", "x")).isInstanceOf(ConfigException.class)
                .hasMessageContaining("127.0.0.1");
    }

    @Test
    void staleSocketIsRemovedAndALiveOneLeftAlone() throws Exception {
        Path socket = folder.resolve("link");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();
        start("listen", "unix:link");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket))).isEqualTo("rw-rw----");
        assertThatThrownBy(() -> start("listen", "unix:link")).isInstanceOf(BindException.class);
        assertThat(socket).exists();
    }

    @Test
    void readerStopsWhereTooMuchIsUnanswered() throws Exception {
        Host host = connect(start("listen", "unix:link", "max-held", "4 MiB")).welcomed("run-1");
        String big = "<message>" + "x".repeat(1 << 20) + "</message>";
        Thread flood = new Thread(() -> {
            try {
                for (int i = 1; i <= 8; i++) {
                    host.send(new Frame.Submit(i, false, 0, 0, 0, "", "ada@example.test/desk", "bob@example.test", "", "", 0, big));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        flood.start();
        List<CompletableFuture<Verdict>> taken = new ArrayList<>(List.of(gate.next(), gate.next(), gate.next()));
        assertThat(gate.asked.poll(300, TimeUnit.MILLISECONDS)).as("a fourth question of a mebibyte").isNull();
        for (int i = 1; i <= 8; i++) {
            taken.remove(0).complete(allowed(i));
            assertThat(host.expect(Frame.Answer.class).record()).isEqualTo("node-1/" + i);
            if (i <= 5) {
                taken.add(gate.next());
            }
        }
        flood.join();
    }

    @Test
    void hostThatGoesWhileTooMuchIsUnansweredIsGone() throws Exception {
        Host host = connect(start("listen", "unix:link", "max-held", "4 MiB", "deadline", "300 ms")).welcomed("run-1");
        String big = "<message>" + "x".repeat(3 << 19) + "</message>";
        Thread flood = new Thread(() -> {
            try {
                for (int i = 1; i <= 8; i++) {
                    host.send(new Frame.Submit(i, false, 0, 0, 0, "", "ada@example.test/desk", "bob@example.test", "", "", 0, big));
                }
            } catch (IOException e) {
                // as soon as the test closes it
            }
        });
        flood.start();
        CompletableFuture<Verdict> first = gate.next();
        CompletableFuture<Verdict> second = gate.next();
        assertThat(gate.asked.poll(300, TimeUnit.MILLISECONDS)).as("a third question of one and a half mebibytes").isNull();
        host.close();
        flood.join();
        first.complete(allowed(1));
        assertThat(gate.outcome()).isEqualTo("node-1/1 UNKNOWN");
        second.complete(allowed(2));
        assertThat(gate.outcome()).isEqualTo("node-1/2 UNKNOWN");
    }

    @Test
    void hostThatStopsReadingIsWrittenToLater() throws Exception {
        Host host = connect(start("listen", "unix:link")).welcomed("run-1");
        int many = 20_000; // more answers than a socket takes
        gate.batched = true;
        for (int i = 1; i <= many; i++) {
            host.send(question(i, "bob@example.test"));
        }
        List<CompletableFuture<Verdict>> asked = new ArrayList<>();
        for (int i = 1; i <= many; i++) {
            asked.add(gate.next());
        }
        for (int i = 1; i < many; i++) { // the last one may not be waited for yet
            asked.get(i - 1).complete(allowed(i));
        }
        gate.afterwards.remove().run();
        for (int i = 1; i < many; i++) {
            assertThat(host.expect(Frame.Answer.class).id()).isEqualTo(i);
        }
    }

    /** It isn't held, and goes on: the host tells of it again. */
    @Test
    void goodbyeThatLeavesARoomIsNeverTakenForBounced() throws Exception {
        LinkServer server = start("listen", "unix:link", "deadline", "5 s");
        Host host = connect(server).welcomed("run-1");
        String room = "tea@rooms.example.test";
        host.send(new Frame.Room(room, 1, List.of("ada@example.test")), new Frame.Submit(1, false, 1, 0, 1, "unavailable", "ada@example.test/desk", room + "/Ada", "", room, 1,
                "<presence type='unavailable'/>"));
        CompletableFuture<Verdict> verdict = gate.next();
        host.close();
        connect(server).welcomed("run-1");
        verdict.complete(allowed(1));
        assertThat(gate.outcome()).isEqualTo("node-1/1 UNKNOWN");
    }

    private static Frame[] snapshot(String domain, String who) {
        return new Frame[] {new Frame.SnapshotBegin(domain), new Frame.Presence(who, true, "", 0), new Frame.SnapshotEnd(domain)};
    }

    @Test
    void peopleOfAHostThatIsGoneAreGone() throws Exception {
        LinkServer server = start("listen", "unix:link", "deadline", "100 ms");
        Host lost = connect(server).welcomed("run-1");
        lost.send(snapshot("example.test", "ada@example.test/desk"));
        assertThat(gate.presence()).isEqualTo("example.test has [ada@example.test/desk]");
        lost.close();
        assertThat(gate.presence()).isEqualTo("example.test has []");
    }

    @Test
    void hostThatSaysNothingForTooLongIsGone() throws Exception {
        LinkServer server = start("listen", "unix:link", "max-held", "1 KiB", "deadline", "100 ms");
        Host busy = connect(server).welcomed("run-2");
        busy.send(question(1, "bob@example.test"), question(2, "bob@example.test"), question(3, "bob@example.test"), question(4, "bob@example.test"));
        List<CompletableFuture<Verdict>> asked = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            asked.add(gate.next()); // for the fourth there is no room: this connection isn't read
        }
        Host silent = connect(server).welcomed("run-1");
        silent.send(snapshot("example.test", "ada@example.test/desk"));
        assertThat(gate.presence()).isEqualTo("example.test has [ada@example.test/desk]");
        server.closeSilent(Duration.ofHours(1));
        silent.send(new Frame.Ping(1));
        silent.expect(Frame.Pong.class); // an hour hasn't passed
        while (gate.presence.isEmpty()) { // ends with the test's own limit
            server.closeSilent(Duration.ofNanos(1));
        }
        assertThat(gate.presence()).isEqualTo("example.test has []");
        assertThat(silent.read()).isEmpty();
        asked.forEach(verdict -> verdict.complete(allowed(1)));
        assertThat(busy.expect(Frame.Answer.class).allowed()).isTrue();
    }

    @Test
    void verdictAfterTheLossIsBouncedIfTheSameRunComesBackAndUnknownIfNot() throws Exception {
        LinkServer server = start("listen", "unix:link", "deadline", "300 ms");
        Host host = connect(server).welcomed("run-1");
        host.send(question(1, "bob@example.test"), question(2, "bob@example.test"));
        CompletableFuture<Verdict> first = gate.next();
        CompletableFuture<Verdict> second = gate.next();
        host.send(new Frame.Bye("leaving"), new Frame.Pong(1)); // the second is none of a host's frames: the engine closes
        host.expect(Frame.Bye.class);
        assertThat(host.read()).isEmpty();
        connect(server).welcomed("run-1");
        first.complete(allowed(1));
        assertThat(gate.outcome()).isEqualTo("node-1/1 BOUNCED");
        second.complete(allowed(2));
        assertThat(gate.outcome()).isEqualTo("node-1/2 BOUNCED");
        Host other = connect(server).welcomed("run-2");
        other.send(question(3, "bob@example.test"));
        gate.next().complete(allowed(3));
        other.expect(Frame.Answer.class);
        other.close();
        assertThat(gate.outcome()).isEqualTo("node-1/3 UNKNOWN");
    }

    private String secretFile() throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), SECRET + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return "secret";
    }
}
