package im.chancery.cli;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.Archives;
import im.chancery.archive.BucketId;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.archive.StoreConfig;
import im.chancery.core.RecordId;
import im.chancery.tests.contracts.PostgresServer;
import im.chancery.tests.contracts.SettableClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code verify --records} against PostgreSQL, with its password and beside an engine that writes. */
class VerifyPostgresIT {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 22);
    private static final String PASSWORD = "CHANCERY_DATABASE_PASSWORD";

    @TempDir
    private Path folder;
    private final SettableClock clock = new SettableClock(Instant.parse(DAY + "T12:00:00Z"));
    private StoreConfig store;
    private ArchiveConfig config;
    private String password;
    private Path passwordFile;

    @BeforeEach
    void prepare() throws Exception {
        store = PostgresServer.shared().newDatabase();
        config = ArchiveConfig.derby("node1", folder.resolve("data"), folder.resolve("keys"), "correct horse battery"::toCharArray)
                .withStore(store).withIntervals(Duration.ofHours(1), Duration.ofHours(1));
        password = new String(store.password().orElseThrow().chars());
        passwordFile = Files.writeString(folder.resolve("password"), password + "\n");
        Files.setPosixFilePermissions(passwordFile, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void takesThePasswordFromAFileOrTheEnvironmentAndNeverFromAnArgument() throws Exception {
        try (Archive archive = Archives.open(config, clock)) {
            say(archive, "default");
        }
        Cli byFile = verify(Map.of(), config.log(), "--password-file", passwordFile.toString());
        assertThat(byFile.code()).as(byFile.out() + byFile.err()).isZero();
        assertThat(byFile.out()).contains("consistent up to size").contains("stored and in the log");
        assertThat(verify(Map.of(PASSWORD, password), config.log()).code()).isZero();

        Cli none = verify(Map.of(), config.log());
        assertThat(none.code()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(none.err()).startsWith("chancery: the database can't be read").hasLineCount(1);
        Files.setPosixFilePermissions(passwordFile, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(verify(Map.of(), config.log(), "--password-file", passwordFile.toString()).code()).as("others may read it").isEqualTo(ExitCode.USAGE);

        for (String url : List.of(url() + "?password=" + password, url().replace("//", "//chancery:" + password + "@"))) {
            Cli shown = Cli.run("verify", config.log().toString(), config.verifierKey().toString(), "--records", "--database", url);
            assertThat(shown.code()).isEqualTo(ExitCode.USAGE);
            assertThat(shown.err()).contains("--password-file").contains(PASSWORD).doesNotContain(password);
        }
    }

    @Test
    void findsWhatIsGoneMovedOrChanged() throws Exception {
        long index;
        try (Archive archive = Archives.open(config, clock)) {
            index = say(archive, "default").index();
            say(archive, "other");
        }
        for (String change : List.of("DELETE FROM archive_record WHERE leaf_index = %d",
                "UPDATE archive_record SET bucket_id = (SELECT id FROM archive_bucket WHERE record_class = 'other') WHERE leaf_index = %d",
                "UPDATE archive_record SET sealed = set_byte(sealed, 50, get_byte(sealed, 50) # 1) WHERE leaf_index = %d")) {
            try (Connection connection = DriverManager.getConnection(url(), store.user().orElseThrow(), password);
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE kept AS SELECT * FROM archive_record WHERE leaf_index = " + index);
                assertThat(statement.executeUpdate(String.format(change, index))).isOne();
                Cli found = verify(Map.of(PASSWORD, password), config.log());
                assertThat(found.code()).as(change).isEqualTo(ExitCode.FINDING);
                assertThat(found.out()).contains("leaf " + index + ": ");
                statement.executeUpdate("DELETE FROM archive_record WHERE leaf_index = " + index);
                statement.executeUpdate("INSERT INTO archive_record SELECT * FROM kept");
                statement.execute("DROP TABLE kept");
            }
        }
        assertThat(verify(Map.of(PASSWORD, password), config.log()).code()).isZero();
    }

    @Test
    void readsOneMomentBesideAnEngineThatWritesAndDestroys() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        try (Archive archive = Archives.open(config, clock)) {
            for (int i = 0; i < 20; i++) {
                say(archive, "default");
            }
            archive.integrate();
            Path copy = folder.resolve("log");
            copy(config.log(), copy);
            clock.advance(Duration.ofDays(2));
            archive.destroy(new BucketId("default", DAY), new Archive.DestructionOrder("default: 1 day", "olga", DAY.plusDays(30), (connection, records) -> Set.of()));
            Thread writer = new Thread(() -> {
                while (!stop.get()) {
                    say(archive, "default");
                }
            });
            writer.start();
            List<Cli> found = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                found.add(verify(Map.of(PASSWORD, password), copy));
            }
            stop.set(true);
            writer.join();
            assertThat(found).allSatisfy(f -> assertThat(f.code()).as(f.out() + f.err()).isZero());
            assertThat(found.get(4).out()).contains("newer than the checkpoint and not proven");
        }
    }

    private static RecordId say(Archive archive, String recordClass) {
        return archive.append(NewRecord.of(RecordType.NODE, recordClass, Set.of(), Optional.empty(), Map.of(), "said")).toCompletableFuture().join();
    }

    private String url() {
        return store.url().orElseThrow();
    }

    private Cli verify(Map<String, String> environment, Path log, String... more) {
        List<String> arguments = new ArrayList<>(List.of("verify", log.toString(), config.verifierKey().toString(), "--records", "--database", url(),
                "--user", store.user().orElseThrow()));
        arguments.addAll(List.of(more));
        return Cli.run(environment, arguments.toArray(String[]::new));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }
}
