package im.chancery.presence;

import static im.chancery.core.config.Option.Type.NAME;
import static im.chancery.core.config.Option.Type.SECRET;
import static im.chancery.core.config.Option.Type.STRING;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Option;
import im.chancery.core.config.Plugin;
import im.chancery.core.config.PluginDescriptor;
import java.util.List;

/** The presence plugin's part of the config file. */
public final class PresencePlugin implements Plugin {
    static final String DEFAULT_NAME = "chancery";

    private static final PluginDescriptor DESCRIPTOR = new PluginDescriptor("presence",
            "Who is available, shared by the nodes of a cluster.",
            List.of(Option.map("presence", "How presence is shared; without it this node stands alone.",
                    Option.map("cluster", "The cluster this node is in.",
                            Option.of("name", NAME, "The cluster's name, the same on all nodes.").or(DEFAULT_NAME),
                            Option.of("listen", STRING, "The one address and port to listen on for other nodes, such as"
                                    + " '10.0.0.1:5701'. The link is neither encrypted nor closed to strangers: lay it on a tunnel"
                                    + " or an interface of its own.").must(),
                            Option.list("members", "The addresses and ports of all nodes; this one's own may be among them.",
                                    Option.of("*", STRING, "A node's address and port.")).must(),
                            Option.of("secret-file", SECRET, "A file with the secret that all nodes share, at least "
                                    + PresenceConfig.SECRET_MINIMUM + " characters, or env:NAME.").must()))));

    @Override
    public PluginDescriptor descriptor() {
        return DESCRIPTOR;
    }

    @Override
    public void check(ConfigNode root) throws ConfigException {
        PresenceConfig.check(root);
    }
}
