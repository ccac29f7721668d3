package im.chancery.engine.config;

import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Quantity;
import java.time.Duration;
import java.util.Optional;

/**
 * How a host that runs the engine inside waits for it: {@code edge:} in the config file.
 *
 * @param deadline how long a stanza waits for its verdict before it is bounced
 * @param maxHeld  how many bytes of stanzas may wait in all; more are bounced
 */
public record EdgeOptions(Duration deadline, long maxHeld) {
    static final String DEADLINE = "5 s";
    static final String MAX_HELD = "64 MiB";
    static final long LEAST_HELD = 4L << 20;

    /** Reads them from a config that has passed the schema; without the entry they have their defaults. */
    public static EdgeOptions from(ConfigNode root) {
        Optional<ConfigNode> edge = root.get("edge");
        return new EdgeOptions(
                Quantity.duration(edge.map(e -> e.text("deadline", DEADLINE)).orElse(DEADLINE)).orElseThrow(),
                Quantity.size(edge.map(e -> e.text("max-held", MAX_HELD)).orElse(MAX_HELD)).orElseThrow());
    }
}
