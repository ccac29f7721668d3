package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.verify.SeenCheckpoint;
import im.chancery.archive.verify.Verification;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints leave the machine, in forms that the auditor's command takes; a sink that fails or hangs holds up nothing. */
class CheckpointSinksTest {
    /** RFC 5424, section 6: HEADER SP STRUCTURED-DATA SP MSG; PRI 109 is facility 13, severity 5. */
    private static final Pattern SYSLOG = Pattern.compile(
            "<109>1 (\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?Z) (\\S{1,255}) chancery \\d{1,128} checkpoint - chancery-checkpoint:(\\S+)");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private static List<SeenCheckpoint> read(Path file) throws IOException {
        try (Stream<SeenCheckpoint> seen = SeenCheckpoint.read(file)) {
            return seen.toList();
        }
    }

    @Test
    void aFileShouldHoldEveryCheckpointAsItWas() throws IOException {
        ArchiveConfig config = config();
        Path file = folder.resolve("witness");
        List<String> signed = new ArrayList<>();
        try (Archive archive = Archives.open(config.withSinks(List.of(new FileSink(file))), Clock.systemUTC())) {
            for (int i = 0; i < 3; i++) {
                Samples.store(archive, Samples.attempt("said " + i, "a@x"));
                signed.add(archive.integrate());
                await(() -> Files.exists(file) && Files.readString(file).endsWith(signed.get(signed.size() - 1)));
            }
        }
        assertThat(Files.readString(file)).contains(String.join("", signed));
        proven(config, file);
    }

    /** Whoever may write to the log folder would keep checkpoints from the witnesses. */
    @Test
    void aCheckpointShouldLeaveWhereWhatIsOldCanNotBeRemoved() throws IOException {
        ArchiveConfig config = config();
        Path file = folder.resolve("witness");
        try (Archive archive = Archives.open(config.withSinks(List.of(new FileSink(file))), Clock.systemUTC())) {
            archive.integrate();
            Path partials = config.log().resolve("tile/0/000.p");
            assertThat(partials).isDirectory();
            Files.createDirectories(partials.resolve("stray/inside"));
            Samples.store(archive, IntStream.range(0, 300).mapToObj(i -> Samples.attempt("said " + i, "a@x")).toList());
            String signed = archive.integrate();
            await(() -> Files.readString(file).endsWith(signed));
        }
        assertThat(Samples.verify(config, read(file)).proven()).isGreaterThan(300);
    }

    @Test
    void aNoteThatWasCutShortAnywhereShouldSpoilNoOther() throws IOException {
        ArchiveConfig config = config();
        List<String> signed = new ArrayList<>();
        try (Archive archive = Archives.open(config, Clock.systemUTC())) {
            for (int i = 0; i < 4; i++) {
                Samples.store(archive, Samples.attempt("said " + i, "a@x"));
                signed.add(archive.integrate());
            }
        }
        byte[] second = signed.get(1).getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve("witness");
        FileSink sink = new FileSink(file);
        for (int length = 1; length < second.length; length++) {
            Files.deleteIfExists(file);
            sink.publish(signed.get(0));
            Files.write(file, Arrays.copyOf(second, length), StandardOpenOption.APPEND);
            sink.publish(signed.get(2));
            sink.publish(signed.get(3));

            boolean whole = length == second.length - 1; // the sink has added the line end
            assertThat(read(file)).extracting(SeenCheckpoint::note).as("cut at %s", length).hasSize(4)
                    .contains(signed.get(0), signed.get(2), signed.get(3));
            Verification found = Samples.verify(config, read(file));
            assertThat(found.findings()).as("cut at %s: %s", length, found.text()).isEmpty();
            assertThat(found.proven()).isEqualTo(Long.parseLong(signed.get(3).split("\n")[1]));
            assertThat(found.notes().contains("seen checkpoint " + file + " #2: can't be read, it was cut short; nothing is proven by it"))
                    .as("cut at %s: %s", length, found.text()).isEqualTo(!whole);
        }
    }

