package im.chancery.host.prosody;

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
 * Owns {@code link:} in the config file: where the host finds the engine. The file may be without it, since an engine inside its
 * host has no link; {@link ProsodyEngine} requires it.
 */
public final class LinkPlugin implements Plugin {
    private static final PluginDescriptor DESCRIPTOR = new PluginDescriptor("link",
            "The local link between the XMPP server and the engine.", List.of(
            Option.map("link", "Where the XMPP server asks, and how long it waits. Prosody needs it; an engine inside its server has no link.",
                    Option.of("listen", Type.STRING, "Where the engine listens: " + LinkOptions.ALLOWED_ADDRESS
                            + "; a relative path is taken from the config file's folder.").must(),
                    Option.of("group", Type.NAME, "The group that may use the Unix socket, such as the server's own; the engine's user must be in it."),
                    Option.of("secret-file", Type.SECRET, "A file that holds what both ends know, or env:NAME; at least "
                            + LinkSecret.MINIMUM_CHARACTERS + " characters. Needed for tcp."),
                    Option.of("deadline", Type.DURATION, "How long the server waits for a verdict before it bounces a stanza.")
                            .or(LinkOptions.DEADLINE).between(Duration.ofMillis(100), Duration.ofMinutes(1)),
                    Option.of("max-held", Type.SIZE, "How many bytes of stanzas may wait for a verdict; more are bounced.")
                            .or(LinkOptions.MAX_HELD).between(Frame.MAX_LENGTH, 1L << 30))));

    /** Made by {@link java.util.ServiceLoader}. */
    public LinkPlugin() {
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
