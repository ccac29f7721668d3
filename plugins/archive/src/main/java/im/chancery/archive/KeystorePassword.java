package im.chancery.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the keystore's password comes from. It is asked for once, when the archive is opened, and never logged. */
@FunctionalInterface
public interface KeystorePassword {
    /**
     * The password; the caller overwrites it after use.
     *
     * @throws ArchiveException if there is none
     */
    char[] read();

    /** The first line of a file. */
    static KeystorePassword ofFile(Path file) {
        return () -> {
            try {
                String text = Files.readString(file).lines().findFirst().orElse("");
                return required(text, "the first line of " + file);
            } catch (IOException e) {
                throw new ArchiveException("keystore password: can't read " + file, e);
            }
        };
    }

    /** An environment variable. */
    static KeystorePassword ofEnvironment(String variable) {
        return () -> required(System.getenv(variable), "environment variable " + variable);
    }

    private static char[] required(String text, String where) {
        if (text == null || text.isBlank()) {
            throw new ArchiveException("keystore password: " + where + " is empty");
        }
        return text.toCharArray();
    }
}
