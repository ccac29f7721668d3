package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.Archives;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.archive.StoreConfig;
import im.chancery.cli.Chancery;
import im.chancery.engine.config.ConfigReader;
import im.chancery.retention.ArchivedRetention;
import im.chancery.retention.RetentionConfig;
import im.chancery.retention.RetentionService.NewHold;
import im.chancery.tests.contracts.PostgresServer;
import im.chancery.tests.contracts.SettableClock;
import im.chancery.tests.e2e.EngineFolder.Duty;
import im.chancery.tests.e2e.EngineFolder.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/** {@code chancery store migrate} as an administrator uses it: from the embedded Derby to PostgreSQL. */
@Tag("prosody") // the engine is a process of its own
class StoreMigrationIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Instant LONG_AGO = Instant.parse("2025-03-01T12:00:00Z");
    private static final int MANY = 10_000;

    private EngineFolder folder;
    private StoreConfig store;
    private Path before;
    private Path moved;

    @BeforeEach
    void make() throws Exception {
        folder = EngineFolder.make();
        store = PostgresServer.shared().newDatabase();
        Path password = folder.home().resolve("secrets/database");
        Files.copy(PostgresServer.shared().password(), password);
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        before = Files.copy(folder.config(), folder.home().resolve("derby.yaml"));
        moved = folder.home().resolve("postgresql.yaml");
        Files.writeString(moved, Files.readString(folder.config()).replace("{kind: derby}", "{kind: postgresql, url: \"" + store.url().orElseThrow()
                + "\", user: " + store.user().orElseThrow() + ", password-file: secrets/database}"));
    }

    @AfterEach
    void close() {
        folder.close();
    }

    @Test
    void aNodeWithHoldsAndDestroyedBucketsShouldMoveAndGoOn() throws Exception {
        fill(1);
        folder.engine().start();
        assertThat(folder.cli(Duty.RECORDS_OFFICER, "dispose", "--due").code()).isZero();
        Result running = migrate();
        assertThat(running.code()).isEqualTo(1);
        assertThat(running.text()).contains("another engine is using it");
        folder.engine().stop();
        String derby = folder.verify("--records").text();

        Result done = migrate();

        assertThat(done.code()).as(done.text()).isZero();
        assertThat(done.text()).startsWith("migrated from Derby to PostgreSQL at ").contains("verified: every row is the same, each record is its leaf");
        assertThat(folder.verify("--records").text()).as("the old database").isEqualTo(derby);
        startOnTheNewOne();
        String longAgo = LocalDate.ofInstant(LONG_AGO, ZoneOffset.UTC).toString();
        assertThat(folder.cli(Duty.READER, "records", "--with", "ada@localhost").text()).contains(longAgo).contains("ada@localhost");
        assertThat(folder.cli(Duty.READER, "records", "--with", "boris@localhost").text()).contains("boris@localhost").doesNotContain(longAgo);
        assertThat(folder.cli(Duty.RECORDS_OFFICER, "hold", "list").text()).contains("the matter");
        folder.engine().stop();
        Result verified = verifyRecords();
        assertThat(verified.code()).as(verified.text()).isZero();
        assertThat(verified.text()).contains("leaves certified as destroyed");
        assertThat(migrate().text()).contains("isn't empty");
    }

    @Test
    void aMigrationThatIsKilledShouldLeaveNothingAnEngineStartsOnAndBeginAgain() throws Exception {
        fill(MANY);
        Process killed = EngineProcess.run(folder.home().resolve("killed.log"),
                List.of(Chancery.class.getName(), "store", "migrate", before.toString(), "--to", moved.toString()));
        try (Connection connection = PostgresServer.shared().connect(store); Statement select = connection.createStatement()) {
            Deadline.await("records are copied", LIMIT, () -> {
                assertThat(killed.isAlive()).as("is still copying").isTrue();
                try (ResultSet row = select.executeQuery("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND query LIKE 'INSERT INTO archive_record%'")) {
                    return row.next() && row.getLong(1) > 0;
                }
            });
            assertThat(killed.destroyForcibly().waitFor()).isEqualTo(137);
            Deadline.await("its session is gone", LIMIT, () -> {
                try (ResultSet row = select.executeQuery("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")) {
                    return row.next() && row.getLong(1) == 0;
                }
            });
            try (ResultSet row = select.executeQuery("SELECT count(*) FROM archive_record")) {
                assertThat(row.next() && row.getLong(1) == 0).as("no record is left").isTrue();
            }
        }
        Files.copy(moved, folder.config(), StandardCopyOption.REPLACE_EXISTING);
        folder.engine().launch();
        assertThat(folder.engine().awaitExit(LIMIT)).isNotZero();
        assertThat(folder.engine().log()).contains("ahead of the database");

        Result again = migrate();

        assertThat(again.code()).as(again.text()).isZero();
        startOnTheNewOne();
        folder.engine().stop();
        Result verified = verifyRecords();
        assertThat(verified.code()).as(verified.text()).isZero();
    }

    private Result migrate() {
        return folder.cli(Duty.ADMINISTRATOR, "store", "migrate", before.toString(), "--to", moved.toString());
    }

    private void startOnTheNewOne() throws IOException {
        Files.copy(moved, folder.config(), StandardCopyOption.REPLACE_EXISTING);
        folder.engine().start();
    }

    private Result verifyRecords() {
        return folder.cli(Duty.ADMINISTRATOR, "verify", folder.data().resolve("log").toString(), folder.data().resolve("log.vkey").toString(), "--records",
                "--database", store.url().orElseThrow(), "--user", store.user().orElseThrow(), "--password-file", folder.home().resolve("secrets/database").toString());
    }

    /** An archive with records that are due, some of them held, and some of today. */
    private void fill(int count) throws Exception {
        SettableClock clock = new SettableClock(LONG_AGO);
        ArchiveConfig config = ArchiveConfig.derby("node1", folder.data(), folder.keys(), folder.password()::toCharArray).withQueue(2 * MANY);
        try (Archive archive = Archives.open(config, clock)) {
            ArchivedRetention retention = ArchivedRetention.open(archive, RetentionConfig.read(ConfigReader.read(folder.config())), clock);
            IntStream.range(0, count).mapToObj(i -> append(archive, "said by boris " + i, "boris@localhost")).toList().forEach(CompletableFuture::join);
            append(archive, "said by ada", "ada@localhost").join();
            retention.hold(new NewHold("the matter", Optional.of(jid("ada@localhost")), Optional.empty(), Optional.empty(), Optional.empty()), "ruth");
            clock.set(Clock.systemUTC().instant());
            append(archive, "said today", "boris@localhost").join();
        }
    }

    private static CompletableFuture<?> append(Archive archive, String text, String person) {
        return archive.append(NewRecord.of(RecordType.ATTEMPT, "default", Set.of(jid(person)), Optional.empty(),
                Map.of("from", person, "to", "clara@localhost", "kind", "message", "effect", "allow"), text + " " + "x".repeat(1_000))).toCompletableFuture();
    }

    private static BareJid jid(String text) {
        return JidCreate.bareFromOrThrowUnchecked(text);
    }
}
