package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.RecordsVerifier;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk gives back other bytes than were written: of Derby's pages, or of the log's tiles. What is read is right, or it is said that it can't be. */
class CorruptPageTest {
    private static final int RECORDS = 300;
    private static final int ROUNDS = Boolean.getBoolean("chancery.long") ? 300 : 20;
    private static final int PAGE = 4_096;

    @TempDir
    Path folder;
    private final Samples.Hands clock = new Samples.Hands();
    private final Map<RecordId, String> contents = new HashMap<>();
    private ArchiveConfig whole;

    @BeforeEach
    void fill() {
        whole = Samples.derby(folder.resolve("whole"));
        try (Archive archive = Archives.open(whole, clock)) {
            List<NewRecord> records = IntStream.range(0, RECORDS).mapToObj(i -> Samples.attempt("said " + i + " " + "x".repeat(500), "a@x")).toList();
            List<RecordId> ids = Samples.store(archive, records);
            IntStream.range(0, RECORDS).forEach(i -> contents.put(ids.get(i), records.get(i).content()));
        }
    }

    @Test
    void aCorruptPageOfTheDatabaseShouldNeverBeReadAsIfItWereWhole() throws Exception {
        Random random = new Random(7);
        List<Path> files = largest(whole.data().resolve("db/seg0"));
        int told = 0;
        for (int round = 0; round < ROUNDS; round++) {
            ArchiveConfig damaged = copy(round);
            Path file = damaged.data().resolve(whole.data().relativize(files.get(random.nextInt(files.size()))));
            long at = flip(file, random);
            String where = "round " + round + ", byte " + at + " of " + file.getFileName();
            Map<String, Integer> before = hashes(damaged);
            String verified = verify(damaged);
            assertThat(hashes(damaged)).as(where).isEqualTo(before);
            boolean refused = readAll(damaged, where);
            told += refused || !verified.isEmpty() ? 1 : 0;
            Samples.delete(damaged.data().getParent());
        }
        assertThat(told).as("rounds in which it was noticed").isGreaterThan(ROUNDS / 3);
    }

    @Test
    void aCorruptTileShouldBeFoundAndNamed() throws Exception {
        Random random = new Random(7);
        List<Path> tiles;
        try (Stream<Path> all = Files.walk(whole.log())) {
            tiles = all.filter(Files::isRegularFile).sorted().toList();
        }
        for (int round = 0; round < tiles.size(); round++) {
            ArchiveConfig damaged = copy(round);
            Path file = damaged.data().resolve(whole.data().relativize(tiles.get(round)));
            flip(file, random);
            Map<String, Integer> before = hashes(damaged);
            assertThat(verify(damaged)).as(file.toString()).isNotEmpty();
            assertThat(hashes(damaged)).as(file.toString()).isEqualTo(before);
            Samples.delete(damaged.data().getParent());
        }
    }

    private ArchiveConfig copy(int round) throws IOException {
        Path home = folder.resolve("damaged" + round);
        Samples.copy(folder.resolve("whole"), home);
        return Samples.derby(home);
    }

    /** The files with nearly all pages, so that most rounds hit one that is used. */
    private static List<Path> largest(Path segment) throws IOException {
        try (Stream<Path> files = Files.list(segment)) {
            List<Path> all = new ArrayList<>(files.sorted((a, b) -> Long.compare(size(b), size(a))).toList());
            return all.subList(0, 4);
        }
    }

    private static long size(Path file) {
        return file.toFile().length();
    }

    /** Eight bytes that are there no more, at a place behind the file's first page. */
    private static long flip(Path file, Random random) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            long from = open.length() > 2 * PAGE ? PAGE : 0;
            long at = from + (long) (random.nextDouble() * (open.length() - from - 8));
            open.seek(at);
            byte[] bytes = new byte[8];
            open.readFully(bytes);
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] ^= (byte) (1 + random.nextInt(255));
            }
            open.seek(at);
            open.write(bytes);
            return at;
        }
    }

    /** What the verifier says is wrong; empty if nothing. */
    private static String verify(ArchiveConfig config) throws IOException {
        VerifierKey key = VerifierKey.parse(Files.readString(config.verifierKey()).strip());
        Verification log = LogVerifier.verify(config.log(), key, List.of());
        try (Connection connection = DriverManager.getConnection("jdbc:derby:" + config.data().resolve("db"))) {
            Verification found = RecordsVerifier.verify(config.log(), key, log, connection);
            return found.consistent() ? "" : found.text();
        } catch (SQLException e) {
            return e.getMessage();
        } finally {
            shutDown(config);
        }
    }

    private static void shutDown(ArchiveConfig config) {
        try {
            DriverManager.getConnection("jdbc:derby:" + config.data().resolve("db") + ";shutdown=true").close();
        } catch (SQLException e) {
            assertThat(e.getSQLState()).isIn("08006", "XJ001", "XJ004"); // shut down now, or not whole enough for that, or with the error already
        }
    }

    /** @return whether anything was refused; what isn't, is right */
    private boolean readAll(ArchiveConfig config, String where) {
        boolean refused = false;
        try (Archive archive = Archives.open(config, clock)) {
            for (Map.Entry<RecordId, String> each : contents.entrySet()) {
                try {
                    assertThat(archive.open(each.getKey()).orElseThrow().record().content()).as(where).isEqualTo(each.getValue());
                } catch (ArchiveException e) {
                    refused = true;
                }
            }
            try {
                assertThat(Samples.contents(archive.find(Samples.with("a@x")))).as(where).hasSize(RECORDS);
            } catch (ArchiveException e) {
                refused = true;
            }
        } catch (ArchiveException e) {
            refused = true;
        }
        return refused;
    }

    /** The log's and the keys' files by name, with a hash of each. */
    private static Map<String, Integer> hashes(ArchiveConfig config) throws IOException {
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
