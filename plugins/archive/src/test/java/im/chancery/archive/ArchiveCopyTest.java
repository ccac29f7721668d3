package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An older data folder is read with today's keys, while the engine is at work, and nothing of it is changed. */
class ArchiveCopyTest {
    @TempDir
    Path folder;
    private final Samples.Hands clock = new Samples.Hands();
    private ArchiveConfig config;
    private ArchiveConfig copy;
    private RecordId said;

    @BeforeEach
    void copyIt() throws IOException {
        config = Samples.derby(folder);
        try (Archive archive = Archives.open(config, clock)) {
            said = Samples.store(archive, Samples.attempt("said", "a@x"));
            archive.outcome(said, Outcome.BOUNCED);
        }
        Path data = folder.resolve("copy");
        Samples.copy(config.data(), data);
        copy = ArchiveConfig.derby(config.origin(), data, config.keys(), config.password());
    }

    @Test
    void everythingThatHasItsKeyShouldBeReadBesideTheEngine() {
        try (Archive archive = Archives.open(config, clock); ArchiveCopy reader = Archives.openToRead(copy)) {
            Samples.store(archive, Samples.attempt("said later", "a@x"));
            assertThat(reader.open(said).orElseThrow().record().content()).isEqualTo("said");
            assertThat(Samples.contents(reader.find(Samples.with("a@x")))).containsExactly("said");
            assertThat(reader.outcomes(List.of(said))).containsEntry(said, Outcome.BOUNCED);
            List<String> scanned = new ArrayList<>();
            reader.scan(Samples.bucket("default", Samples.START), r -> scanned.add(r.record().content()));
            assertThat(scanned).contains("said");
            assertThat(reader.buckets()).hasSize(2);
            assertThat(reader.certificates()).isEmpty();
            assertThat(reader.verifierKey()).isEqualTo(archive.verifierKey());
            archive.integrate();
            assertThat(reader.size()).isLessThan(archive.status().committed());
        }
        try (ArchiveCopy reader = Archives.openToRead(copy)) {
            assertThat(reader.signedSize()).isGreaterThan(reader.size());
        }
    }

    @Test
    void nothingShouldBeWritten() throws Exception {
        Map<String, String> before = files();
        try (ArchiveCopy reader = Archives.openToRead(copy)) {
            assertThat(reader.open(said)).isPresent();
        }
        assertThat(files()).isEqualTo(before);
        try (var database = Databases.openToRead(copy); Connection connection = database.getConnection(); Statement update = connection.createStatement()) {
            assertThatThrownBy(() -> update.executeUpdate("DELETE FROM archive_node")).isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState()).isEqualTo("25502");
        } finally {
            Databases.shutDown(copy);
        }
    }

    @Test
    void whatIsNoCopyOfThisNodesShouldBeRefused() throws IOException {
        ArchiveConfig nothing = ArchiveConfig.derby("node-1", folder.resolve("nothing"), config.keys(), config.password());
        assertThatThrownBy(() -> Archives.openToRead(nothing)).isInstanceOf(ArchiveException.class);
        assertThat(folder.resolve("nothing/db")).doesNotExist();
        ArchiveConfig foreign = ArchiveConfig.derby("node-2", copy.data(), config.keys(), config.password());
        assertThatThrownBy(() -> Archives.openToRead(foreign)).isInstanceOf(ArchiveException.class).hasMessageContaining("belongs to node");
        Path checkpoint = copy.log().resolve("checkpoint");
        Files.writeString(checkpoint, Files.readString(checkpoint).replace("node-1\n", "node-1\n1"));
        assertThatThrownBy(() -> Archives.openToRead(copy)).isInstanceOf(ArchiveException.class).hasMessageContaining("isn't one of this node's key");
    }

    private Map<String, String> files() throws IOException {
        Map<String, String> files = new HashMap<>();
        for (Path top : List.of(copy.data(), copy.keys())) {
            try (Stream<Path> all = Files.walk(top)) {
                for (Path file : all.filter(f -> Files.isRegularFile(f) && !f.startsWith(copy.data().resolve("db")) && !f.endsWith("derby.log")).toList()) {
                    files.put(file.toString(), new java.math.BigInteger(1, Files.readAllBytes(file)).toString(16));
                }
            }
        }
        return files;
    }
}
