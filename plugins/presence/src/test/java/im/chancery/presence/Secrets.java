package im.chancery.presence;

import im.chancery.core.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Secrets for tests. */
final class Secrets {
    static final Secret OURS = of("the secret of the cluster under test");
    static final Secret ANOTHER = of("a secret that somebody else has chosen");

    private Secrets() {
    }

    private static Secret of(String text) {
        try {
            Path file = Files.createTempFile("presence", ".secret",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, text);
            Secret secret = Secret.read(file);
            Files.delete(file);
            return secret;
        } catch (IOException e) {
            throw new IllegalStateException("a secret can't be written", e);
        }
    }
}
