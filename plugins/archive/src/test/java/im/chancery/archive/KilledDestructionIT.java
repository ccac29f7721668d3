package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.RecordsVerifier;
import im.chancery.archive.verify.VerifierKey;
import im.chancery.core.RecordId;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process is killed (SIGKILL) somewhere in a destruction, several times: each is finished at the next start, once. */
class KilledDestructionIT {
    private static final int ROUNDS = Math.max(1, Integer.getInteger("chancery.kill.rounds", 10) / 3);
    /** A child gets so many days for itself, that is buckets. */
    private static final int DAYS = 1_000;

    @TempDir
    Path folder;
    private final Random random = new Random();
    /** The first leaf of the records in each bucket that was, or was going to be, destroyed. */
    private final Map<BucketId, Long> buckets = new TreeMap<>();

    @Test
    void destructionsShouldBeFinishedAfterKills() throws Exception {
        ArchiveConfig config = Samples.derby(folder);
        for (int round = 0; round < ROUNDS; round++) {
            killADestroyingChild(round);
        }
        Samples.Hands clock = new Samples.Hands();
        clock.move(Duration.ofDays((long) DAYS * ROUNDS));
        try (Archive archive = Archives.open(config, clock)) {
            for (Map.Entry<BucketId, Long> bucket : buckets.entrySet()) {
                if (archive.buckets().stream().anyMatch(b -> b.id().equals(bucket.getKey()) && b.state() == BucketState.LIVE)) {
                    archive.destroy(bucket.getKey(), Samples.order(Set.of(bucket.getValue() + 7, bucket.getValue() + 8))); // it was never decided
                }
                judge(archive, config, bucket.getKey(), bucket.getValue());
            }
            assertThat(archive.certificates()).hasSize(buckets.size()).doesNotHaveDuplicates();
        }
        var database = Databases.open(config);
        try (database; Connection connection = database.getConnection()) {
            VerifierKey key = VerifierKey.parse(Files.readString(config.verifierKey()));
            assertThat(RecordsVerifier.verify(config.log(), key, LogVerifier.verify(config.log(), key, java.util.List.of()), connection).findings()).isEmpty();
        } finally {
            Databases.shutDown(config);
        }
        System.out.printf("kill: %d rounds of a destruction, %,d buckets destroyed%n", ROUNDS, buckets.size());
    }

    private static void judge(Archive archive, ArchiveConfig config, BucketId bucket, long first) {
        for (int i = 0; i < 60; i++) {
            RecordId id = new RecordId("node-1", first + i);
            if (i == 7 || i == 8) {
                assertThat(archive.open(id).orElseThrow().record().content()).isEqualTo("said " + i);
            } else {
                assertThatThrownBy(() -> archive.open(id)).as("%s of %s", id, bucket).isInstanceOf(ArchiveException.Destroyed.class);
            }
        }
        assertThat(archive.certificates().stream().filter(c -> c.contains("\nbucket " + bucket + "\n"))).as("certificates of %s", bucket).hasSize(1);
        assertThat(config.keys().resolve("buckets/node-1/" + bucket + ".key")).doesNotExist();
    }

    /** Lets a child destroy one or more, and kills it at a random moment of the next: within the time that the first one took. */
    private void killADestroyingChild(int round) throws Exception {
        Process child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-cp",
                System.getProperty("java.class.path"), DestroyingChild.class.getName(), folder.toString(), Integer.toString(round * DAYS))
                .redirectError(Files.createTempFile(folder, "child", ".log").toFile()).start();
        try (BufferedReader out = child.inputReader(StandardCharsets.UTF_8)) {
            assertThat(destroyed(out)).as("under way").isFalse();
            long begun = System.nanoTime();
            assertThat(destroyed(out)).as("over").isTrue();
            long took = System.nanoTime() - begun;
            assertThat(destroyed(out)).as("the next under way").isFalse();
            long moment = System.nanoTime() + random.nextLong(took);
            while (System.nanoTime() < moment) {
                Thread.onSpinWait();
            }
            child.toHandle().destroyForcibly(); // Process.destroyForcibly would close the stream, with lines in it
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                note(line);
            }
        }
        assertThat(child.waitFor()).isEqualTo(137);
    }

    /** Reads on to the next destruction that begins or ends. @return whether it is over */
    private boolean destroyed(BufferedReader out) throws IOException {
        while (true) {
            String line = out.readLine();
            if (line == null) {
                throw new IOException("the child ended by itself");
            }
            if (note(line)) {
                return line.startsWith("DESTROYED");
            }
        }
    }

    /** @return whether the line is one of those that count: there are log lines too */
    private boolean note(String line) {
        String[] parts = line.split(" ");
        boolean counts = parts.length == 3 && (parts[0].equals("BUCKET") || parts[0].equals("DESTROYED"));
        if (counts) {
            buckets.put(BucketId.parse(parts[1]), Long.parseLong(parts[2]));
        }
        return counts;
    }
}
