package im.chancery.tests.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * A Chancery engine in a Java process of its own, run from the distribution that {@code mvn package} leaves. It can be
 * stopped, killed and started again with its data. For one thread.
 */
public final class EngineProcess implements AutoCloseable {
    private static final String MAIN = "im.chancery.host.prosody.ProsodyEngine";
    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

    private final Path config;
    private final Path log;
    private final Callable<Boolean> ready;
    private List<String> wrapper = List.of();
    private String main = MAIN;
    private String classPath = "";
    private Process process;

    /**
     * An engine that is not started yet.
     *
     * @param config its config file; its output goes to {@code engine.log} beside it
     * @param ready  tells whether it serves
     */
    public EngineProcess(Path config, Callable<Boolean> ready) {
        this.config = config.toAbsolutePath();
        this.log = this.config.resolveSibling("engine.log");
        this.ready = ready;
    }

    /** From its next start on it runs under a command that becomes it, such as {@code strace -D} or {@code env}; none: alone. */
    public EngineProcess under(String... command) {
        wrapper = List.of(command);
        return this;
    }

    /** From its next start on it runs another main class, from this folder of classes and the distribution. */
    public EngineProcess with(Class<?> mainClass, Path classes) {
        main = mainClass.getName();
        classPath = classes + ":";
        return this;
    }

    /** Starts it, again or for the first time, and returns once it serves. */
    public void start() {
        launch();
        Deadline.await("the engine serves", START_LIMIT, () -> {
            if (!process.isAlive()) {
                throw new AssertionError("the engine ended with " + process.exitValue() + ":\n" + log());
            }
            return isReady();
        });
    }

    /** Whether it serves, wherever it runs. */
    boolean isReady() throws Exception {
        return ready.call();
    }

    /** Its config file. */
    Path config() {
        return config;
    }

    /** Starts it and returns at once. */
    public void launch() {
        process = run(log, wrapper, classPath + distribution() + "/*", List.of(main, "--config", config.toString()));
    }

    /** The process id while it runs. */
    public long pid() {
        return process.pid();
    }

    /** Whether it runs. */
    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** All that it has logged since it was made. */
    public String log() {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asks it to stop (SIGTERM) and gives its exit code. */
    public int stop() {
        process.destroy();
        return awaitExit(STOP_LIMIT);
    }

    /** Kills it with SIGKILL and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitExit(STOP_LIMIT);
    }

    /** Freezes it (SIGSTOP) until {@link #thaw}. */
    public void freeze() {
        Signals.send(process, "STOP");
    }

    /** Lets it go on (SIGCONT). */
    public void thaw() {
        Signals.send(process, "CONT");
    }

    /** Has it take its config file anew (SIGHUP); returns at once. */
    public void reload() {
        Signals.send(process, "HUP");
    }

    /** Waits for its end and gives its exit code. */
    public int awaitExit(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("the engine did not end within " + limit + ":\n" + log());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        if (isAlive()) {
            kill();
        }
    }

    /** Runs a main class of the distribution; its output is appended to a file. */
    static Process run(Path output, List<String> mainAndArguments) {
        return run(output, List.of(), distribution() + "/*", mainAndArguments);
    }

    /** The same, under a command and with another class path. */
    static Process run(Path output, List<String> wrapper, String classPath, List<String> mainAndArguments) {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of("env", "--default-signal=HUP")); // Java takes no SIGHUP where whoever started the tests ignores it, as nohup does
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + repository().resolve("config/jvm.options"), "-cp", classPath));
        command.addAll(mainAndArguments);
        try {
            return new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile())).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a main class of these tests under a command; it says nothing. */
    static Process runHere(List<String> wrapper, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(wrapper);
        String classes = Path.of(main.getProtectionDomain().getCodeSource().getLocation().getPath()).toString();
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m", "-XX:+UseSerialGC", "-cp", classes, main.getName()));
        command.addAll(List.of(arguments));
        try {
            return new ProcessBuilder(command).inheritIO().start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The folder of jars that is shipped: {@code plugins/cli/target/dist/lib} of this checkout. */
    static Path distribution() {
        Path lib = repository().resolve("plugins/cli/target/dist/lib");
        if (!Files.isDirectory(lib)) {
            throw new AssertionError("no distribution in " + lib + ": build with mvn package first, or run scripts/test");
        }
        return lib;
    }

    /** The checkout's root, found upwards from where the tests run. */
    public static Path repository() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(folder.resolve("plugins/core"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new AssertionError("not inside a Chancery checkout: " + Path.of("").toAbsolutePath());
            }
        }
        return folder;
    }
}
