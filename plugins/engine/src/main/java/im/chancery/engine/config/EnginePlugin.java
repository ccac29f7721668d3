package im.chancery.engine.config;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Plugin;
import im.chancery.core.config.PluginDescriptor;

/** The engine's own options. */
public final class EnginePlugin implements Plugin {
    @Override
    public PluginDescriptor descriptor() {
        return EngineConfig.DESCRIPTOR;
    }

    @Override
    public void check(ConfigNode root) throws ConfigException {
        EngineConfig.from(root);
        AuditStreamOptions.from(root);
    }
}