    @Test
    void aNoteThatWasCutShortAndIsJoinedToTheNextShouldBeToldFromIt() throws IOException {
        ArchiveConfig config = config();
        String first;
        String next;
        try (Archive archive = Archives.open(config, Clock.systemUTC())) {
            first = archive.integrate();
            Samples.store(archive, Samples.attempt("said", "a@x"));
            next = archive.integrate();
        }
        int signature = first.indexOf("\n\n") + 2;
        for (int length = 1; length <= signature; length++) {
            Path file = Files.writeString(folder.resolve("joined"), first.substring(0, length) + next);
            assertThat(read(file)).extracting(SeenCheckpoint::note).as("cut at %s", length).hasSize(2).contains(next);
            proven(config, file);
        }
    }

    @Test
    void checkpointsOfWhichNoneCanBeReadShouldProveNothing() throws IOException {
        ArchiveConfig config = config();
        String signed;
        try (Archive archive = Archives.open(config, Clock.systemUTC())) {
            signed = archive.integrate();
        }
        Path file = Files.writeString(folder.resolve("cut"), signed.substring(0, signed.length() - 20));
        assertThat(Samples.verify(config, read(file)).consistent()).isFalse();
        String line = "chancery-checkpoint:" + Base64.getEncoder().encodeToString(signed.getBytes(StandardCharsets.UTF_8));
        proven(config, Files.writeString(file, line.substring(0, 60) + "\n" + line.substring(0, 61) + "\n" + line + "\n"));
    }

