package im.chancery.engine.config;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Option;
import im.chancery.core.config.Option.Type;
import im.chancery.core.config.Plugin;
import im.chancery.core.config.PluginDescriptor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Owns what depends on how the XMPP server reaches the engine: {@code link:} for one beside it, {@code edge:} for one that has it inside. One
 * file may have both; each host looks at its own, and says so where that is missing.
 */
public final class HostPlugin implements Plugin {
    private static final PluginDescriptor DESCRIPTOR = new PluginDescriptor("host",
            "How the XMPP server asks the engine.", List.of(
            Option.map("link", "Where the XMPP server asks, and how long it waits. Prosody needs it; an engine inside its server has no link.",
                    Option.of("listen", Type.STRING, "Where the engine listens: " + LinkOptions.ALLOWED_ADDRESS
                            + "; a relative path is taken from the config file's folder.").must(),
                    Option.of("group", Type.NAME, "The group that may use the Unix socket, such as the server's own; the engine's user must be in it."),
                    Option.of("secret-file", Type.SECRET, "A file that holds what both ends know, or env:NAME; at least "
                            + LinkOptions.SECRET_MINIMUM + " characters. Needed for tcp."),
                    Option.of("deadline", Type.DURATION, "How long the server waits for a verdict before it bounces a stanza.")
                            .or(LinkOptions.DEADLINE).between(Duration.ofMillis(100), Duration.ofMinutes(1)),
                    Option.of("max-held", Type.SIZE, "How many bytes of stanzas may wait for a verdict. Each domain and each sender has a share "
                            + "of it, so that a flood leaves room for others; more are bounced.")
                            .or(LinkOptions.MAX_HELD).between(LinkOptions.LONGEST_FRAME, 1L << 30)),
            Option.map("edge", "How a server that runs the engine inside, such as Tigase, waits for verdicts.",
                    Option.of("deadline", Type.DURATION, "How long a stanza waits for its verdict before it is bounced.")
                            .or(EdgeOptions.DEADLINE).between(Duration.ofMillis(100), Duration.ofMinutes(1)),
                    Option.of("max-held", Type.SIZE, "How many bytes of stanzas may wait for a verdict. Each domain and each sender has a share "
                            + "of it, so that a flood leaves room for others; more are bounced.")
                            .or(EdgeOptions.MAX_HELD).between(EdgeOptions.LEAST_HELD, 1L << 30))));

    /** Made by {@link java.util.ServiceLoader}. */
    public HostPlugin() {
    }

    @Override
    public PluginDescriptor descriptor() {
        return DESCRIPTOR;
    }

    @Override
    public void check(ConfigNode root) throws ConfigException {
        Optional<ConfigNode> link = root.get("link");
        if (link.isPresent()) {
            LinkOptions.of(link.get());
        }
    }
}
