package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.SeenCheckpoint;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Checks a deployment's log as an auditor does: with the log folder, the public key and checkpoints kept from before. */
final class LogCheck {
    private LogCheck() {
    }

    /**
     * The log verifies and begins with every checkpoint seen before.
     *
     * @return the log's checkpoint, to be seen next time
     */
    static SeenCheckpoint consistent(Deployment chancery, List<SeenCheckpoint> seen, String what) {
        Path log = chancery.home().resolve("data/log");
        try {
            Verification verification = LogVerifier.verify(log, VerifierKey.parse(chancery.admin().verifierKey()), seen);
            assertThat(verification.consistent()).as(what + ": " + verification.text()).isTrue();
            return new SeenCheckpoint(what, Files.readString(log.resolve("checkpoint")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The command line says the same of the log folder, without an engine. */
    static void commandSaysSo(Deployment chancery, SeenCheckpoint seen) {
        Path output = chancery.home().resolve("verify.out");
        try {
            Path key = Files.writeString(chancery.home().resolve("verify.key"), chancery.admin().verifierKey() + "\n");
            Path checkpoint = Files.writeString(chancery.home().resolve("verify.seen"), seen.note());
            int status = EngineProcess.run(output, List.of("im.chancery.cli.Chancery", "verify", chancery.home().resolve("data/log").toString(),
                    key.toString(), "--seen", checkpoint.toString())).waitFor();
            assertThat(Files.readString(output)).containsIgnoringCase("consistent up to size");
            assertThat(status).isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