    @Test
    void syslogShouldGetRfc5424OverUdp() throws IOException {
        ArchiveConfig config = config();
        String line;
        String checkpoint;
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            server.setSoTimeout((int) PATIENCE.toMillis());
            SyslogSink sink = new SyslogSink("127.0.0.1", server.getLocalPort(), Clock.systemUTC());
            try (Archive archive = Archives.open(config.withSinks(List.of(sink)), Clock.systemUTC())) {
                receive(server); // that of the first start
                Samples.store(archive, Samples.attempt("said", "a@x"));
                checkpoint = archive.integrate();
                line = receive(server);
            }
        }
        Matcher parts = SYSLOG.matcher(line);
        assertThat(parts.matches()).as(line).isTrue();
        assertThat(new String(Base64.getDecoder().decode(parts.group(3)), StandardCharsets.UTF_8)).isEqualTo(checkpoint);
        proven(config, Files.writeString(folder.resolve("syslog"), "Nov 22 04:00:00 " + line + "\n"));
    }

    /** A syslog server that all nodes write to. */
    @Test
    void checkpointsOfOtherLogsShouldBeCountedAndSpoilNone() throws IOException {
        List<ArchiveConfig> nodes = new ArrayList<>();
        StringBuilder lines = new StringBuilder();
        for (String node : List.of("node-1", "node-2", "node-12")) {
            ArchiveConfig config = ArchiveConfig.derby(node, folder.resolve(node + "-data"), folder.resolve(node + "-keys"), Samples.PASSWORD);
            nodes.add(config);
            try (Archive archive = Archives.open(config, Clock.systemUTC())) {
                Samples.store(archive, Samples.attempt("said", "a@x"));
                lines.append(syslogLine(archive.integrate()));
            }
        }
        Path file = Files.writeString(folder.resolve("syslog"), lines);
        for (ArchiveConfig config : nodes) {
            proven(config, file);
            assertThat(Samples.verify(config, read(file)).notes()).containsExactly("2 of the seen checkpoints are other logs', and say nothing of this one");
        }
        String ours = Files.readString(nodes.get(0).log().resolve("checkpoint"));
        Path others = Files.writeString(folder.resolve("others"), syslogLine(Files.readString(nodes.get(1).log().resolve("checkpoint"))));
        assertThat(Samples.verify(nodes.get(0), read(others)).consistent()).as("nothing is proven by another's").isFalse();
        Path forged = Files.writeString(folder.resolve("forged"), syslogLine(ours) + syslogLine(ours.replaceFirst("\n\\d+\n", "\n1\n")));
        assertThat(Samples.verify(nodes.get(0), read(forged)).findings()).as("of this name, and not this key's").hasSize(1);
    }

    private static String syslogLine(String checkpoint) {
        return "<109>1 - - chancery-checkpoint:" + Base64.getEncoder().encodeToString(checkpoint.getBytes(StandardCharsets.UTF_8)) + "\n";
    }

    @Test
    void aSinkThatFailsShouldBeCountedAndTriedWithTheNextCheckpoint() throws IOException {
        Path missing = folder.resolve("not-mounted");
        FileSink sink = new FileSink(missing.resolve("witness"));
        try (Archive archive = Archives.open(config().withSinks(List.of(sink)), Clock.systemUTC())) {
            await(() -> status(archive).failures() == 1);
            assertThat(status(archive)).isEqualTo(new ArchiveStatus.Sink(sink.name(), 0, 1, -1));
            Files.createDirectory(missing);
            Samples.store(archive, Samples.attempt("said", "a@x"));
            String checkpoint = archive.integrate();
            await(() -> status(archive).delivered() == 1);
            assertThat(status(archive)).isEqualTo(new ArchiveStatus.Sink(sink.name(), 1, 1, Long.parseLong(checkpoint.split("\n")[1])));
            assertThat(missing.resolve("witness")).hasContent(checkpoint);
        }
    }

    @Test
    void aSinkThatHangsShouldHoldUpNoAppendAndThenGetTheNewestOnly() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        AtomicInteger calls = new AtomicInteger();
        CheckpointSink hanging = new CheckpointSink() {
            @Override
            public String name() {
                return "hanging";
            }

            @Override
            public void publish(String checkpoint) throws IOException {
                calls.incrementAndGet();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                got.add(checkpoint);
            }
        };
        try (Archive archive = Archives.open(config().withSinks(List.of(hanging)), Clock.systemUTC())) {
            await(() -> calls.get() == 1);
            String first = archive.checkpoint();
            String newest = "";
            for (int i = 0; i < 10; i++) {
                Samples.store(archive, Samples.attempt("said " + i, "a@x"));
                newest = archive.integrate();
            }
            assertThat(got).as("still hanging").isEmpty();
            release.countDown();
            assertThat(got.poll(20, TimeUnit.SECONDS)).isEqualTo(first);
            assertThat(got.poll(20, TimeUnit.SECONDS)).isEqualTo(newest);
        }
    }

    /** The log grows under its own lock; who grew it last need not be who offers last. */
    @Test
    void aSinkShouldGetNoOlderCheckpointAfterANewerOne() throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        Semaphore free = new Semaphore(0);
        try (SinkDelivery delivery = new SinkDelivery(resting(got, () -> {
            free.acquireUninterruptibly();
            return Duration.ZERO;
        }))) {
            delivery.offer("log\n8\nroot\n");
            assertThat(got.poll(20, TimeUnit.SECONDS)).contains("8"); // and is busy with it
            delivery.offer("log\n10\nroot\n");
            delivery.offer("log\n9\nroot\n");
            free.release(2);
            assertThat(got.poll(20, TimeUnit.SECONDS)).contains("10");
            await(() -> delivery.status().newest() == 10);
        }
        assertThat(got).isEmpty();
    }

    @Test
    void aSinkShouldBeAskedOnceHowLongItWantsToBeLeftAlone() throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        Queue<Duration> answers = new ConcurrentLinkedQueue<>(List.of(Duration.ofMillis(50), Duration.ofMillis(-1), Duration.ZERO));
        try (Archive archive = Archives.open(config().withSinks(List.of(resting(got, answers::remove))), Clock.systemUTC())) {
            assertThat(got.poll(20, TimeUnit.SECONDS)).isEqualTo(archive.checkpoint());
            for (int i = 0; i < 2; i++) {
                Samples.store(archive, Samples.attempt("said " + i, "a@x"));
                String checkpoint = archive.integrate();
                assertThat(got.poll(20, TimeUnit.SECONDS)).isEqualTo(checkpoint);
            }
        }
    }

    @Test
    void aSinkThatThrowsAnywhereShouldBeTriedWithTheNextCheckpoint() throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        AtomicInteger asked = new AtomicInteger();
        CheckpointSink sink = resting(got, () -> {
            if (asked.getAndIncrement() < 2) {
                throw new IllegalStateException("it doesn't know");
            }
            return Duration.ZERO;
        });
        try (Archive archive = Archives.open(config().withSinks(List.of(sink)), Clock.systemUTC())) {
            for (int i = 0; i < 3; i++) {
                assertThat(got.poll(20, TimeUnit.SECONDS)).isEqualTo(archive.checkpoint());
                Samples.store(archive, Samples.attempt("said " + i, "a@x"));
                archive.integrate();
            }
            await(() -> status(archive).failures() == 2);
        }
    }

    /** In a quiet archive it may be long until there is another one, and until then nobody outside would know of the newest records. */
    @Test
    void aCheckpointThatDidNotArriveShouldBeTriedAgain() throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        try (SinkDelivery delivery = new SinkDelivery(failing(got, 3), Duration.ofMillis(1))) {
            delivery.offer("log\n8\nroot\n");
            assertThat(got.poll(20, TimeUnit.SECONDS)).contains("8");
            await(() -> delivery.status().equals(new ArchiveStatus.Sink("failing", 1, 3, 8)));
        }
        assertThat(got).as("what has arrived isn't sent again").isEmpty();
    }

    @Test
    void aNewerCheckpointShouldNotWaitForTheFailedOne() throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        try (SinkDelivery delivery = new SinkDelivery(failing(got, 1), Duration.ofHours(1))) {
            delivery.offer("log\n8\nroot\n");
            await(() -> delivery.status().failures() == 1);
            delivery.offer("log\n10\nroot\n");
            assertThat(got.poll(20, TimeUnit.SECONDS)).contains("10");
        }
        assertThat(got).as("the older one is proven by it").isEmpty();
    }

    @Test
    void closingShouldTryOnceMoreAndNotWait() throws Exception {
        SinkDelivery delivery = new SinkDelivery(failing(new LinkedBlockingQueue<>(), Integer.MAX_VALUE), Duration.ofHours(1));
        delivery.offer("log\n8\nroot\n");
        await(() -> delivery.status().failures() == 1);
        delivery.close();
        assertThat(delivery.status()).isEqualTo(new ArchiveStatus.Sink("failing", 0, 2, -1));
    }

    /** It is away the first times. */
    private static CheckpointSink failing(BlockingQueue<String> got, int times) {
        AtomicInteger left = new AtomicInteger(times);
        return new CheckpointSink() {
            @Override
            public String name() {
                return "failing";
            }

            @Override
            public void publish(String checkpoint) throws IOException {
                if (left.getAndDecrement() > 0) {
                    throw new IOException("it is away");
                }
                got.add(checkpoint);
            }
        };
    }

    private static CheckpointSink resting(BlockingQueue<String> got, Supplier<Duration> interval) {
        return new CheckpointSink() {
            @Override
            public String name() {
                return "resting";
            }

            @Override
            public void publish(String checkpoint) {
                got.add(checkpoint);
            }

            @Override
            public Duration interval() {
                return interval.get();
            }
        };
    }

    private ArchiveConfig config() {
        return Samples.derby(folder).withIntervals(Duration.ofHours(1), Duration.ofHours(1));
    }

    private static ArchiveStatus.Sink status(Archive archive) {
        return archive.status().sinks().get(0);
    }

    private static void proven(ArchiveConfig config, Path seen) throws IOException {
        Verification verification = Samples.verify(config, read(seen));
        assertThat(verification.findings()).as(verification.text()).isEmpty();
        assertThat(verification.proven()).as("leaves proven by it").isPositive();
    }

    private static String receive(DatagramSocket server) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        server.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
