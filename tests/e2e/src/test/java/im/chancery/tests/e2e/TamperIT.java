package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Somebody changes what a real engine has left on disk. The auditor's command names exactly what is wrong; the engine doesn't
 * start on a log and a database that don't fit each other, and changes nothing.
 */
@Tag("prosody") // the engine is asked over the link, by no host
class TamperIT {
    private static final int MESSAGES = 300;
    private static final Duration END_LIMIT = Duration.ofSeconds(60);
    /** A length of two bytes, and an entry. */
    private static final int ENTRY = 2 + 33;
    private static final int HASH = 32;

    private static EngineFolder folder;
    private static Path untouched;
    private static long size;

    @TempDir
    private Path place;

    @BeforeAll
    static void run() throws IOException {
        folder = EngineFolder.make();
        folder.engine().start();
        try (LinkClient link = LinkClient.connect(folder.socket())) {
            link.askAll(1, MESSAGES, "ada@localhost/a", "boris@localhost", "what was said");
        }
        folder.engine().stop();
        untouched = Files.createTempDirectory("chancery-untouched-").resolve("data");
        Folders.copy(folder.data(), untouched);
        size = Long.parseLong(Files.readAllLines(folder.data().resolve("log/checkpoint")).get(1));
        assertThat(size).as("a full tile and a partial one").isGreaterThan(MESSAGES);
    }

    @AfterAll
    static void delete() {
        folder.close();
        Folders.delete(untouched.getParent());
    }

    @Test
    void whatNobodyHasTouchedVerifies() {
        Path data = copy();
        EngineFolder.Result verified = EngineFolder.verify(data, "--records", "--seen", folder.sink().toString());
        assertThat(verified.code()).as(verified.text()).isZero();
        assertThat(verified.text()).contains("consistent up to size " + size, "leaves 0 to " + (size - 1), "records: " + size + " stored and in the log");
    }

    /** One change to a file of the log. */
    private interface FileChange {
        byte[] apply(byte[] bytes);
    }

    static Stream<Arguments> changesOfFiles() {
        long last = size % 256;
        return Stream.of(
                Arguments.of("tile/entries/000", flip(17 * ENTRY + 20), "leaf 17 (tile/entries/000 and tile/0/000, place 17): the entry was changed"),
                Arguments.of("tile/0/000", flip(5 * HASH + 3), "leaf 5 (tile/entries/000 and tile/0/000, place 5): the hash in the tile was changed"),
                Arguments.of("tile/1/000.p/1", flip(9), "tile/1/000.p/1, hash 0: isn't the hash of tile/0/000"),
                Arguments.of("tile/entries/001.p/" + last, (FileChange) b -> java.util.Arrays.copyOf(b, b.length - 1),
                        "tile/entries/001.p/" + last + ": is cut short in entry " + (last - 1)),
                Arguments.of("tile/0/000", (FileChange) b -> null, "tile/0/000: is missing"),
                Arguments.of("checkpoint", flip(-20), "checkpoint: "),
                Arguments.of("checkpoint", replaced("\n" + size + "\n", "\n" + (size - 1) + "\n"), "checkpoint: "),
                Arguments.of("checkpoint", (FileChange) b -> null, "checkpoint: there is none"));
    }

    private static FileChange flip(int at) {
        return bytes -> {
            bytes[at < 0 ? bytes.length + at : at] ^= 1;
            return bytes;
        };
    }

