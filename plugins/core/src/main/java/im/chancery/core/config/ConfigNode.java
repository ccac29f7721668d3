package im.chancery.core.config;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A value of a config file with its place there: a scalar, a list or a map. Immutable. The engine's reader makes these
 * after the schema check, so a module that reads its own options finds the types its descriptor has asked for and
 * checks only meaning (a rule that names an unknown department), with {@link #problem}.
 */
public final class ConfigNode {
    private final Position position;
    private final Position key;
    private final String path;
    private final Object value;

    private ConfigNode(Position position, String path, Object value) {
        this(position, position, path, value);
    }

    private ConfigNode(Position position, Position key, String path, Object value) {
        this.position = Objects.requireNonNull(position, "position");
        this.key = Objects.requireNonNull(key, "key");
        this.path = Objects.requireNonNull(path, "path");
        this.value = value;
    }

    /** A scalar: String, Long, Boolean. */
    public static ConfigNode scalar(Position position, String path, Object value) {
        if (!(value instanceof String || value instanceof Long || value instanceof Boolean)) {
            throw new IllegalArgumentException("a scalar is a String, a Long or a Boolean");
        }
        return new ConfigNode(position, path, value);
    }

    public static ConfigNode list(Position position, String path, List<ConfigNode> items) {
        return new ConfigNode(position, path, List.copyOf(items));
    }

    /** A map, in the file's order. */
    public static ConfigNode map(Position position, String path, Map<String, ConfigNode> entries) {
        return new ConfigNode(position, path, new LinkedHashMap<>(entries));
    }

    public Position position() {
        return position;
    }

    /** The same value, whose key stands at this place. */
    public ConfigNode keyedAt(Position place) {
        return new ConfigNode(position, place, path, value);
    }

    /** Where its key stands; its own place where it has none. */
    public Position key() {
        return key;
    }

    /** The option's path from the file's root, such as {@code barriers[0].from}; {@code ""} for the root. */
    public String path() {
        return path;
    }

    /** The entry with this key, if this is a map that has it. */
    public Optional<ConfigNode> get(String key) {
        return value instanceof Map ? Optional.ofNullable(entries().get(key)) : Optional.empty();
    }

    /** The entries of a map in the file's order; empty for anything else. */
    @SuppressWarnings("unchecked")
    public Map<String, ConfigNode> entries() {
        return value instanceof Map ? Collections.unmodifiableMap((Map<String, ConfigNode>) value) : Map.of();
    }

    /** The items of a list; empty for anything else. */
    @SuppressWarnings("unchecked")
    public List<ConfigNode> items() {
        return value instanceof List ? (List<ConfigNode>) value : List.of();
    }

    /** A scalar as text. */
    public String text() {
        if (value instanceof Map || value instanceof List) {
            throw new IllegalStateException(position + ": " + path + " is not a scalar");
        }
        return String.valueOf(value);
    }

    /** A scalar as a file or folder: a relative one is taken from the config file's folder. Absolute. */
    public Path file() {
        Path config = Path.of(position.file()).toAbsolutePath();
        return config.resolveSibling(text()).normalize();
    }

    /** An integer. */
    public long integer() {
        if (!(value instanceof Long)) {
            throw new IllegalStateException(position + ": " + path + " is not an integer");
        }
        return (Long) value;
    }

    /** A boolean. */
    public boolean bool() {
        if (!(value instanceof Boolean)) {
            throw new IllegalStateException(position + ": " + path + " is not a boolean");
        }
        return (Boolean) value;
    }

    /** What it says, wherever it stands: a String, Long or Boolean, or of those a list or a map from keys in the file's order. */
    public Object content() {
        if (value instanceof Map) {
            Map<String, Object> entries = new LinkedHashMap<>();
            entries().forEach((name, entry) -> entries.put(name, entry.content()));
            return entries;
        }
        return value instanceof List ? items().stream().map(ConfigNode::content).toList() : value;
    }

    /** The text of an entry of this map, or {@code otherwise}. */
    public String text(String key, String otherwise) {
        return get(key).map(ConfigNode::text).orElse(otherwise);
    }

    /** The texts of an entry of this map that is a list; empty where it is absent. */
    public List<String> texts(String key) {
        return get(key).map(n -> n.items().stream().map(ConfigNode::text).toList()).orElse(List.of());
    }

    /** Whether this is a map, a list or a scalar, as a word for an error. */
    public String shape() {
        return value instanceof Map ? "a map" : value instanceof List ? "a list" : "'" + value + "'";
    }

    /** A problem at this place. */
    public ConfigProblem problem(String found, String allowed) {
        return new ConfigProblem(position, path, found, allowed);
    }
}
