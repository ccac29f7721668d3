package im.chancery.core.config;

/**
 * A module that owns a part of the config file. Each module registers its one implementation in
 * {@code META-INF/services/im.chancery.core.config.Plugin}; the engine finds them with {@link java.util.ServiceLoader},
 * so that the schema, the reference page and {@code config check} know the options of every module that is there.
 * Implementations are public with a public constructor without arguments, hold no state and are safe from any thread.
 */
public interface Plugin {
    /** The options this module owns. Always the same. */
    PluginDescriptor descriptor();

    /**
     * Checks what a schema can't say: that a rule names a department that exists, that two options agree. Called after the
     * file has passed the schema, so that every option has its descriptor's type. Opens nothing: no file, no database, no
     * socket, so that a file can be judged on another machine.
     *
     * @param root the whole file; a plugin may look at other plugins' options, and reports only on its own
     * @throws ConfigException with every problem found
     */
    void check(ConfigNode root) throws ConfigException;
}
