package im.chancery.engine.extension;

import im.chancery.core.Decision;
import im.chancery.core.Exchange;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/**
 * The extensions of one config, asked all at once about each exchange. Safe for many threads; asking never blocks, and every question has its
 * answer within the longest deadline.
 */
public final class Extensions implements AutoCloseable {
    private final Object config;
    private final List<RunningExtension> running;
    private final Map<String, String> jars;
    private final ScheduledThreadPoolExecutor timer;
    private int asked;
    private boolean closed;

    private Extensions(Object config, List<RunningExtension> running, Map<String, String> jars, ScheduledThreadPoolExecutor timer) {
        this.config = config;
        this.running = List.copyOf(running);
        this.jars = jars;
        this.timer = timer;
    }

    /** None at all. */
    public static Extensions none() {
        return new Extensions(List.of(), List.of(), Map.of(), null);
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
        Object config = content(root);
        if (entries.isEmpty() && problems.isEmpty()) {
            return new Extensions(config, List.of(), Map.of(), null);
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
                byte[] jar = JarFolder.read(entry); // once: what the hash is of is what runs
                jars.put(entry.name(), JarFolder.hash(jar));
                running.add(ExtensionStart.of(entry, jar, timer));
            } catch (ConfigException e) {
                problems.addAll(e.problems());
            }
        }
        Extensions extensions = new Extensions(config, running, jars, timer);
        if (!problems.isEmpty()) {
            extensions.close();
            throw new ConfigException(problems);
        }
        return extensions;
    }

    /** Whether a config names the same extensions with the same options, and their jars are the same still. */
    public boolean areOf(ConfigNode root) {
        try {
            List<ExtensionOptions> entries = ExtensionOptions.read(root);
            if (!config.equals(content(root)) || !JarFolder.strangers(root, entries).isEmpty()) {
                return false;
            }
            for (ExtensionOptions entry : entries) {
                if (!JarFolder.hash(JarFolder.read(entry)).equals(jars.get(entry.name()))) {
                    return false;
                }
            }
            return true;
        } catch (ConfigException e) {
            return false; // loading them says why
        }
    }

    private static Object content(ConfigNode root) {
        return root.get("extensions").map(ConfigNode::content).orElse(Map.of());
    }

    /**
     * Asks all that take this kind, and adds what they say to the roles' decision.
     *
     * @return what never completes exceptionally, and is complete already where none is asked; empty once they are closed
     */
    public Optional<CompletionStage<Judged>> judge(Exchange exchange, Decision roles) {
        if (running.isEmpty()) {
            return Optional.of(CompletableFuture.completedFuture(Judged.of(roles)));
        }
        List<RunningExtension> taking = running.stream().filter(extension -> extension.takes(exchange.kind())).toList();
        if (taking.isEmpty()) {
            return Optional.of(CompletableFuture.completedFuture(Judged.of(roles)));
        }
        if (!begin()) {
            return Optional.empty();
        }
        List<CompletableFuture<Answer>> answers = taking.stream().map(extension -> extension.ask(exchange, roles)).toList();
        return Optional.of(CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).thenApply(all -> {
            end();
            return Judged.of(roles, answers.stream().map(CompletableFuture::join).toList());
        }));
    }

    private synchronized boolean begin() {
        asked += closed ? 0 : 1;
        return !closed;
    }

    private synchronized void end() {
        asked--;
        notifyAll();
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

    /** Asks no more, waits for the answers to what was asked, which all come within the longest deadline, and closes them. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return; // both the config in force and the engine close them
            }
            closed = true;
            try {
                while (asked > 0) {
                    wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        running.forEach(RunningExtension::close);
        if (timer != null) {
            timer.shutdownNow();
        }
    }
}
