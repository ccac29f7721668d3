package im.chancery.core.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A secret: text that came from a file only its owner may touch, or from an environment variable. A config file never holds
 * one itself; its option holds the file's path, or {@code env:NAME}. {@link #toString()} doesn't tell it.
 */
public final class Secret {
    /** What an option that leads to a secret takes, as a phrase for an error message. */
    public static final String ALLOWED = "a file that only its owner can read or write (chmod 600), or env:NAME";

    private static final String ENVIRONMENT = "env:";
    private static final int MAXIMUM_BYTES = 64 * 1024;
    private static final Set<PosixFilePermission> OWNERS =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private final String text;

    private Secret(String text) {
        this.text = text;
    }

    /**
     * Reads the secret an option leads to: a path, relative to the config file's folder, or {@code env:NAME}. One line end at
     * the secret's end isn't part of it. The error doesn't repeat what the option says: it may be the secret itself, written in
     * the wrong place.
     *
     * @param option  the option, such as {@code secret-file}
     * @param minimum the least number of characters
     * @throws ConfigException at the option's place, where the secret isn't there, is too short, or others may read it
     */
    public static Secret at(ConfigNode option, int minimum) throws ConfigException {
        return at(option, minimum, System::getenv);
    }

    static Secret at(ConfigNode option, int minimum, UnaryOperator<String> environment) throws ConfigException {
        String where = option.text();
        if (where.startsWith(ENVIRONMENT)) {
            String value = environment.apply(where.substring(ENVIRONMENT.length()));
            if (value == null) {
                throw new ConfigException(option.problem("a variable that isn't set", ALLOWED));
            }
            return longEnough(option, new Secret(withoutLineEnd(value)), minimum);
        }
        try {
            return longEnough(option, read(option.file()), minimum);
        } catch (NoSuchFileException e) {
            throw new ConfigException(option.problem("a file that doesn't exist", ALLOWED));
        } catch (FileSystemException e) {
            String why = e.getReason();
            throw new ConfigException(option.problem(why == null ? "a file that can't be read" : why, ALLOWED));
        } catch (IOException | InvalidPathException e) {
            throw new ConfigException(option.problem("a file that can't be read", ALLOWED));
        }
    }

    /**
     * Reads a secret from a file.
     *
     * @throws NoSuchFileException where there is none
     * @throws FileSystemException where it isn't a file, isn't UTF-8, is longer than 64 KiB, or group or others have any right on it; the reason says which
     * @throws IOException         where reading fails
     */
    public static Secret read(Path file) throws IOException {
        refuseIfShared(file);
        byte[] bytes;
        try (var in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAXIMUM_BYTES + 1);
        }
        if (bytes.length > MAXIMUM_BYTES) {
            throw unfit(file, "a file of more than " + MAXIMUM_BYTES + " bytes");
        }
        try {
            return new Secret(withoutLineEnd(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString()));
        } catch (CharacterCodingException e) {
            throw unfit(file, "a file that is not UTF-8 text");
        }
    }

    private static void refuseIfShared(Path file) throws IOException {
        var view = Files.getFileAttributeView(file, PosixFileAttributeView.class, new LinkOption[0]);
        if (view == null) {
            throw unfit(file, "a file on a file system without owners' rights");
        }
        var attributes = view.readAttributes();
        if (!attributes.isRegularFile()) {
            throw unfit(file, "something that is not a file");
        }
        if (!OWNERS.containsAll(attributes.permissions())) {
            throw unfit(file, "a file that others may touch (" + PosixFilePermissions.toString(attributes.permissions()) + ")");
        }
    }

    private static FileSystemException unfit(Path file, String why) {
        return new FileSystemException(file.toString(), null, why);
    }

    private static Secret longEnough(ConfigNode option, Secret secret, int minimum) throws ConfigException {
        int length = secret.text.length();
        if (length < minimum) {
            throw new ConfigException(option.problem("a secret of " + length + " characters", "at least " + minimum + " characters"));
        }
        return secret;
    }

    private static String withoutLineEnd(String text) {
        int end = text.length();
        if (end > 0 && text.charAt(end - 1) == '\n') {
            end--;
        }
        if (end > 0 && text.charAt(end - 1) == '\r') {
            end--;
        }
        return text.substring(0, end);
    }

    /** The secret as UTF-8, a new array each time. */
    public byte[] bytes() {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The secret's characters, a new array each time. */
    public char[] chars() {
        return text.toCharArray();
    }

    /** Says nothing of the secret. */
    @Override
    public String toString() {
        return "(secret)";
    }
}
