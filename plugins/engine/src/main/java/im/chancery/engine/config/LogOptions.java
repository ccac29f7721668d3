package im.chancery.engine.config;

import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Option;

/**
 * How the engine's own process logs: {@code log:} in the config file. Inside Tigase the log is Tigase's.
 *
 * @param json whether each line is a JSON object
 */
public record LogOptions(boolean json) {
    private static final String TEXT = "text";
    private static final String JSON = "json";

    static final Option OPTION = Option.map("log", "How the engine logs, on standard output. Inside Tigase, Tigase's own settings count.",
            Option.choice("format", "A line of text, or a JSON object in a line, for each event.", TEXT, JSON).or(TEXT));

    /** Reads them from a config that has passed the schema. */
    public static LogOptions from(ConfigNode root) {
        return new LogOptions(root.get("log").map(log -> log.text("format", TEXT)).orElse(TEXT).equals(JSON));
    }
}
