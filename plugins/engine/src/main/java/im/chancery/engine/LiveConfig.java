package im.chancery.engine;

import im.chancery.archive.ArchiveException;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Option;
import im.chancery.engine.admin.ConfigInForce;
import im.chancery.engine.config.ConfigFile;
import im.chancery.engine.config.ConfigReader;
import im.chancery.retention.ArchivedRetention;
import im.chancery.roles.RolesPolicy;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The config in force, and how the file takes its place while the engine runs: whole or not at all. A new one decides nothing before its record
 * is on stable storage. Safe for many threads; one reload at a time.
 */
final class LiveConfig implements ConfigInForce, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LiveConfig.class);
    private static final Set<String> LIVE = ConfigReader.plugins().stream().flatMap(plugin -> plugin.descriptor().options().stream())
            .filter(Option::live).map(Option::name).collect(Collectors.toSet());

    private final RecordingGate gate;
    private final ArchivedRetention retention;
    private final NodeRecords records;
    private final Clock clock;
    /** Whether the record of a config that was not taken may be stored all the same, or will be: who waited for it has given up. */
    private boolean inDoubt;
    private volatile ConfigTaken taken;
    private volatile State state;
    private boolean closed;

    /** {@code started} is what gate and retention have been made with. */
    LiveConfig(ConfigTaken started, RecordingGate gate, ArchivedRetention retention, NodeRecords records, Clock clock) {
        this.taken = started;
        this.gate = gate;
        this.retention = retention;
        this.records = records;
        this.clock = clock;
        this.state = new State(clock.instant(), Optional.empty());
    }

    @Override
    public RolesPolicy policy() {
        return taken.policy();
    }

    @Override
    public List<String> extensions() {
        return taken.extensions().names();
    }

    @Override
    public List<String> failingExtensions() {
        return taken.extensions().failing();
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public synchronized Optional<String> reload(String by) throws ConfigException {
        ConfigTaken before = taken;
        try {
            if (closed) {
                throw new ArchiveException("the engine is stopping");
            }
            ConfigFile file = ConfigFile.read(before.file().path());
            if (file.text().equals(before.file().text()) && before.extensions().areOf(file.root())) {
                if (inDoubt) {
                    records.configChanged(before, "nothing: the config of the record before was not taken", by);
                    inDoubt = false;
                }
                state.refused().ifPresent(problem -> LOG.info("the config file is again what the engine runs with"));
                state = new State(state.since(), Optional.empty());
                return Optional.empty();
            }
            return Optional.of(take(before, next(before, file), by));
        } catch (ConfigException e) {
            refused(e.problems(), by);
            throw e;
        } catch (ArchiveException e) {
            LOG.error("the new config can't be recorded, so it isn't taken, and the one before stays in force: {}", e.getMessage());
            state = new State(state.since(), Optional.of("it could not be recorded"));
            throw e;
        }
    }

    private static ConfigTaken next(ConfigTaken before, ConfigFile file) throws ConfigException {
        List<ConfigProblem> problems = ConfigChanges.needRestart(before.file().root(), file.root(), LIVE);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return before.extensions().areOf(file.root()) ? ConfigTaken.from(file, before.extensions()) : ConfigTaken.from(file);
    }

    private String take(ConfigTaken before, ConfigTaken next, String by) {
        boolean otherExtensions = next.extensions() != before.extensions();
        String changes = ConfigChanges.line(before.file().root(), next.file().root());
        String jars = before.extensions().jars().entrySet().stream()
                .filter(jar -> !next.extensions().jars().getOrDefault(jar.getKey(), jar.getValue()).equals(jar.getValue())).map(Map.Entry::getKey).collect(Collectors.joining(" "));
        if (!jars.isEmpty()) {
            changes = changes.equals(ConfigChanges.NOTHING) ? "jar of " + jars : changes + "; jar of " + jars;
        }
        try {
            inDoubt = true;
            records.configChanged(next, changes, by);
            inDoubt = false;
        } catch (ArchiveException e) {
            if (otherExtensions) {
                next.extensions().close();
            }
            throw e;
        }
        gate.use(next.rules());
        if (!content(before, "retention").equals(content(next, "retention"))) {
            retention.use(next.retention());
        }
        taken = next;
        state = new State(clock.instant(), Optional.empty());
        LOG.info("another config is in force (by {}): {}", by, changes);
        if (otherExtensions) {
            before.extensions().close();
        }
        return changes;
    }

    private static Optional<Object> content(ConfigTaken config, String option) {
        return config.file().root().get(option).map(ConfigNode::content);
    }

    private void refused(List<ConfigProblem> problems, String by) {
        // what stands there may be somebody's address, and others read the log than may read of people
        problems.forEach(problem -> LOG.error("{}: {}allowed: {}", problem.position(), problem.path().isEmpty() ? "" : problem.path() + ": ", problem.allowed()));
        LOG.error("the config file is refused (by {}): {} problems, see above; chancery config reload says what was found. The one before stays in force", by, problems.size());
        state = new State(state.since(), Optional.of(problems.get(0).toString()));
    }

    /** Takes no other config, and closes the extensions; after the gate. */
    @Override
    public synchronized void close() {
        closed = true;
        taken.extensions().close();
    }
}
