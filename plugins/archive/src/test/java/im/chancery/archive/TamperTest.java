package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.RecordsVerifier;
import im.chancery.archive.verify.SeenCheckpoint;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes each persisted field of docs/formats.md, thousands of times at random: every change is found. */
class TamperTest {
    /** Each changes a column of the tables; {@code %d} is a leaf index. */
    private static final List<String> COLUMN_CHANGES = List.of(
            "UPDATE archive_record SET captured_at = captured_at + 1 WHERE leaf_index = %d",
            "UPDATE archive_record SET bucket_id = bucket_id + 1 WHERE leaf_index = %d",
            "UPDATE archive_record SET bucket_id = 1000 WHERE leaf_index = %d",
            "UPDATE archive_record SET leaf_index = leaf_index + 1000000 WHERE leaf_index = %d",
            "DELETE FROM archive_record WHERE leaf_index = %d",
            "INSERT INTO archive_record SELECT 7, bucket_id, conversation, captured_at, sealed FROM archive_record WHERE leaf_index = %d",
            "UPDATE archive_bucket SET record_class = 'x' || record_class WHERE %d >= 0",
            "UPDATE archive_bucket SET capture_day = '2020-01-01' WHERE record_class = 'default' AND state = 0 AND %d >= 0",
            "UPDATE archive_bucket SET state = 0 WHERE state = 2 AND %d >= 0",
            "UPDATE archive_bucket SET state = 3 WHERE state = 0 AND %d >= 0",
            "UPDATE archive_bucket SET state = 1 WHERE state = 0 AND %d >= 0",
            "UPDATE archive_bucket SET first_index = first_index + 5 WHERE %d >= 0",
            "UPDATE archive_bucket SET last_index = last_index - 5 WHERE state = 0 AND %d >= 0",
            "UPDATE archive_bucket SET first_index = first_index - 1 WHERE record_class = 'default' AND %d >= 0",
            "UPDATE archive_bucket SET last_index = last_index + 5 WHERE state = 0 AND %d >= 0",
            "UPDATE archive_bucket SET last_index = last_index + 5 WHERE state = 2 AND %d >= 0",
            "UPDATE archive_bucket SET state = 3 WHERE state = 2 AND %d >= 0",
            "UPDATE archive_bucket SET records = records + 1 WHERE %d >= 0",
            "UPDATE archive_bucket SET id = id + 100 WHERE %d >= 0",
            "DELETE FROM archive_bucket WHERE state = 2 AND %d >= 0",
            "UPDATE archive_node SET origin = 'other' WHERE %d >= 0",
            "DELETE FROM archive_node WHERE %d >= 0",
            "UPDATE archive_node SET settled_below = 99999999 WHERE %d >= 0",
            "UPDATE archive_destruction SET step = 3 WHERE %d >= 0",
            "UPDATE archive_destruction SET bucket_id = bucket_id + 1 WHERE %d >= 0",
            "UPDATE archive_destruction SET schedule = 'other' WHERE %d >= 0",
            "UPDATE archive_destruction SET approved_by = 'other' WHERE %d >= 0",
            "UPDATE archive_destruction SET key_copies_gone = '2020-01-01' WHERE %d >= 0",
            "UPDATE archive_destruction SET destroyed = CAST(X'31' AS BLOB) WHERE %d >= 0",
            "UPDATE archive_destruction SET survivors = CAST(X'31' AS BLOB) WHERE %d >= 0",
            "UPDATE archive_destruction SET certificate = 3 WHERE %d >= 0",
            "UPDATE archive_destruction SET id = id + 1 WHERE %d >= 0",
            "UPDATE archive_destruction SET signature = CASE WHEN signature LIKE 'A%%' THEN 'B' ELSE 'A' END || SUBSTR(signature, 2) WHERE %d >= 0",
            "UPDATE archive_destruction SET signature = SUBSTR(signature, 1, 90) WHERE %d >= 0",
            "UPDATE archive_destruction SET signature = NULL WHERE %d >= 0",
            "DELETE FROM archive_destruction WHERE %d >= 0",
            "UPDATE archive_outcome_block SET leaf_index = leaf_index + 1000000 WHERE %d >= 0");

