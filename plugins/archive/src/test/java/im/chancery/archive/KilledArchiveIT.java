package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that appends is killed (SIGKILL) at a random moment, again and again: what was acknowledged is there. */
class KilledArchiveIT {
    private static final int ROUNDS = Integer.getInteger("chancery.kill.rounds", 10);

    @TempDir
    Path folder;

    @Test
    void whatWasAcknowledgedShouldSurviveKills() throws Exception {
        ArchiveConfig config = Samples.derby(folder);
        Random random = new Random();
        Map<Long, String> acknowledged = new HashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            int more = acknowledged.size() + 1 + random.nextInt(3_000);
            Process child = start(folder, 200, Integer.MAX_VALUE);
            try (BufferedReader out = child.inputReader(StandardCharsets.UTF_8)) {
                while (acknowledged.size() < more) {
                    note(acknowledged, out.readLine());
                }
                child.toHandle().destroyForcibly(); // Process.destroyForcibly would close the stream, with acknowledgements in it
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    note(acknowledged, line);
                }
            }
            assertThat(child.waitFor()).isEqualTo(137);
        }
        try (Archive archive = Archives.open(config, Clock.systemUTC())) {
            acknowledged.forEach((index, content) ->
                    assertThat(archive.open(new RecordId("node-1", index)).orElseThrow().record().content()).isEqualTo(content));
            AtomicLong attempts = new AtomicLong();
            archive.buckets().forEach(b -> archive.scan(b.id(), r -> {
                if (r.record().type() == RecordType.ATTEMPT) {
                    attempts.incrementAndGet();
                }
            }));
            assertThat(attempts.get()).isGreaterThanOrEqualTo(acknowledged.size());
        }
        try (Archive archive = Archives.open(config, Clock.systemUTC())) {
            Set<RecordId> ids = acknowledged.keySet().stream().map(i -> new RecordId("node-1", i)).collect(Collectors.toSet());
            Map<RecordId, Outcome> outcomes = archive.outcomes(ids);
            assertThat(outcomes.keySet().equals(ids)).as("each has an outcome").isTrue(); // AssertJ would compare each with each
        }
        Samples.assertVerifies(config);
        System.out.printf("kill: %d rounds of an archive, %,d records acknowledged%n", ROUNDS, acknowledged.size());
    }

    private static void note(Map<Long, String> acknowledged, String line) throws IOException {
        if (line == null) {
            throw new IOException("the child ended by itself");
        }
        String[] parts = line.split(" ", 3);
        if (parts[0].equals("ACK") && parts.length == 3 && parts[2].matches("number \\d+ of \\d+")) {
            acknowledged.put(Long.parseLong(parts[1]), parts[2]);
        }
    }

    private static Process start(Path folder, int inFlight, int count) throws IOException {
        File log = Files.createTempFile(folder, "child", ".log").toFile();
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-cp",
                System.getProperty("java.class.path"), AppendingChild.class.getName(), folder.toString(),
                Integer.toString(inFlight), Integer.toString(count), "safe").redirectError(log).start();
    }
}
