package im.chancery.host.prosody;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.Gate;
import im.chancery.core.Outcome;
import im.chancery.core.PresenceChange;
import im.chancery.core.RecordId;
import im.chancery.core.Verdict;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Position;
import im.chancery.engine.config.LinkOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.jxmpp.jid.DomainBareJid;

/**
 * A host that says anything at all. The engine answers each question that it has read once and in turn, or says goodbye; it speaks
 * in frames; and nothing reaches the gate from who hasn't introduced himself.
 */
class LinkFuzzTest {
    @TempDir
    private static Path folder;
    private static ServerSocketChannel listener;
    private static ExecutorService writers;
    private static LinkOptions options;

    /** Allows everything at once, and remembers what it was asked. */
    private static final class AllowingGate implements Gate {
        private int touched;
        private int recorded;

        @Override
        public CompletionStage<Verdict> submit(Exchange exchange) {
            touched++;
            return CompletableFuture.completedStage(new Verdict(allowed(), new RecordId("node-1", recorded++)));
        }

        @Override
        public CompletionStage<Decision> recheck(Exchange exchange) {
            touched++;
            return CompletableFuture.completedStage(allowed());
        }

        private static Decision allowed() {
            return Decision.allow(List.of(new DeterminingRule("test", Effect.ALLOW, "test", false)));
        }

        /** The link settles attempts without an outcome by itself when it ends. */
        @Override
        public void outcome(RecordId attempt, Outcome outcome) {
            assertThat(outcome).isNotNull();
        }

        @Override
        public void assigned(RecordId attempt, String id) {
            touched++;
        }

        @Override
        public void presence(PresenceChange change) {
            touched++;
        }

        @Override
        public void presenceSnapshot(DomainBareJid domain, Collection<PresenceChange> available) {
            touched++;
        }
    }

