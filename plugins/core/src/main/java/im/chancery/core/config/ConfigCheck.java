package im.chancery.core.config;

import java.nio.file.Path;
import java.util.List;

/**
 * Judges a config file without starting anything. The engine provides it through {@link java.util.ServiceLoader}, so that
 * the command line needs the engine only at run time.
 */
public interface ConfigCheck {
    /**
     * Everything that is wrong with a file, in the order of their places; empty where the engine would start with it. A
     * file that can't be read is one problem. Never throws for what stands in the file.
     */
    List<ConfigProblem> check(Path file);
}
