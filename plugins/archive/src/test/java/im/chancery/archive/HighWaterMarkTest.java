package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Never two roots for one size, also where the data folder was restored as a whole from an older copy. */
class HighWaterMarkTest {
    private static final RecordQuery STARTS = new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
            Set.of(RecordType.NODE), -1, 10);

    @TempDir
    Path folder;
    private final Samples.Hands clock = new Samples.Hands();
    private ArchiveConfig config;
    private Path mark;
    private Path backup;
    private Path olderKeys;

    @BeforeEach
    void growPastABackup() throws IOException {
        config = Samples.derby(folder).withIntervals(Duration.ofHours(1), Duration.ofHours(1));
        mark = config.keys().resolve("marks/node-1/checkpoint");
        backup = folder.resolve("backup");
        olderKeys = folder.resolve("older-keys");
        append(20, "before");
        Samples.copy(config.data(), backup);
        Samples.copy(config.keys(), olderKeys);
        append(10, "after");
    }

    @Test
    void theMarkShouldBeTheNewestCheckpoint() throws IOException {
        assertThat(mark).hasSameTextualContentAs(config.log().resolve("checkpoint"));
        assertThat(size(mark)).isGreaterThanOrEqualTo(size(backup.resolve("log/checkpoint")) + 10);
        assertThat(Files.getPosixFilePermissions(mark)).hasSize(2);
    }

    @Test
    void anOlderDataFolderShouldBeRefusedAndLeftAlone() throws Exception {
        long old = size(backup.resolve("log/checkpoint"));
        replace(config.data(), backup);

        refused("the data folder is older than what this node has signed", Files.readString(mark), Files.readString(config.log().resolve("checkpoint")),
                "database: " + old + " records", "give the node a new name");
    }

    @Test
    void anEmptyDataFolderShouldBeRefusedAndLeftAlone() throws Exception {
        Samples.delete(config.data());

        assertThatThrownBy(this::open).isInstanceOf(ArchiveException.class).hasMessageContaining("has no database").hasMessageContaining(Files.readString(mark));
        assertThat(config.data()).doesNotExist();
    }

    @Test
    void anotherHistoryThatIsLongerShouldBeRefused() throws Exception {
        Path signed = folder.resolve("signed");
        Files.copy(mark, signed);
        replace(config.data(), backup);
        replace(config.keys(), olderKeys);
        append(15, "told otherwise");
        String told = Files.readString(mark);
        Files.copy(signed, mark, java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        refused("this node has signed another root for size " + size(signed), Files.readString(signed), told, "root of the data folder: ");
    }

    @Test
    void aMissingOrForeignMarkShouldBeRefused() throws Exception {
        String right = Files.readString(mark);
        Files.delete(mark);
        refused("the key folder has no mark", "Restore the key folder's newest copy", right);

        KeyFolder keys = KeyFolder.open(config.keys(), config.password(), config.origin(), false, clock);
        String text = right.substring(0, right.indexOf("\n\n") + 1).replace("node-1", "node-2");
        Files.writeString(mark, new NoteSigner("node-2", keys.root()).sign(text));
        refused("isn't one of this node's key");
    }

    @Test
    void everyChangeOfTheMarkShouldBeFound() throws IOException {
        KeyFolder keys = KeyFolder.open(config.keys(), config.password(), config.origin(), false, clock);
        NoteSigner signer = new NoteSigner(config.origin(), keys.root());
        HighWaterMark reader = new HighWaterMark(config.keys(), config.origin());
        byte[] right = Files.readAllBytes(mark);
        Random random = new Random(20261122);
        for (int i = 0; i < 1_000; i++) {
            byte[] changed = Samples.mutate(right, random);
            Files.write(mark, changed);
            assertThatThrownBy(() -> reader.read(signer)).as(new String(changed)).isInstanceOf(ArchiveException.class);
        }
        Files.write(mark, right);
        assertThat(reader.read(signer)).hasValueSatisfying(c -> assertThat(c.note()).isEqualTo(new String(right)));
    }

    @Test
    void theMarkShouldComeBeforeTheLogsCheckpoint() throws IOException {
        List<String> published = Collections.synchronizedList(new ArrayList<>());
        ArchiveConfig told = config.withSinks(List.of(new Samples.ListSink(published)));
        Path blocksLog = Files.createDirectories(config.log().resolve("checkpoint.tmp/in-the-way"));
        Archive archive = Archives.open(told, clock);
        Samples.store(archive, Samples.attempt("signed, not published", "a@x"));
        long before = size(mark);
        assertThatThrownBy(archive::integrate).isInstanceOf(ArchiveException.class);
        assertThat(size(mark)).as("the mark is ahead").isEqualTo(before + 1);
        assertThat(size(config.log().resolve("checkpoint"))).isEqualTo(before);
        assertThatThrownBy(archive::close).isInstanceOf(ArchiveException.class);
        Samples.delete(blocksLog.getParent());
        assertThat(published).isEmpty();

        append(1, "goes on"); // as after a crash between the two
        assertThat(size(config.log().resolve("checkpoint"))).isGreaterThan(before + 2);
        assertThat(mark).hasSameTextualContentAs(config.log().resolve("checkpoint"));
        Samples.assertVerifies(config);
    }

    @Test
    void nothingShouldBePublishedWithoutTheMark() throws IOException {
        List<String> published = Collections.synchronizedList(new ArrayList<>());
        Path blocksMark = Files.createDirectories(mark.resolveSibling("checkpoint.tmp/in-the-way"));
        String before = Files.readString(config.log().resolve("checkpoint"));
        Archive archive = Archives.open(config.withSinks(List.of(new Samples.ListSink(published))), clock);
        Samples.store(archive, Samples.attempt("not signed", "a@x"));

        assertThatThrownBy(archive::integrate).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(archive::close).isInstanceOf(ArchiveException.class);

        assertThat(config.log().resolve("checkpoint")).hasContent(before);
        assertThat(published).isEmpty();
        Samples.delete(blocksMark.getParent());
        append(1, "goes on");
        Samples.assertVerifies(config);
    }

    @Test
    void anOlderKeyFolderShouldGetTheMarkOfTheLog() throws IOException {
        String right = Files.readString(mark);
        replace(config.keys(), olderKeys);
        assertThat(mark).content().isNotEqualTo(right);

        open().close();

        assertThat(mark).hasContent(right);
    }

    @Test
    void aNewNodeShouldBeginWithTheLastCheckpointOfTheOldOne() throws IOException {
        String last = Files.readString(mark);
        ArchiveConfig next = ArchiveConfig.derby("node-2", folder.resolve("data-2"), config.keys(), Samples.PASSWORD);
        try (Archive archive = Archives.open(next, clock)) {
            assertThat(Samples.contents(archive.find(STARTS))).containsExactly(last);
            Samples.store(archive, Samples.attempt("on the same day", "a@x"));
            archive.rotateRootKey("keeper");
        }
        Samples.assertVerifies(next);
        assertThat(mark).as("the old node's mark").hasContent(last);
        try (Archive archive = open()) {
            assertThat(Samples.contents(archive.find(Samples.with("a@x")))).as("its keys moved to the new root key too").hasSize(30);
        }
    }

    @Test
    void aNewNodeShouldBeRefusedWithoutTheMarkOfTheOldOne() throws IOException {
        ArchiveConfig next = ArchiveConfig.derby("node-2", folder.resolve("data-2"), config.keys(), Samples.PASSWORD);
        byte[] right = Files.readAllBytes(mark);
        Files.write(mark, Samples.mutate(right, new Random(1)));
        assertThatThrownBy(() -> Archives.open(next, clock)).isInstanceOf(ArchiveException.class).hasMessageContaining("isn't one of this node's key");
        Files.delete(mark);
        assertThatThrownBy(() -> Archives.open(next, clock)).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("has keys of node 'node-1', but not the mark of its last checkpoint");
        assertThat(config.keys().resolve("marks/node-2")).doesNotExist();
        Files.write(mark, right);
        Archives.open(next, clock).close();
    }

    private Archive open() {
        return Archives.open(config, clock);
    }

    private void append(int count, String text) {
        try (Archive archive = open()) {
            Samples.store(archive, IntStream.range(0, count).mapToObj(i -> Samples.attempt(text + " " + i, "a@x")).toList());
        }
    }

    /** Derby writes its own files whenever it is opened, so of the database the rows are compared, of all else the files. */
    private void refused(String... said) throws IOException, SQLException {
        Map<String, String> files = files();
        List<String> rows = rows();
        assertThatThrownBy(this::open).isInstanceOf(ArchiveException.class).message().contains(said);
        assertThat(files()).isEqualTo(files).hasSizeGreaterThan(5);
        assertThat(rows()).isEqualTo(rows).hasSizeGreaterThan(20);
    }

    private Map<String, String> files() throws IOException {
        Map<String, String> files = new TreeMap<>();
        for (Path top : List.of(config.data(), config.keys())) {
            try (Stream<Path> all = Files.walk(top)) {
                for (Path file : all.filter(f -> Files.isRegularFile(f) && !f.startsWith(config.data().resolve("db")) && !f.endsWith("derby.log")).toList()) {
                    files.put(file.toString(), new java.math.BigInteger(1, Files.readAllBytes(file)).toString(16));
                }
            }
        }
        return files;
    }

    private List<String> rows() throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:derby:" + config.data().resolve("db")); Statement statement = connection.createStatement()) {
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
        } finally {
            Databases.shutDown(config);
        }
        return rows;
    }

    private static void replace(Path target, Path source) throws IOException {
        Samples.delete(target);
        Samples.copy(source, target);
    }

    private static long size(Path note) throws IOException {
        return Long.parseLong(Files.readAllLines(note).get(1));
    }
}