    @BeforeAll
    static void listen() throws Exception {
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(folder.resolve("link")));
        writers = Executors.newCachedThreadPool();
        Position position = new Position("chancery.yaml", 1, 1);
        options = LinkOptions.of(ConfigNode.map(position, "link", Map.of("listen", ConfigNode.scalar(position, "link.listen", "unix:link"))));
    }

    @AfterAll
    static void close() throws IOException {
        writers.shutdownNow();
        listener.close();
    }

    static Stream<byte[]> seeds() throws IOException {
        List<byte[]> frames = LinkSeeds.valid();
        List<byte[]> said = new ArrayList<>();
        frames.forEach(frame -> said.add(joined(List.of(frames.get(0), frame))));
        LinkSeeds.malformed().forEach(frame -> said.add(joined(List.of(frames.get(0), frame))));
        Frame.Room room = new Frame.Room("tea@rooms.example.test", 17, List.of("ada@example.test"));
        Frame.Submit told = new Frame.Submit(2, false, 0, 1, 2, "chat", "pat@partner.test/x", "tea@rooms.example.test/Bob", "bob@example.test", room.room(), 17, "<message/>");
        Frame.Submit badAddress = new Frame.Submit(3, true, 1, 0, 0, "", "ada@example.test/desk", "@", "", "", 0, "<presence/>");
        said.add(encoded(hello(), room, told, new Frame.RoomGone(room.room()), told));
        said.add(encoded(hello(), badAddress, new Frame.Ping(9), told));
        said.add(encoded(hello(), new Frame.SnapshotBegin("example.test"), new Frame.Presence("ada@example.test/desk", true, "dnd", -5), new Frame.SnapshotEnd("example.test")));
        said.add(encoded(told, hello()));
        return said.stream();
    }

    private static Frame hello() {
        return new Frame.Hello(Frame.VERSION, "test", "run-1", new byte[0]);
    }

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "1h")
    void eachQuestionShouldBeAnsweredOnceOrTheLinkClosed(byte[] said) throws Exception {
        AllowingGate gate = new AllowingGate();
        List<Frame> answered = converse(said, gate);
        List<Frame> read = new ArrayList<>();
        boolean malformed = readInto(read, said);
        boolean introduced = !read.isEmpty() && read.get(0) instanceof Frame.Hello hello && hello.version() == Frame.VERSION && hello.nonce().length == 0;
        List<Long> asked = ids(read, Frame.Submit.class, Frame.Submit::id);
        List<Long> told = ids(answered, Frame.Answer.class, Frame.Answer::id);
        boolean bye = !answered.isEmpty() && answered.get(answered.size() - 1) instanceof Frame.Bye;
        assertThat(answered.stream().filter(Frame.Bye.class::isInstance).count()).as("goodbyes, the last frame if any").isEqualTo(bye ? 1 : 0);
        assertThat(answered.stream().filter(Frame.Welcome.class::isInstance).count()).as("welcomes").isEqualTo(introduced ? 1 : 0);
        if (!introduced) {
            assertThat(gate.touched).as("what reached the gate of a stranger").isZero();
            assertThat(told).isEmpty();
            assertThat(bye).as("a stranger is told").isEqualTo(malformed || !read.isEmpty());
            return;
        }
        assertThat(told).isEqualTo(asked.subList(0, told.size()));
        if (!bye) {
            assertThat(malformed).isFalse();
            assertThat(told).hasSameSizeAs(asked);
        }
        assertThat(answered.stream().filter(frame -> frame instanceof Frame.Answer answer && !answer.record().isEmpty()).count()).isEqualTo(gate.recorded);
    }

    private static <F extends Frame> List<Long> ids(List<Frame> frames, Class<F> type, java.util.function.ToLongFunction<F> id) {
        return frames.stream().filter(type::isInstance).map(frame -> id.applyAsLong(type.cast(frame))).toList();
    }

    /** Says it all, closes, and reads what comes back. */
    private static List<Frame> converse(byte[] said, Gate gate) throws Exception {
        try (SocketChannel host = SocketChannel.open(listener.getLocalAddress()); SocketChannel engine = listener.accept()) {
            LinkConnection connection = new LinkConnection(new LinkChannel(engine), gate, "node-1", options, Optional.empty(), new Attempts(gate, task -> { }),
                    new HostPresence(gate, task -> { }), ended -> { });
            Future<?> writer = writers.submit(connection::write);
            for (ByteBuffer bytes = ByteBuffer.wrap(said); bytes.hasRemaining();) {
                host.write(bytes);
            }
            host.shutdownOutput();
            connection.read();
            writer.get(60, TimeUnit.SECONDS);
            List<Frame> answered = new ArrayList<>();
            assertThat(readInto(answered, everything(host))).as("the engine's own frames are malformed").isFalse();
            return answered;
        }
    }

    /** What is there to read; the other end may have closed with bytes of ours unread. */
    private static byte[] everything(SocketChannel channel) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer some = ByteBuffer.allocate(8 << 10);
        try {
            while (channel.read(some.clear()) >= 0) {
                all.write(some.array(), 0, some.position());
            }
        } catch (IOException e) {
            return all.toByteArray();
        }
        return all.toByteArray();
    }

    /** @return whether what follows the frames is malformed, which an end in the middle of a frame isn't */
    private static boolean readInto(List<Frame> frames, byte[] bytes) throws IOException {
        FrameReader reader = new FrameReader(Channels.newChannel(new ByteArrayInputStream(bytes)), Frame.MAX_LENGTH);
        try {
            for (Optional<Frame> frame = reader.read(); frame.isPresent(); frame = reader.read()) {
                frames.add(frame.get());
            }
            return false;
        } catch (EOFException e) {
            return false;
        } catch (MalformedFrameException e) {
            return true;
        }
    }

    private static byte[] encoded(Frame... frames) {
        FrameBuffer out = new FrameBuffer();
        for (Frame frame : frames) {
            out.frame(frame);
        }
        byte[] bytes = new byte[out.size()];
        out.written().get(bytes);
        return bytes;
    }

    private static byte[] joined(List<byte[]> parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        parts.forEach(all::writeBytes);
        return all.toByteArray();
    }
}
