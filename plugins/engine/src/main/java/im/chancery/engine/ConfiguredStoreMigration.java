package im.chancery.engine;

import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveOptions;
import im.chancery.archive.Archives;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Secret;
import im.chancery.core.config.StoreMigration;
import im.chancery.engine.config.ConfigReader;
import im.chancery.engine.config.EngineConfig;
import im.chancery.retention.ArchivedRetention;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What {@code chancery store migrate} asks: the two config files are read as the engine would read them. */
public final class ConfiguredStoreMigration implements StoreMigration {
    @Override
    public String migrate(Path from, Path to) throws ConfigException {
        ConfigNode old = ConfigReader.read(from);
        ConfigNode fresh = ConfigReader.read(to);
        requireSameNode(EngineConfig.from(old), EngineConfig.from(fresh), fresh);
        return Archives.migrate(archive(old), archive(fresh), ArchivedRetention::prepareTables, Clock.systemUTC());
    }

    /** Without sinks: nothing is signed. */
    private static ArchiveConfig archive(ConfigNode root) throws ConfigException {
        EngineConfig engine = EngineConfig.from(root);
        Secret password = engine.readKeystorePassword();
        return ArchiveOptions.from(root).config(engine.node(), engine.data(), engine.keys(), password::chars, List.of());
    }

    private static void requireSameNode(EngineConfig old, EngineConfig fresh, ConfigNode file) throws ConfigException {
        List<ConfigProblem> problems = new ArrayList<>();
        requireSame("name", EngineConfig::node, old, fresh, file, problems);
        requireSame("data", EngineConfig::data, old, fresh, file, problems);
        requireSame("keys", EngineConfig::keys, old, fresh, file, problems);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
    }

    private static void requireSame(String key, Function<EngineConfig, Object> value, EngineConfig old, EngineConfig fresh, ConfigNode file,
            List<ConfigProblem> problems) {
        if (!value.apply(old).equals(value.apply(fresh))) {
            ConfigNode option = file.get("node").flatMap(node -> node.get(key)).orElseThrow();
            problems.add(option.problem("'" + option.text() + "'", "what the other file has: the same node on another database, " + value.apply(old)));
        }
    }
}
