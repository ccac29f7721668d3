package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Archives;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.archive.StoreConfig;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An engine whose session in PostgreSQL ends or hangs never writes beside another one. */
class PostgresSessionsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String HOLDER = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
            + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

    @TempDir
    private Path folder;
    private StoreConfig store;
    private ArchiveConfig first;

    @BeforeEach
    void prepare() throws Exception {
        StoreConfig made = PostgresServer.shared().newDatabase();
        store = StoreConfig.postgresql(made.url().orElseThrow() + "?socketTimeout=2", made.user().orElseThrow(), made.password());
        first = config("1");
    }

    @Test
    void anEngineWhoseSessionsWereEndedShouldNotWriteBesideTheNextOneNorAfterIt() throws Exception {
        Archive ended = Archives.open(first, Clock.systemUTC());
        say(ended, "one");
        ArchiveConfig second = copied(ended);
        assertThat(query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"))
                .isPositive();
        try (Archive next = Archives.open(second, Clock.systemUTC())) {
            assertRefuses(ended, "beside");
            say(next, "two");
            assertRefuses(ended, "beside");
            assertThatThrownBy(() -> ended.excludingDestruction(connection -> connection.createStatement().execute("CREATE TABLE beside (x INT)")))
                    .isInstanceOf(ArchiveException.class).hasMessageContaining("lost its lock");
        }
        assertRefuses(ended, "after it");
        ended.close();

        try (Archive again = Archives.open(second, Clock.systemUTC())) {
            assertThat(again.find(new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of(RecordType.ATTEMPT), -1, 100)))
                    .extracting(r -> r.record().content()).containsExactly("one", "two");
        }
        assertThat(query("SELECT count(*) FROM pg_class WHERE relname = 'beside'")).isZero();
        LogCheck.assertConsistent(second);
    }

    @Test
    void anIdleEngineWhoseSessionsWereEndedShouldDecideAgain() throws Exception {
        try (Archive archive = Archives.open(first, Clock.systemUTC())) {
            query("SELECT count(pg_terminate_backend(pid)) FROM (" + HOLDER + ") holder");
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                try {
                    archive.excludingDestruction(connection -> null);
                    break;
                } catch (ArchiveException e) {
                    assertThat(System.nanoTime()).as("decides in time").isLessThan(deadline);
                }
            }
            say(archive, "one");
        }
        LogCheck.assertConsistent(first);
    }

    @Test
    void aDecisionThatIsUnderWayShouldEndBeforeTheNextEngineStarts() throws Exception {
        Archive ended = Archives.open(first, Clock.systemUTC());
        say(ended, "one");
        ArchiveConfig second = copied(ended);
        ended.excludingDestruction(connection -> {
            query("SELECT count(pg_terminate_backend(pid)) FROM (" + HOLDER + " AND mode = 'ExclusiveLock') holder");
            Thread starts = new Thread(() -> Archives.open(second, Clock.systemUTC()).close());
            starts.start();
            awaitSql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                    + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
            assertThat(starts.isAlive()).isTrue();
            return starts;
        }).join();
        ended.close();
        Archives.open(second, Clock.systemUTC()).close();
    }

    @Test
    void aSessionThatHangsShouldKeepOthersOutAndLetItsOwnEngineGoOnWhenItIsGone() throws Exception {
        try (Archive archive = Archives.open(first, Clock.systemUTC())) {
            say(archive, "one");
            ArchiveConfig second = copied(archive);
            long session = query(HOLDER);
            signal("STOP", session);
            try {
                assertThatThrownBy(() -> say(archive, "while it hangs")).isInstanceOf(CompletionException.class).hasCauseInstanceOf(ArchiveException.class);
                assertThatThrownBy(() -> Archives.open(second, Clock.systemUTC())).isInstanceOf(ArchiveException.class)
                        .hasMessageContaining("in use by another engine");
            } finally {
                signal("CONT", session);
            }
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (refuses(archive, "two")) {
                assertThat(System.nanoTime()).as("goes on in time").isLessThan(deadline);
                LockSupport.parkNanos(1_000_000);
            }
        }
        Archives.open(first, Clock.systemUTC()).close();
        LogCheck.assertConsistent(first);
    }

    /** What is refused while it is away is not stored; what is stored goes on when it is back, without a restart and without being asked. */
    @Test
    void aServerThatIsAwayShouldBeRefusedByAndComeBackToTheSameEngine() throws Exception {
        try (PostgresServer server = PostgresServer.own()) {
            store = server.newDatabase();
            ArchiveConfig config = config("3");
            List<RecordId> stored = new ArrayList<>();
            try (Archive archive = Archives.open(config, Clock.systemUTC())) {
                stored.add(say(archive, "before"));
                server.stop();
                for (int i = 0; i < 3; i++) {
                    assertThat(refuses(archive, "while it is away")).isTrue();
                }
                assertThat(archive.status().available()).isFalse();
                assertThatThrownBy(() -> archive.excludingDestruction(connection -> null)).isInstanceOf(ArchiveException.class);
                server.resume();
                long deadline = System.nanoTime() + PATIENCE.toNanos();
                while (!archive.status().available()) {
                    assertThat(System.nanoTime()).as("is available in time").isLessThan(deadline);
                    LockSupport.parkNanos(1_000_000);
                }
                stored.add(say(archive, "after"));
                assertThat(stored.get(1).index()).as("no record of what was refused").isEqualTo(archive.status().committed() - 1);
            }
            try (Archive archive = Archives.open(config, Clock.systemUTC())) {
                archive.requireRecords();
                assertThat(stored).extracting(id -> archive.open(id).orElseThrow().record().content()).containsExactly("before", "after");
            }
            LogCheck.assertConsistent(config);
        }
    }

    private ArchiveConfig config(String number) {
        return ArchiveConfig.derby("node-1", folder.resolve("data-" + number), folder.resolve("keys-" + number), () -> "not a secret".toCharArray())
                .withStore(store).withIntervals(Duration.ofHours(1), Duration.ofHours(1));
    }

    /** The config of an engine with copies of the folders. */
    private ArchiveConfig copied(Archive archive) throws IOException {
        archive.integrate();
        ArchiveConfig second = config("2");
        copy(first.data(), second.data());
        copy(first.keys(), second.keys());
        return second;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private static RecordId say(Archive archive, String text) {
        return archive.append(NewRecord.of(RecordType.ATTEMPT, "default", Set.of(), Optional.empty(), Map.of(), text)).toCompletableFuture()
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private static boolean refuses(Archive archive, String text) {
        try {
            say(archive, text);
            return false;
        } catch (CompletionException e) {
            assertThat(e).hasCauseInstanceOf(ArchiveException.class);
            return true;
        }
    }

    /** For longer than the engine waits before it tries to connect again, which it does when it is given a record. */
    private static void assertRefuses(Archive archive, String when) {
        long end = System.nanoTime() + Duration.ofMillis(600).toNanos();
        do {
            assertThat(refuses(archive, when)).as(when).isTrue();
            LockSupport.parkNanos(1_000_000);
        } while (System.nanoTime() < end);
    }

    private long query(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(store.url().orElseThrow(), store.user().orElseThrow(),
                new String(store.password().orElseThrow().chars())); Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private void awaitSql(String count) throws SQLException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (query(count) == 0) {
            assertThat(System.nanoTime()).as(count).isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void signal(String name, long process) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(List.of("kill", "-" + name, Long.toString(process))).start().waitFor()).isZero();
    }
}
