package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** P1 by the system calls of whoever runs the engine: a verdict, or where the engine is in its host a stanza, leaves only after its record is on stable storage. */
class StableStorageIT {
    private static final int SINGLE = 40;
    private static final int BURSTS = 4;
    /** A Tigase whose code is cold loses stanzas of longer bursts by itself. */
    private static final int BURST = XmppHost.chosen().holdsEngine() ? 50 : 150;
    private static final Duration TRACE_LIMIT = Duration.ofSeconds(30);
    /** Small log files, so that Derby changes files meanwhile and fills less of the trace with zeros. */
    private static final String SMALL_LOG = "-Dderby.storage.logSwitchInterval=100001";
    private static final String UNSYNCED = "-Dderby.system.durability=test";
    private static final String REFUSED = "derby.system.durability: found 'test'; allowed: not set";

    @TempDir
    private Path folder;

    private record Bucket(String name, byte[] firstRecord) {
    }

    /**
     * What a run has left.
     *
     * @param home what has the engine's data and key folder in it
     * @param left finds what must have waited for its record
     */
    private record Trace(List<SystemCall> calls, Map<String, byte[]> sealed, List<Bucket> buckets, Path home, Function<StableStorage, List<StableStorage.Departure>> left) {
        /** Judges these calls instead of its own. */
        List<String> tooEarly(List<SystemCall> other) {
            StableStorage judge = judge(other);
            return judge.tooEarly(left.apply(judge), sealed);
        }

        StableStorage judge(List<SystemCall> other) {
            return new StableStorage(other, data());
        }

        Path data() {
            return home.resolve("data");
        }

        Path keys() {
            return home.resolve("keys");
        }

        Path keyFile(Bucket bucket) {
            return keys().resolve("buckets/node1").resolve(bucket.name() + ".key");
        }
    }

    @Test
    void everyVerdictLeavesAfterASyncThatCoversItsRecord() throws IOException {
        if (XmppHost.chosen().holdsEngine()) {
            try (Deployment chancery = Deployment.start(Deployment.Node.free("node1", "localhost"), new Certificates(), UnaryOperator.identity(), setup -> setup.web()
                    .under(List.of(SystemCall.strace(folder.resolve("trace")))).tigase(tigase -> tigase.java(SMALL_LOG)))) {
                judge(trace(chancery));
            }
        } else {
            try (EngineFolder engine = EngineFolder.make()) {
                judge(trace(engine));
            }
        }
    }

    private static void judge(Trace trace) {
        List<StableStorage.Departure> left = trace.left().apply(trace.judge(trace.calls()));
        assertThat(left).hasSize(2 * SINGLE + BURSTS * BURST).allMatch(departure -> !departure.record().isEmpty());
        assertThat(trace.tooEarly(trace.calls())).isEmpty();
        keysComeFirst(trace, left.stream().mapToInt(StableStorage.Departure::line).min().orElseThrow());
        theJudgeSeesWhatIsMissing(trace);
    }

    private static void keysComeFirst(Trace trace, int firstLeft) {
        StableStorage judge = trace.judge(trace.calls());
        assertThat(trace.buckets()).extracting(bucket -> bucket.name().replaceFirst("/.*", "")).contains("default", "audit");
        for (Bucket bucket : trace.buckets()) {
            Path file = trace.keyFile(bucket);
            assertThat(judge.keyTooLate(file, bucket.firstRecord())).isEmpty();
            assertThat(judge.isMadeDurably(file.getParent(), firstLeft)).as("folder of " + file).isTrue();
        }
        assertThat(judge.isMadeDurably(trace.keys().resolve("buckets"), firstLeft)).isTrue();
        assertThat(judge.isMadeDurably(trace.keys().resolve("no-such-folder"), firstLeft)).isFalse();
    }

    /** The same trace without the calls in question must be found wanting. */
    private static void theJudgeSeesWhatIsMissing(Trace trace) {
        Predicate<SystemCall> syncsLog = c -> c.isSync() && c.target().startsWith(trace.data().resolve("db/log").toString());
        assertThat(trace.tooEarly(trace.calls().stream().filter(syncsLog.negate()).map(StableStorageIT::withoutWriteThrough).toList()))
                .hasSize(2 * SINGLE + BURSTS * BURST);
        Path file = trace.keyFile(trace.buckets().get(0));
        byte[] record = trace.buckets().get(0).firstRecord();
        for (String target : List.of(file + ".tmp", file.getParent().toString())) {
            StableStorage one = trace.judge(trace.calls().stream().filter(c -> !(c.isSync() && c.target().equals(target))).toList());
            assertThat(one.keyTooLate(file, record)).as("without a sync of " + target).isPresent();
        }
        assertThat(trace.judge(trace.calls()).keyTooLate(file.resolveSibling("never.key"), record)).isPresent();
    }

    private static SystemCall withoutWriteThrough(SystemCall call) {
        return new SystemCall(call.entered(), call.left(), call.name(),
                call.name().equals("openat") ? call.arguments().replaceAll("O_D?SYNC", "O_CLOEXEC") : call.arguments(), call.result());
    }

    @Test
    @Tag("prosody") // the engine is run by another main class than its own, which an engine in its host does not have
    void anEngineThatDoesNotSyncIsFoundOut() {
        try (EngineFolder engine = EngineFolder.make()) {
            engine.engine().with(UnsyncedEngine.class, Path.of("target/test-classes").toAbsolutePath());
            Trace trace = trace(engine);
            assertThat(trace.left().apply(trace.judge(trace.calls()))).hasSize(2 * SINGLE + BURSTS * BURST);
            assertThat(trace.tooEarly(trace.calls())).hasSize(2 * SINGLE + BURSTS * BURST);
        }
    }