    private static final int SIZE = 300;

    /** Filled once, copied for each test. */
    @TempDir
    static Path whole;
    private static final Samples.Hands CLOCK = new Samples.Hands();
    private static List<RecordId> ids;

    @TempDir
    Path folder;
    private final Samples.Hands clock = CLOCK;
    private final Random random = new Random(20261122);
    private ArchiveConfig config;
    private VerifierKey key;

    @BeforeAll
    static void fill() {
        try (Archive archive = Archives.open(Samples.derby(whole), CLOCK)) {
            Samples.store(archive, IntStream.range(0, 20).mapToObj(i -> Samples.attempt("old " + i, "a@x")).toList());
            CLOCK.move(Duration.ofDays(2));
            ids = Samples.store(archive, IntStream.range(0, SIZE).mapToObj(i -> Samples.attempt("new " + i, "a@x", "b@x")).toList());
            ids.forEach(id -> archive.outcome(id, Outcome.HANDED_ON));
            archive.destroy(Samples.bucket("default", Samples.START), Samples.order(Set.of(5L, 6L)));
        }
    }

    @BeforeEach
    void copy() throws IOException {
        config = Samples.derby(folder);
        Samples.copy(whole.resolve("data"), config.data());
        Samples.copy(whole.resolve("keys"), config.keys());
        key = VerifierKey.parse(Files.readString(config.verifierKey()));
    }

