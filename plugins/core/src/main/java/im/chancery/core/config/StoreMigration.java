package im.chancery.core.config;

import java.nio.file.Path;

/**
 * Moves a stopped node's archive to another database. The engine provides it through {@link java.util.ServiceLoader}, so that the
 * command line needs the engine only at run time.
 */
public interface StoreMigration {
    /**
     * Copies and verifies, or changes nothing.
     *
     * @param from the config file that the node has run with
     * @param to   the config file that it is to run with: the same node and folders, another {@code archive.store}
     * @return one line that says what was copied and verified
     * @throws ConfigException  with everything that is wrong in one of the files
     * @throws RuntimeException whose message says why nothing was copied
     */
    String migrate(Path from, Path to) throws ConfigException;
}