    @Test
    void derbyWithoutSyncingIsRefused() {
        if (XmppHost.chosen().holdsEngine()) {
            assertThatThrownBy(() -> Deployment.start(Deployment.Node.free("node1", "localhost"), new Certificates(), UnaryOperator.identity(),
                    setup -> setup.tigase(tigase -> tigase.java(UNSYNCED))).close()).isInstanceOf(AssertionError.class).hasMessageContaining("tigase ended").hasMessageContaining(REFUSED);
            return;
        }
        try (EngineFolder engine = EngineFolder.make()) {
            engine.engine().under("env", "JAVA_TOOL_OPTIONS=" + UNSYNCED).launch();
            assertThat(engine.engine().awaitExit(TRACE_LIMIT)).isEqualTo(1);
            assertThat(engine.engine().log()).contains(REFUSED);
            assertThat(engine.data().resolve("db")).doesNotExist();
        }
    }

    /** Runs the engine under strace, asks one by one and in bursts, and stops it. */
    private Trace trace(EngineFolder engine) {
        List<String> command = new ArrayList<>(List.of("env", "JAVA_TOOL_OPTIONS=" + SMALL_LOG));
        command.addAll(List.of(SystemCall.strace(folder.resolve("trace"))));
        engine.engine().under(command.toArray(String[]::new)).start();
        long pid = engine.engine().pid();
        try (LinkClient link = LinkClient.connect(engine.socket())) {
            long id = 0;
            for (int i = 0; i < SINGLE; i++) {
                assertThat(link.ask(id++, "ada@localhost/a", "boris@localhost", "one by one").allowed()).isTrue();
                assertThat(link.ask(id++, "ada@localhost/a", "clara@localhost", "refused").allowed()).isFalse();
            }
            for (int i = 0; i < BURSTS; i++) {
                assertThat(link.askAll(id, BURST, "boris@localhost/b", "ada@localhost", "in a burst")).allMatch(LinkClient.Verdict::allowed);
                id += BURST;
            }
        }
        engine.engine().stop();
        return stored(pid, engine.home(), judge -> judge.verdicts(engine.socket()));
    }

    /** The same with a server that has the engine in it and is under strace: what leaves are the stanzas, and the errors of those that are refused. */
    private Trace trace(Deployment chancery) {
        XmppServer server = chancery.server();
        long pid = server.pid();
        try (WebSocketClient ada = WebSocketClient.logIn(server, "ada"); WebSocketClient boris = WebSocketClient.logIn(server, "boris")) {
            for (WebSocketClient client : List.of(ada, boris)) {
                client.write("<presence xmlns='jabber:client'/>");
                client.await("<presence");
            }
            for (int i = 0; i < SINGLE; i++) {
                ada.write(message("one-by-one-" + i, "boris"));
                boris.await("id='one-by-one-" + i + "'");
                ada.write(message("refused-" + i, "clara"));
                ada.await("id='refused-" + i + "'");
            }
            for (int i = 0; i < BURSTS * BURST; i++) {
                boris.write(message("in-a-burst-" + i, "ada"));
                if (i % BURST == BURST - 1) {
                    IntStream.rangeClosed(i - BURST + 1, i).forEach(burst -> ada.await("id='in-a-burst-" + burst + "'"));
                }
            }
        }
        Map<String, String> records = new HashMap<>();
        chancery.admin().attempts().stream().filter(attempt -> AdminClient.text(attempt, "stanzaId") != null)
                .forEach(attempt -> records.put(AdminClient.text(attempt, "stanzaId"), AdminClient.text(attempt, "id")));
        server.stop();
        return stored(pid, chancery.home(), judge -> judge.stanzas(records));
    }

    private static String message(String id, String to) {
        return "<message xmlns='jabber:client' to='" + to + "@localhost' type='chat' id='" + id + "'><body>to be synced</body></message>";
    }

    /** What a stopped process has left. */
    private Trace stored(long pid, Path home, Function<StableStorage, List<StableStorage.Departure>> left) {
        Path file = folder.resolve("trace");
        Pattern ended = Pattern.compile("(?m)^" + pid + " +\\+\\+\\+ exited"); // short process ids are followed by more than one blank
        Deadline.await("strace has written all", TRACE_LIMIT, () -> !Files.exists(Path.of("/proc", Long.toString(pid)))
                && ended.matcher(Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1)).find());
        Map<String, byte[]> sealed = new HashMap<>();
        List<Bucket> buckets = new ArrayList<>();
        try (StoppedDatabase database = StoppedDatabase.open(home.resolve("data")); Statement statement = database.connection().createStatement()) {
            try (ResultSet rows = statement.executeQuery("SELECT leaf_index, sealed FROM archive_record")) {
                while (rows.next()) {
                    sealed.put("node1/" + rows.getLong(1), rows.getBytes(2));
                }
            }
            try (ResultSet rows = statement.executeQuery("SELECT record_class, capture_day, first_index FROM archive_bucket")) {
                while (rows.next()) {
                    buckets.add(new Bucket(rows.getString(1) + "/" + rows.getString(2), sealed.get("node1/" + rows.getLong(3))));
                }
            }
        } catch (SQLException e) {
            throw new AssertionError("the stopped engine's database can't be read", e);
        }
        return new Trace(SystemCall.read(file), sealed, buckets, home, left);
    }
}
