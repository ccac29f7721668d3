package im.chancery.engine.config;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Plugin;
import im.chancery.core.config.PluginDescriptor;
import im.chancery.roles.RolesPlugin;
import im.chancery.roles.RolesPolicy;
import java.util.Optional;

/** The options of roles. They are checked here, because who is of the house depends on the engine's {@code domains}. */
public final class RolesPart implements Plugin {
    @Override
    public PluginDescriptor descriptor() {
        return RolesPlugin.descriptor();
    }

    @Override
    public void check(ConfigNode root) throws ConfigException {
        Optional<EngineConfig> engine = sound(root);
        if (engine.isPresent()) {
            RolesPolicy.from(root, engine.get().served(), engine.get().services());
        }
    }

    /** The engine's part; empty where it is wrong, which {@link EnginePlugin} reports. */
    private static Optional<EngineConfig> sound(ConfigNode root) {
        try {
            return Optional.of(EngineConfig.from(root));
        } catch (ConfigException e) {
            return Optional.empty();
        }
    }
}
