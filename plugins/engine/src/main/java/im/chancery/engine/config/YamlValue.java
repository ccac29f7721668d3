package im.chancery.engine.config;

import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Position;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * A value as it stands in the file, before the schema was asked.
 *
 * @param position where it begins
 * @param value    a String, Long, Boolean, {@link Unusable}, list of values or map of entries
 */
record YamlValue(Position position, Object value) {
    private static final int SHOWN = 60;

    /** A map's key with its place, and what it leads to. */
    record Entry(Position key, YamlValue value) {
    }

    /** A scalar that no option takes, such as nothing at all or {@code 1.5}; in words. It is null in JSON: no schema of ours allows that. */
    record Unusable(String words) {
    }

    @SuppressWarnings("unchecked")
    Map<String, Entry> entries() {
        return value instanceof Map ? (Map<String, Entry>) value : Map.of();
    }

    @SuppressWarnings("unchecked")
    List<YamlValue> items() {
        return value instanceof List ? (List<YamlValue>) value : List.of();
    }

    /** What this is, in words for an error: short, on one line. */
    String words() {
        if (value instanceof Map) {
            return "a map";
        }
        if (value instanceof List) {
            return "a list";
        }
        if (value instanceof Unusable unusable) {
            return unusable.words();
        }
        return value instanceof Long ? "the number " + value : value instanceof Boolean ? value.toString() : quoted((String) value);
    }

    /** A text in quotes, cut where it is long. */
    static String quoted(String text) {
        boolean cut = text.codePointCount(0, text.length()) > SHOWN;
        return "'" + (cut ? text.substring(0, text.offsetByCodePoints(0, SHOWN)) + "…" : text) + "'";
    }

    JsonNode json() {
        var make = JsonNodeFactory.instance;
        if (value instanceof Map) {
            var object = make.objectNode();
            entries().forEach((key, entry) -> object.set(key, entry.value().json()));
            return object;
        }
        if (value instanceof List) {
            var array = make.arrayNode();
            items().forEach(item -> array.add(item.json()));
            return array;
        }
        if (value instanceof String text) {
            return make.stringNode(text);
        }
        if (value instanceof Long number) {
            return make.numberNode(number);
        }
        return value instanceof Boolean truth ? make.booleanNode(truth) : make.nullNode();
    }

    /** The same as modules read it. Only after the schema was asked: nothing unusable may be in it. */
    ConfigNode node(String path) {
        if (value instanceof Map) {
            Map<String, ConfigNode> nodes = new LinkedHashMap<>();
            entries().forEach((key, entry) -> nodes.put(key, entry.value().node(child(path, key)).keyedAt(entry.key())));
            return ConfigNode.map(position, path, nodes);
        }
        if (value instanceof List) {
            List<ConfigNode> nodes = new ArrayList<>();
            items().forEach(item -> nodes.add(item.node(path + "[" + nodes.size() + "]")));
            return ConfigNode.list(position, path, nodes);
        }
        return ConfigNode.scalar(position, path, value);
    }

    /** What {@link #node} gave away, to be held against other options. */
    static YamlValue of(ConfigNode node) {
        Object content = node.content();
        if (content instanceof Map) {
            Map<String, Entry> entries = new LinkedHashMap<>();
            node.entries().forEach((key, value) -> entries.put(key, new Entry(value.key(), of(value))));
            return new YamlValue(node.position(), entries);
        }
        return new YamlValue(node.position(), content instanceof List ? node.items().stream().map(YamlValue::of).toList() : content);
    }

    static String child(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
