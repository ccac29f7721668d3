package im.chancery.engine.extension;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Option;
import im.chancery.core.extension.Extension;
import im.chancery.engine.config.ConfigReader;
import im.chancery.engine.extension.RunningExtension.Failed;
import java.io.IOException;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.stream.Collectors;

/** Makes one extension from its jar: class, options, start; each step on a thread of its own, since it is the extension's code that runs. */
final class ExtensionStart {
    /** Where a jar names its class. */
    private static final String SERVICE = "META-INF/services/" + Extension.class.getName();
    private static final long LIMIT_SECONDS = 10;

    private final ExtensionOptions entry;
    private final JarLoader loader;
    private final ThreadPoolExecutor threads;

    private ExtensionStart(ExtensionOptions entry, JarLoader loader) {
        this.entry = entry;
        this.loader = loader;
        this.threads = RunningExtension.threads(entry);
    }

    /**
     * @param jar what was read of the entry's jar
     * @throws ConfigException if it can't be made, with the jar's path and the reason; its class loader is closed then
     */
    static RunningExtension of(ExtensionOptions entry, byte[] jar, ScheduledExecutorService timer) throws ConfigException {
        JarLoader loader = JarLoader.of(entry, jar);
        try {
            return new RunningExtension(entry, new ExtensionStart(entry, loader).start(), loader, timer);
        } catch (ConfigException e) {
            close(loader);
            throw e;
        }
    }

    private static void close(JarLoader loader) {
        try {
            loader.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Extension start() throws ConfigException {
        try {
            Extension extension = make();
            List<Option> options = run("options()", extension::options);
            List<ConfigProblem> problems = ConfigReader.problems(entry.own(), options);
            if (!problems.isEmpty()) {
                throw new ConfigException(problems);
            }
            run("start()", () -> {
                extension.start(entry.own());
                return null;
            });
            return extension;
        } finally {
            threads.shutdownNow();
        }
    }

    private Extension make() throws ConfigException {
        List<ServiceLoader.Provider<Extension>> found = run(SERVICE, () -> ServiceLoader.load(Extension.class, loader).stream().toList());
        if (found.size() != 1) {
            throw JarFolder.refused(entry, found.isEmpty() ? "which has no " + SERVICE + " that names a class"
                    : "which has " + found.size() + " extensions: " + found.stream().map(p -> p.type().getName()).collect(Collectors.joining(", ")));
        }
        return run("the constructor", () -> found.get(0).get());
    }

    private <T> T run(String what, java.util.concurrent.Callable<T> task) throws ConfigException {
        try {
            return RunningExtension.within(threads, loader, LIMIT_SECONDS, task);
        } catch (Failed e) {
            Throwable cause = e.getCause() instanceof ServiceConfigurationError && e.getCause().getCause() != null ? e.getCause().getCause() : e.getCause();
            if (cause instanceof ConfigException refused) {
                throw refused;
            }
            throw JarFolder.refused(entry, "whose " + what + " failed: " + cause);
        }
    }
}
