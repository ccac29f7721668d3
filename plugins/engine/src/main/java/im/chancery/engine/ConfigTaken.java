package im.chancery.engine;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.engine.config.ConfigFile;
import im.chancery.engine.config.EngineConfig;
import im.chancery.engine.extension.Extensions;
import im.chancery.retention.RetentionConfig;
import im.chancery.roles.RolesPolicy;

/**
 * A config file, read for all that decides: what may take the place of another while the engine runs.
 *
 * @param file       the file
 * @param engine     the engine's own part
 * @param policy     the roles
 * @param retention  record classes and schedules
 * @param extensions running; whoever takes this closes them
 */
record ConfigTaken(ConfigFile file, EngineConfig engine, RolesPolicy policy, RetentionConfig retention, Extensions extensions) {
    /**
     * Reads it, and starts its extensions last, since that runs their code.
     *
     * @throws ConfigException with everything that is wrong; no extension runs then
     */
    static ConfigTaken from(ConfigFile file) throws ConfigException {
        ConfigTaken without = from(file, Extensions.none());
        return new ConfigTaken(file, without.engine(), without.policy(), without.retention(), Extensions.load(file.root()));
    }

    /** The same with extensions that run already. */
    static ConfigTaken from(ConfigFile file, Extensions extensions) throws ConfigException {
        ConfigNode root = file.root();
        EngineConfig engine = EngineConfig.from(root);
        return new ConfigTaken(file, engine, RolesPolicy.from(root, engine.served(), engine.services()), RetentionConfig.read(root), extensions);
    }

    /** What it decides exchanges by. */
    Rules rules() {
        return new Rules(policy, exchange -> retention.classes().classify(exchange, policy::departmentOf), extensions);
    }
}
