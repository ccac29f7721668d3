package im.chancery.engine.edge;

import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Option;
import im.chancery.core.config.Option.Type;
import im.chancery.core.config.Plugin;
import im.chancery.core.config.PluginDescriptor;
import im.chancery.core.config.Quantity;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a host that runs the engine inside waits for it: {@code edge:} in the config file.
 *
 * @param deadline how long a stanza waits for its verdict before it is bounced
 * @param maxHeld  how many bytes of stanzas may wait in all; more are bounced
 */
public record EdgeOptions(Duration deadline, long maxHeld) {
    private static final String DEADLINE = "5 s";
    private static final String MAX_HELD = "64 MiB";
    private static final long LEAST_HELD = 4L << 20;
    private static final long MOST_HELD = 1L << 30;

    /** Owns the option. Made by {@link java.util.ServiceLoader}. */
    public static final class EdgePlugin implements Plugin {
        private static final PluginDescriptor DESCRIPTOR = new PluginDescriptor("edge",
                "Waiting for verdicts inside the XMPP server.", List.of(
                Option.map("edge", "How a server that runs the engine inside, such as Tigase, waits for verdicts. A server at the link is told by link.",
                        Option.of("deadline", Type.DURATION, "How long a stanza waits for its verdict before it is bounced.")
                                .or(DEADLINE).between(Duration.ofMillis(100), Duration.ofMinutes(1)),
                        Option.of("max-held", Type.SIZE, "How many bytes of stanzas may wait for a verdict; more are bounced.")
                                .or(MAX_HELD).between(LEAST_HELD, MOST_HELD))));

        @Override
        public PluginDescriptor descriptor() {
            return DESCRIPTOR;
        }

        @Override
        public void check(ConfigNode root) {
            // the schema says it all
        }
    }

    /** Reads them from a config that has passed the schema. */
    public static EdgeOptions from(ConfigNode root) {
        Optional<ConfigNode> edge = root.get("edge");
        return new EdgeOptions(
                Quantity.duration(edge.map(e -> e.text("deadline", DEADLINE)).orElse(DEADLINE)).orElseThrow(),
                Quantity.size(edge.map(e -> e.text("max-held", MAX_HELD)).orElse(MAX_HELD)).orElseThrow());
    }
}