    @Test
    void everyChangeOfALogFileShouldBeFoundWithoutAnyDatabase() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(config.log())) {
            files = all.filter(Files::isRegularFile).toList();
        }
        for (int i = 0; i < 2_000; i++) {
            Path file = files.get(i % files.size());
            byte[] bytes = Files.readAllBytes(file);
            byte[] changed = Samples.mutate(bytes, random);
            Files.write(file, changed);
            assertThat(log(List.of()).consistent()).as("%s changed from %s to %s", file, Arrays.toString(bytes), Arrays.toString(changed)).isFalse();
            Files.write(file, bytes);
        }
        for (Path file : files) {
            Path moved = file.resolveSibling("moved.tmp");
            boolean needed = !isOldPartial(file);
            Files.move(file, moved);
            assertThat(log(List.of()).consistent()).as("%s removed", file).isEqualTo(!needed);
            Files.move(moved, file);
        }
        assertThat(log(List.of()).findings()).isEmpty();
    }

    @Test
    void whatIsNoFileOrNeverEndsShouldBeFoundAndNotRead() throws IOException {
        for (String file : List.of("checkpoint", "tile/0/000", "tile/entries/000")) {
            Path path = config.log().resolve(file);
            byte[] bytes = Files.readAllBytes(path);
            Files.delete(path);
            Files.createSymbolicLink(path, Path.of("/dev/zero"));
            assertThat(log(List.of()).text()).as("%s is a device", file).contains("NOT consistent").contains(file);
            Files.delete(path);
            Files.createDirectory(path);
            assertThat(log(List.of()).text()).as("%s is a folder", file).contains("NOT consistent").contains(file);
            Files.delete(path);
            try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
                sparse.write(bytes);
                sparse.setLength(1L << 33);
            }
            assertThat(log(List.of()).text()).as("%s is huge", file).contains("NOT consistent").contains(file);
            Files.write(path, bytes);
        }
        assertThat(log(List.of()).findings()).isEmpty();
    }

    @Test
    void everyChangeOfAnEntryOrTileShouldBeLocated() throws IOException {
        for (int i = 0; i < 200; i++) {
            int leaf = random.nextInt(256);
            Path bundle = config.log().resolve("tile/entries/000");
            byte[] bytes = Files.readAllBytes(bundle);
            byte[] changed = bytes.clone();
            changed[leaf * 35 + 3 + random.nextInt(32)] ^= 1;
            Files.write(bundle, changed);
            assertThat(log(List.of()).text()).contains("leaf " + leaf + " (tile/entries/000").contains("the entry was changed");
            Files.write(bundle, bytes);
            Path tile = config.log().resolve("tile/0/000");
            bytes = Files.readAllBytes(tile);
            changed = bytes.clone();
            changed[leaf * 32 + random.nextInt(32)] ^= 1;
            Files.write(tile, changed);
            assertThat(log(List.of()).text()).contains("leaf " + leaf + " (").contains("the hash in the tile was changed");
            Files.write(tile, bytes);
        }
    }

    @Test
    void everyChangeOfAColumnShouldBeFound() throws Exception {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            for (String change : COLUMN_CHANGES) {
                for (int i = 0; i < 3; i++) {
                    String sql = String.format(change, ids.get(random.nextInt(SIZE)).index());
                    try (Statement statement = connection.createStatement()) {
                        assertThat(statement.executeUpdate(sql)).as(sql).isPositive();
                    }
                    assertThat(records(connection).consistent()).as(sql).isFalse();
                    connection.rollback();
                }
            }
            for (int i = 0; i < 1_500; i++) {
                long index = ids.get(random.nextInt(SIZE)).index();
                replaceBlob(connection, index, Samples.mutate(blob(connection, index), random));
                if (i % 50 == 49) { // fifty changed at once, each of which is found
                    Verification found = records(connection);
                    assertThat(found.findings()).hasSizeGreaterThan(20);
                    connection.rollback();
                }
            }
            assertThat(records(connection).findings()).isEmpty();
            connection.rollback();
        } finally {
            Databases.shutDown(config);
        }
    }

    @Test
    void swappedRecordsAndForgedCertificatesShouldBeFound() throws Exception {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            long a = ids.get(3).index();
            long b = ids.get(4).index();
            byte[] blobA = blob(connection, a);
            replaceBlob(connection, a, blob(connection, b));
            replaceBlob(connection, b, blobA);
            assertThat(records(connection).text()).contains("leaf " + a + ": ").contains("leaf " + b + ": ");
            connection.rollback();

            // A record is deleted, and an open "certificate" of the forger's own making takes the place of another.
            byte[] forged = Sealing.open(clock.millis(), RecordCodec.encode(AuditRecords.certificate(
                    Samples.bucket("default", clock.instant()), "chancery.im/certificate/v1\norigin node-1\nbucket default/2026-03-03\nleaves "
                    + a + "\n\n\u2014 node-1 AAAA\n")));
            try (Statement statement = connection.createStatement()) {
                statement.executeUpdate("DELETE FROM archive_record WHERE leaf_index = " + a);
            }
            replaceBlob(connection, b, forged);
            assertThat(records(connection).text()).contains("leaf " + b + ": ").contains("leaf " + a + ": has neither");
            connection.rollback();
        } finally {
            Databases.shutDown(config);
        }
    }

    @Test
    void everyChangeOfAKeyFileShouldBeFoundBeforeItIsUsed() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(config.keys())) {
            files = all.filter(p -> p.toString().endsWith(".key") || p.toString().endsWith(".survivors")).toList();
        }
        assertThat(files).anyMatch(p -> p.toString().endsWith(".survivors"));
        RootKeys root = RootKeys.load(config.keys().resolve("root.bcfks"), config.password().read());
        for (int i = 0; i < 2_000; i++) {
            Path file = files.get(i % files.size());
            byte[] bytes = Files.readAllBytes(file);
            Files.write(file, Samples.mutate(bytes, random));
            KeyFolder keys = new KeyFolder(config.keys(), root, config.origin());
            String path = config.keys().resolve("buckets/node-1").relativize(file).toString();
            BucketId bucket = BucketId.parse(path.substring(0, path.lastIndexOf('.')));
            boolean isKey = path.endsWith(".key");
            assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> {
                if (isKey) {
                    keys.find(bucket);
                } else {
                    keys.survivors(bucket);
                }
            })).as("%s changed", file).isInstanceOf(ArchiveException.class);
            Files.write(file, bytes);
            if (i % 200 == 0) {
                Path keystore = config.keys().resolve("root.bcfks");
                byte[] store = Files.readAllBytes(keystore);
                Files.write(keystore, Samples.mutate(store, random));
                assertThat(org.assertj.core.api.Assertions.catchThrowable(() ->
                        KeyFolder.open(config.keys(), config.password(), config.origin(), false, clock))).isInstanceOf(ArchiveException.class);
                Files.write(keystore, store);
            }
        }
    }

    @Test
    void rollbackOfDatabaseAndLogTogetherShouldBeFoundWithACheckpointFromOutside(@TempDir Path outside) throws Exception {
        Path backup = outside.resolve("backup");
        Samples.copy(config.data(), backup);
        String seen;
        try (Archive archive = Archives.open(config, clock)) {
            Samples.store(archive, Samples.attempt("to be undone", "a@x"));
            seen = archive.integrate();
        }
        SeenCheckpoint outsideCheckpoint = new SeenCheckpoint("syslog", seen);
        assertThat(log(List.of(outsideCheckpoint)).text()).contains("consistent up to size").contains("proven against an outside checkpoint: leaves 0 to");
        Path rolledBack = outside.resolve("rolled-back");
        Files.move(config.data(), rolledBack);
        Samples.copy(backup, config.data());

        Verification without = log(List.of());
        assertThat(without.findings()).isEmpty();
        assertThat(without.text()).contains("nothing, because none that fits was given").contains("a rollback of the whole would not be found");
        Verification with = log(List.of(outsideCheckpoint));
        assertThat(with.consistent()).isFalse();
        assertThat(with.text()).contains("syslog was signed at size").contains("rolled back");
    }

    @Test
    void anotherHistoryUnderTheSameKeyShouldBeFoundAndBounded() throws Exception {
        String earlier;
        String later;
        try (Archive archive = Archives.open(config, clock)) {
            earlier = archive.integrate();
            Samples.store(archive, Samples.attempt("first telling", "a@x"));
            later = archive.integrate();
        }
        long earlierSize = Long.parseLong(earlier.split("\n")[1]);
        long laterSize = Long.parseLong(later.split("\n")[1]);
        // The owner of the key signs another root for a size that has left the machine already.
        KeyFolder keys = KeyFolder.open(config.keys(), config.password(), config.origin(), false, clock);
        String[] lines = later.split("\n");
        String twisted = lines[0] + "\n" + lines[1] + "\n" + (lines[2].startsWith("A") ? "B" : "A") + lines[2].substring(1) + "\n" + lines[3] + "\n";
        String forged = new NoteSigner("node-1", keys.root()).sign(twisted);

        Verification result = log(List.of(new SeenCheckpoint("first", earlier), new SeenCheckpoint("second", forged)));

        assertThat(result.text()).contains("leaves " + earlierSize + " to " + (laterSize - 1) + ": ").contains("second says");
        assertThat(result.proven()).isEqualTo(earlierSize);
        assertThat(log(List.of(new SeenCheckpoint("bad", later.replace("node-1\n", "node-2\n")))).consistent()).isFalse();
    }

    private Verification log(List<SeenCheckpoint> seen) {
        try {
            return LogVerifier.verify(config.log(), key, seen);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Verification records(Connection connection) throws IOException, SQLException {
        return RecordsVerifier.verify(config.log(), key, log(List.of()), connection);
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:derby:" + config.data().resolve("db"));
    }

    private boolean isOldPartial(Path file) throws IOException {
        long size = Long.parseLong(Files.readString(config.log().resolve("checkpoint")).split("\n")[1]);
        String path = file.toString();
        return path.contains(".p/") && !path.endsWith("/" + size % 256) && !path.contains("tile/1/");
    }

    private static byte[] blob(Connection connection, long index) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT sealed FROM archive_record WHERE leaf_index = ?")) {
            select.setLong(1, index);
            try (ResultSet rows = select.executeQuery()) {
                assertThat(rows.next()).isTrue();
                return rows.getBytes(1);
            }
        }
    }

    private static void replaceBlob(Connection connection, long index, byte[] blob) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("UPDATE archive_record SET sealed = ? WHERE leaf_index = ?")) {
            update.setBytes(1, blob);
            update.setLong(2, index);
            assertThat(update.executeUpdate()).isOne();
        }
    }
}
