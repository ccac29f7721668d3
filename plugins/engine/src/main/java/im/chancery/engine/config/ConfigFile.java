package im.chancery.engine.config;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import java.nio.file.Path;

/**
 * A config file as it was at one moment: read once, so that what is recorded is what is in force.
 *
 * @param path where it is
 * @param text its text; no secret is in it
 * @param root what it says, checked by all modules
 */
public record ConfigFile(Path path, String text, ConfigNode root) {
    /** Reads a file for all modules on the class path, and lets each check what it means. */
    public static ConfigFile read(Path path) throws ConfigException {
        String text = YamlText.read(path);
        return new ConfigFile(path, text, ConfigReader.read(path, text));
    }
}
