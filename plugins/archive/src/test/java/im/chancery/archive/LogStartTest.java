package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the archive does when its log doesn't fit its database, or can't be written. */
class LogStartTest {
    private static final int TILE = 256;

    @TempDir
    Path folder;
    private final Samples.Hands clock = new Samples.Hands();

    @Test
    void aDatabaseWithOtherRecordsShouldBeRefusedAlsoWhereTheLogEndsWithAFullTile() throws Exception {
        ArchiveConfig config = Samples.derby(folder);
        try (Archive archive = Archives.open(config, clock)) {
            int first = (int) archive.status().committed();
            Samples.store(archive, IntStream.range(first, TILE).mapToObj(i -> NewRecord.of(RecordType.AUDIT, "audit", Set.of(), Optional.empty(),
                    Map.of(Fields.ACTION, "test"), "" + i)).toList());
            assertThat(archive.integrate()).contains("\n" + TILE + "\n");
        }
        try (Connection connection = DriverManager.getConnection("jdbc:derby:" + config.data().resolve("db"));
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE archive_record SET captured_at = captured_at + 1 WHERE leaf_index = " + (TILE - 1));
        } finally {
            Databases.shutDown(config);
        }
        Map<String, Integer> before = files(config);

        assertThatThrownBy(() -> Archives.open(config, clock).close()).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("differ at leaf index " + (TILE - 1)).hasMessageContaining("leaf in the log").hasMessageContaining("leaf of the database");

        assertThat(files(config)).isEqualTo(before);
    }

    @Test
    void aDestructionThatTheLogHasStoppedShouldLeaveTheBucketAsItWas() throws IOException {
        ArchiveConfig config = Samples.derby(folder);
        Path obstacle = config.log().resolve("checkpoint.tmp");
        try (Archive archive = Archives.open(config, clock)) {
            RecordId old = Samples.store(archive, Samples.attempt("said", "a@x"));
            archive.integrate();
            clock.move(Duration.ofDays(2));
            Files.createDirectories(obstacle);
            Samples.store(archive, Samples.attempt("said later", "a@x"));
            assertThatThrownBy(() -> archive.destroy(Samples.bucket("default", Samples.START), Samples.order(Set.of())))
                    .isInstanceOf(ArchiveException.class).hasMessageContaining("log folder");
            Files.delete(obstacle);

            archive.outcome(old, Outcome.HANDED_ON);

            long patience = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (!archive.outcomes(List.of(old)).containsKey(old) && System.nanoTime() < patience) {
                Thread.onSpinWait();
            }
            assertThat(archive.outcomes(List.of(old))).containsEntry(old, Outcome.HANDED_ON);
            assertThat(archive.destroy(Samples.bucket("default", Samples.START), Samples.order(Set.of()))).isPresent();
        }
        Samples.assertVerifies(config);
    }

    /** The log's and the keys' files by name, with a hash of each. */
    private static Map<String, Integer> files(ArchiveConfig config) throws IOException {
        Map<String, Integer> hashes = new TreeMap<>();
        for (Path root : List.of(config.log(), config.keys())) {
            try (Stream<Path> all = Files.walk(root)) {
                for (Path file : all.filter(Files::isRegularFile).toList()) {
                    hashes.put(file.toString(), Arrays.hashCode(Files.readAllBytes(file)));
                }
            }
        }
        return hashes;
    }
}
