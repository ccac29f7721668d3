package im.chancery.engine.extension;

import im.chancery.core.Decision;
import im.chancery.core.Exchange;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/**
 * The extensions of one config, asked all at once about each exchange. Safe for many threads; asking never blocks, and every question has its
 * answer within the longest deadline.
 */
public final class Extensions implements AutoCloseable {
    private final List<RunningExtension> running;
    private final Map<String, String> jars;
    private final ScheduledThreadPoolExecutor timer;

    private Extensions(List<RunningExtension> running, Map<String, String> jars, ScheduledThreadPoolExecutor timer) {
        this.running = List.copyOf(running);
        this.jars = jars;
        this.timer = timer;
    }

    /** None at all. */
    public static Extensions none() {
        return new Extensions(List.of(), Map.of(), null);
    }

    /**
     * Loads and starts all that a config names.
     *
     * @param root a config that {@link ExtensionsPlugin} has checked
     * @throws ConfigException with everything that is wrong: a jar that is missing, broken or named by no entry, options that an extension
     *                         doesn't take, one that can't start. None runs then
     */
    public static Extensions load(ConfigNode root) throws ConfigException {
        List<ExtensionOptions> entries = ExtensionOptions.read(root);
        List<ConfigProblem> problems = new ArrayList<>(JarFolder.strangers(root, entries));
        if (entries.isEmpty() && problems.isEmpty()) {
            return none();
        }
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "extension-deadlines");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        List<RunningExtension> running = new ArrayList<>();
        Map<String, String> jars = new TreeMap<>();
        for (ExtensionOptions entry : entries) {
            try {
                jars.put(entry.name(), JarFolder.hash(entry));
                running.add(ExtensionStart.of(entry, timer));
            } catch (ConfigException e) {
                problems.addAll(e.problems());
            }
        }
        Extensions extensions = new Extensions(running, jars, timer);
        if (!problems.isEmpty()) {
            extensions.close();
            throw new ConfigException(problems);
        }
        return extensions;
    }

    /**
     * Asks all that take this kind, and adds what they say to the roles' decision. Never completes exceptionally; complete already where none is
     * asked.
     */
    public CompletionStage<Judged> judge(Exchange exchange, Decision roles) {
        List<CompletableFuture<Answer>> asked = new ArrayList<>();
        for (RunningExtension extension : running) {
            if (extension.takes(exchange.kind())) {
                asked.add(extension.ask(exchange, roles));
            }
        }
        if (asked.isEmpty()) {
            return CompletableFuture.completedFuture(Judged.of(roles));
        }
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .thenApply(all -> Judged.of(roles, asked.stream().map(CompletableFuture::join).toList()));
    }

    /** Their names, in the config's order. */
    public List<String> names() {
        return running.stream().map(RunningExtension::name).toList();
    }

    /** Those whose last answer was none. */
    public List<String> failing() {
        return running.stream().filter(RunningExtension::isFailing).map(RunningExtension::name).toList();
    }

    /** The SHA-256 of each one's jar in hexadecimal, by its name. */
    public Map<String, String> jars() {
        return jars;
    }

    /** Closes them. Whoever is asked from now on fails; close when nothing waits for an answer. */
    @Override
    public void close() {
        running.forEach(RunningExtension::close);
        if (timer != null) {
            timer.shutdownNow();
        }
    }
}
