package im.chancery.engine.extension;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The folder of jars, before any of them is run. */
final class JarFolder {
    private static final String ALLOWED = "a jar with one extension and all that it needs in it, which only its owner may change";

    private JarFolder() {
    }

    /** A problem for each jar that no entry names, and for a folder that can't be looked into; none where there is no folder. */
    static List<ConfigProblem> strangers(ConfigNode root, List<ExtensionOptions> entries) {
        ConfigNode place = root.get("extensions").orElse(root);
        Path folder = ExtensionOptions.folder(root);
        if (!Files.exists(folder)) {
            return List.of();
        }
        Set<Path> known = entries.stream().map(ExtensionOptions::file).collect(Collectors.toSet());
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".jar") && !known.contains(file)).sorted()
                    .map(file -> new ConfigProblem(place.position(), "extensions.use", "no entry for " + file, "an entry for each jar of that folder; take out what isn't used"))
                    .toList();
        } catch (IOException e) {
            return List.of(new ConfigProblem(place.position(), "extensions.folder", folder + ", which can't be looked into", "a folder of jars"));
        }
    }

    /** What the jar is now. Refuses one that anybody may change, for whoever can has all the engine's rights. */
    static byte[] read(ExtensionOptions entry) throws ConfigException {
        Path jar = entry.file();
        try {
            for (Path path : List.of(jar, jar.getParent())) {
                if (Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_WRITE)) {
                    throw refused(entry, "which everybody may write to: " + path);
                }
            }
            return Files.readAllBytes(jar);
        } catch (NoSuchFileException e) {
            throw refused(entry, "which is not there");
        } catch (IOException e) {
            throw refused(entry, "which can't be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    /** The SHA-256 in hexadecimal of what was read. */
    static String hash(byte[] jar) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(jar));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static ConfigException refused(ExtensionOptions entry, String why) {
        return new ConfigException(entry.jar().problem(entry.file() + ", " + why, ALLOWED));
    }
}
