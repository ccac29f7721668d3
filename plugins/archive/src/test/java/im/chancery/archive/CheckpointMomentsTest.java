package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.SeenCheckpoint;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The log over many tiles: wherever checkpoints and restarts fall, the files verify and every earlier checkpoint fits. The
 * integrator is fed with entries as a database would give them.
 */
class CheckpointMomentsTest {
    private static final int LARGE = 66_000;
    private static final int VERIFICATIONS = 300;

    @TempDir
    Path folder;

    @Property(tries = 12, shrinking = ShrinkingMode.BOUNDED)
    void wheneverCheckpointsAreMadeTheLogVerifies(@ForAll @Size(min = 1, max = 8) List<@IntRange(min = 1, max = 1_300) Integer> moments,
            @ForAll @IntRange(min = 0, max = 7) int restartAt) throws IOException {
        Path place = Files.createTempDirectory("moments");
        try {
            verifies(place, new TreeSet<>(moments).stream().toList(), restartAt);
        } finally {
            Samples.delete(place);
        }
    }

    @Test
    void moreThanAFullTileOfTilesShouldVerify() throws IOException {
        verifies(folder, List.of(1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 65_792, LARGE), 7);
    }

    /** An auditor may read the folder of a running engine, which clears partial tiles away between two looks at them. */
    @Test
    void aLogShouldVerifyWhileItGrows() throws Exception {
        KeyFolder keys = KeyFolder.open(folder.resolve("keys"), Samples.PASSWORD, "node-1", true, new Samples.Hands());
        NoteSigner signer = new NoteSigner("node-1", keys.root());
        VerifierKey key = VerifierKey.parse(signer.verifierKey());
        long[] committed = {1};
        LogIntegrator log = log(folder, signer, committed);
        log.resume(0);
        log.integrate();
        AtomicBoolean stop = new AtomicBoolean();
        CompletableFuture<Void> growing = CompletableFuture.runAsync(() -> {
            while (!stop.get()) {
                committed[0] += 100;
                log.integrate();
            }
        });
        try {
            List<SeenCheckpoint> seen = new ArrayList<>();
            for (int i = 0; i < VERIFICATIONS; i++) {
                String before = log.checkpoint();
                Verification verification = LogVerifier.verify(folder.resolve("log"), key, seen);
                assertThat(verification.findings()).as(verification.text()).isEmpty();
                seen = List.of(new SeenCheckpoint("the one before", before));
            }
        } finally {
            stop.set(true);
            growing.get(1, TimeUnit.MINUTES);
        }
    }

    private static void verifies(Path place, List<Integer> moments, int restartAt) throws IOException {
        KeyFolder keys = KeyFolder.open(place.resolve("keys"), Samples.PASSWORD, "node-1", true, new Samples.Hands());
        NoteSigner signer = new NoteSigner("node-1", keys.root());
        VerifierKey key = VerifierKey.parse(signer.verifierKey());
        long[] committed = new long[1];
        LogIntegrator log = log(place, signer, committed);
        log.resume(0);
        List<SeenCheckpoint> seen = new ArrayList<>();
        for (int i = 0; i < moments.size(); i++) {
            committed[0] = moments.get(i);
            String note = log.integrate();
            assertThat(note).startsWith("node-1\n" + moments.get(i) + "\n");
            seen.add(new SeenCheckpoint("checkpoint " + i, note));
            if (i == restartAt) {
                log = log(place, signer, committed);
                log.resume(committed[0]);
                assertThat(log.checkpoint()).isEqualTo(note);
            }
        }
        Verification verification = LogVerifier.verify(place.resolve("log"), key, seen);
        assertThat(verification.findings()).as(verification.text()).isEmpty();
        assertThat(verification.proven()).isEqualTo(committed[0]);
    }

    private static LogIntegrator log(Path place, NoteSigner signer, long[] committed) {
        return new LogIntegrator("node-1", new LogFolder(place.resolve("log")), new HighWaterMark(place.resolve("keys"), "node-1"), signer,
                new Samples.Hands(), (from, limit) -> entries(from, Math.min(limit, committed[0] - from)), () -> committed[0]);
    }

    private static List<byte[]> entries(long from, long count) {
        return IntStream.range(0, (int) count).mapToObj(i -> ByteBuffer.allocate(Sealing.ENTRY_LENGTH).put((byte) 1).putLong(from + i)
                .put("entry".getBytes(StandardCharsets.UTF_8)).array()).toList();
    }
}
