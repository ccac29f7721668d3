package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.VerifierKey;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** The offline verification that every test of an archive ends with. */
public final class LogCheck {
    private LogCheck() {
    }

    /** Fails unless the closed archive's log proves itself. */
    public static void assertConsistent(ArchiveConfig config) throws IOException {
        VerifierKey key = VerifierKey.parse(Files.readString(config.verifierKey()).strip());
        assertThat(LogVerifier.verify(config.log(), key, List.of()).findings()).isEmpty();
    }
}