    private static FileChange replaced(String old, String other) {
        return bytes -> new String(bytes, StandardCharsets.UTF_8).replace(old, other).getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("changesOfFiles")
    void aChangedFileIsNamed(String name, FileChange change, String finding) throws IOException {
        Path data = copy();
        Path file = data.resolve("log").resolve(name);
        byte[] changed = change.apply(Files.readAllBytes(file));
        if (changed == null) {
            Files.delete(file);
        } else {
            Files.write(file, changed);
        }
        EngineFolder.Result verified = EngineFolder.verify(data);
        assertThat(verified.code()).as(verified.text()).isEqualTo(1);
        assertThat(verified.text()).contains("NOT consistent", finding);
    }

    static Stream<Arguments> changesOfRows() {
        return Stream.of(
                Arguments.of("UPDATE archive_record SET sealed = (SELECT sealed FROM archive_record WHERE leaf_index = 41) WHERE leaf_index = 40",
                        "leaf 40: the record stored isn't the one in the log"),
                Arguments.of("UPDATE archive_record SET captured_at = captured_at + 1 WHERE leaf_index = 50", "leaf 50: the record stored isn't the one in the log"),
                Arguments.of("DELETE FROM archive_record WHERE leaf_index = 60", "leaf 60: has neither its record nor a certificate of destruction"),
                Arguments.of("UPDATE archive_record SET bucket_id = 3 - bucket_id WHERE leaf_index = 70", "leaf 70: "),
                Arguments.of("UPDATE archive_bucket SET state = 3 WHERE record_class = 'default'", "is marked as destroyed, but no certificate says so"),
                Arguments.of("UPDATE archive_bucket SET record_class = 'other' WHERE record_class = 'default'", "leaf 60: the record stored isn't the one in the log"),
                Arguments.of("UPDATE archive_node SET origin = 'node2'", "database: belongs to node 'node2'"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("changesOfRows")
    void aChangedRowIsNamed(String change, String finding) throws SQLException {
        Path data = copy();
        try (StoppedDatabase database = StoppedDatabase.open(data); Statement statement = database.connection().createStatement()) {
            assertThat(statement.executeUpdate(change)).isPositive();
        }
        assertThat(EngineFolder.verify(data).code()).as("the log itself").isZero();
        EngineFolder.Result verified = EngineFolder.verify(data, "--records");
        assertThat(verified.code()).as(verified.text()).isEqualTo(1);
        assertThat(verified.text()).contains("NOT consistent", finding);
    }

    @Test
    void theEngineRefusesALogWithAnotherRoot() throws IOException, SQLException {
        Path tile = folder.data().resolve("log/tile/0/001.p").resolve(Long.toString(size % 256));
        byte[] right = Files.readAllBytes(tile);
        Files.write(tile, flip(40).apply(right.clone()));
        refusesToStart("the log's tiles have another root than its checkpoint", Files.readString(folder.data().resolve("log/checkpoint")).strip(),
                "root of the tiles: ");
        Files.write(tile, right);
    }

    @Test
    void theEngineRefusesADatabaseThatHasLostRecords() throws IOException, SQLException {
        change("DELETE FROM archive_record WHERE leaf_index = " + (size - 1));
        refusesToStart("the log is ahead of the database", Files.readString(folder.data().resolve("log/checkpoint")).strip(),
                "database: " + (size - 1) + " records");
        restore();
    }

    @Test
    void theEngineRefusesADatabaseWithOtherRecords() throws IOException, SQLException {
        change("UPDATE archive_record SET captured_at = captured_at + 1 WHERE leaf_index = " + (size - 2));
        refusesToStart("log and database differ at leaf index " + (size - 2), "leaf in the log: ", "leaf of the database: ");
        restore();
    }

    /** Derby itself writes its files whenever it is opened, so of the database the rows are compared, of all else the files. */
    private static void refusesToStart(String... said) throws SQLException {
        SortedMap<String, String> files = files();
        SortedMap<String, String> keys = Folders.hashes(folder.keys());
        SortedMap<String, String> sinks = Folders.hashes(folder.sink().getParent());
        List<String> rows = rows();
        int before = folder.engine().log().length();
        folder.engine().launch();
        assertThat(folder.engine().awaitExit(END_LIMIT)).isEqualTo(1);
        assertThat(folder.engine().log().substring(before)).contains(said);
        assertThat(files()).isEqualTo(files).isNotEmpty();
        assertThat(Folders.hashes(folder.keys())).isEqualTo(keys).isNotEmpty();
        assertThat(Folders.hashes(folder.sink().getParent())).isEqualTo(sinks).isNotEmpty();
        assertThat(rows()).isEqualTo(rows).hasSizeGreaterThan(MESSAGES);
    }

    private static SortedMap<String, String> files() {
        SortedMap<String, String> files = new TreeMap<>(Folders.hashes(folder.data()));
        files.keySet().removeIf(name -> name.startsWith("db/") || name.equals("derby.log"));
        return files;
    }

    private static List<String> rows() throws SQLException {
        List<String> rows = new java.util.ArrayList<>();
        try (StoppedDatabase database = StoppedDatabase.open(folder.data()); Statement statement = database.connection().createStatement()) {
            for (String table : List.of("archive_node", "archive_bucket", "archive_conversation", "archive_participant", "archive_record",
                    "archive_outcome_block", "archive_destruction")) {
                try (ResultSet row = statement.executeQuery("SELECT * FROM " + table)) {
                    while (row.next()) {
                        StringBuilder text = new StringBuilder(table);
                        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                            text.append(' ').append(row.getString(i));
                        }
                        rows.add(text.toString());
                    }
                }
            }
        }
        return rows;
    }

    private static void change(String sql) throws SQLException {
        try (StoppedDatabase database = StoppedDatabase.open(folder.data()); Statement statement = database.connection().createStatement()) {
            assertThat(statement.executeUpdate(sql)).isEqualTo(1);
        }
    }

    private static void restore() {
        Folders.delete(folder.data());
        Folders.copy(untouched, folder.data());
    }

    private Path copy() {
        Path data = place.resolve("data");
        Folders.copy(untouched, data);
        return data;
    }
}
