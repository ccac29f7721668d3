package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** P1 by the engine's system calls: a verdict leaves only after its record is on stable storage. */
@Tag("prosody") // the verdicts are those on the link, which an engine in its host does not have
class StableStorageIT {
    private static final int SINGLE = 40;
    private static final int BURSTS = 4;
    private static final int BURST = 150;
    private static final Duration TRACE_LIMIT = Duration.ofSeconds(30);
    /** Small log files, so that Derby changes files meanwhile and fills less of the trace with zeros. */
    private static final String SMALL_LOG = "JAVA_TOOL_OPTIONS=-Dderby.storage.logSwitchInterval=100001";

    private record Bucket(String name, byte[] firstRecord) {
    }

    private record Trace(List<SystemCall> calls, Map<String, byte[]> sealed, List<Bucket> buckets) {
    }

    @Test
    void everyVerdictLeavesAfterASyncThatCoversItsRecord() {
        try (EngineFolder folder = EngineFolder.make()) {
            Trace trace = trace(folder);
            StableStorage judge = judge(folder, trace.calls());
            assertThat(judge.verdicts()).hasSize(2 * SINGLE + BURSTS * BURST).allMatch(sent -> !sent.verdict().record().isEmpty());
            assertThat(judge.verdictsTooEarly(trace.sealed())).isEmpty();
            keysComeFirst(folder, trace, judge);
            theJudgeSeesWhatIsMissing(folder, trace);
        }
    }

    private static void keysComeFirst(EngineFolder folder, Trace trace, StableStorage judge) {
        assertThat(trace.buckets()).extracting(bucket -> bucket.name().replaceFirst("/.*", "")).contains("default", "audit");
        int firstVerdict = judge.verdicts().get(0).line();
        for (Bucket bucket : trace.buckets()) {
            Path file = keyFile(folder, bucket);
            assertThat(judge.keyTooLate(file, bucket.firstRecord())).isEmpty();
            assertThat(judge.isMadeDurably(file.getParent(), firstVerdict)).as("folder of " + file).isTrue();
        }
        assertThat(judge.isMadeDurably(folder.keys().resolve("buckets"), firstVerdict)).isTrue();
        assertThat(judge.isMadeDurably(folder.keys().resolve("no-such-folder"), firstVerdict)).isFalse();
    }

    /** The same trace without the calls in question must be found wanting. */
    private static void theJudgeSeesWhatIsMissing(EngineFolder folder, Trace trace) {
        Predicate<SystemCall> syncsLog = c -> c.isSync() && c.target().startsWith(folder.data().resolve("db/log").toString());
        StableStorage unsynced = judge(folder, trace.calls().stream().filter(syncsLog.negate()).map(StableStorageIT::withoutWriteThrough).toList());
        assertThat(unsynced.verdictsTooEarly(trace.sealed())).hasSize(unsynced.verdicts().size());
        Path file = keyFile(folder, trace.buckets().get(0));
        byte[] record = trace.buckets().get(0).firstRecord();
        for (String target : List.of(file + ".tmp", file.getParent().toString())) {
            StableStorage one = judge(folder, trace.calls().stream().filter(c -> !(c.isSync() && c.target().equals(target))).toList());
            assertThat(one.keyTooLate(file, record)).as("without a sync of " + target).isPresent();
        }
        assertThat(judge(folder, trace.calls()).keyTooLate(file.resolveSibling("never.key"), record)).isPresent();
    }

    private static SystemCall withoutWriteThrough(SystemCall call) {
        return new SystemCall(call.entered(), call.left(), call.name(),
                call.name().equals("openat") ? call.arguments().replaceAll("O_D?SYNC", "O_CLOEXEC") : call.arguments(), call.result());
    }

    @Test
    void anEngineThatDoesNotSyncIsFoundOut() {
        try (EngineFolder folder = EngineFolder.make()) {
            folder.engine().with(UnsyncedEngine.class, Path.of("target/test-classes").toAbsolutePath());
            Trace trace = trace(folder);
            StableStorage judge = judge(folder, trace.calls());
            assertThat(judge.verdicts()).hasSize(2 * SINGLE + BURSTS * BURST);
            assertThat(judge.verdictsTooEarly(trace.sealed())).hasSize(judge.verdicts().size());
        }
    }

    @Test
    void derbyWithoutSyncingIsRefused() {
        try (EngineFolder folder = EngineFolder.make()) {
            folder.engine().under("env", "JAVA_TOOL_OPTIONS=-Dderby.system.durability=test").launch();
            assertThat(folder.engine().awaitExit(TRACE_LIMIT)).isEqualTo(1);
            assertThat(folder.engine().log()).contains("derby.system.durability: found 'test'; allowed: not set");
            assertThat(folder.data().resolve("db")).doesNotExist();
        }
    }

    /** Runs the engine under strace, asks one by one and in bursts, and stops it. */
    private static Trace trace(EngineFolder folder) {
        Path file = folder.home().resolve("trace");
        List<String> command = new ArrayList<>(List.of("env", SMALL_LOG));
        command.addAll(List.of(SystemCall.strace(file)));
        folder.engine().under(command.toArray(String[]::new)).start();
        long pid = folder.engine().pid();
        try (LinkClient link = LinkClient.connect(folder.socket())) {
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
        folder.engine().stop();
        Pattern ended = Pattern.compile("(?m)^" + pid + " +\\+\\+\\+ exited"); // short process ids are followed by more than one blank
        Deadline.await("strace has written all", TRACE_LIMIT, () -> !Files.exists(Path.of("/proc", Long.toString(pid)))
                && ended.matcher(Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1)).find());
        return stored(folder, SystemCall.read(file));
    }

    private static Trace stored(EngineFolder folder, List<SystemCall> calls) {
        Map<String, byte[]> sealed = new HashMap<>();
        List<Bucket> buckets = new ArrayList<>();
        try (StoppedDatabase database = StoppedDatabase.open(folder.data()); Statement statement = database.connection().createStatement()) {
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
        return new Trace(calls, sealed, buckets);
    }

    private static StableStorage judge(EngineFolder folder, List<SystemCall> calls) {
        return new StableStorage(calls, folder.data(), folder.socket());
    }

    private static Path keyFile(EngineFolder folder, Bucket bucket) {
        return folder.keys().resolve("buckets/node1").resolve(bucket.name() + ".key");
    }
}
