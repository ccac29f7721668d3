package im.chancery.engine.config;

import im.chancery.core.config.ConfigCheck;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigProblem;
import java.nio.file.Path;
import java.util.List;

/** What {@code chancery config check} asks: the same reading that the engine starts with. */
public final class FileCheck implements ConfigCheck {
    @Override
    public List<ConfigProblem> check(Path file) {
        try {
            ConfigReader.read(file);
            return List.of();
        } catch (ConfigException e) {
            return e.problems();
        }
    }
}
