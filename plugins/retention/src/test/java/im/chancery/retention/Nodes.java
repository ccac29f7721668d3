package im.chancery.retention;

import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Position;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes config nodes from Java maps and lists; each value stands on a line of its own, numbered in reading order from 1. */
final class Nodes {
    private int line;

    private Nodes() {
    }

    static ConfigNode of(Map<String, Object> root) {
        return new Nodes().node("", root);
    }

    /** A map that keeps its order. */
    static Map<String, Object> map(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    private ConfigNode node(String path, Object value) {
        Position position = new Position("test.yaml", ++line, 1);
        if (value instanceof Map<?, ?> map) {
            Map<String, ConfigNode> entries = new LinkedHashMap<>();
            map.forEach((k, v) -> entries.put((String) k, node(path.isEmpty() ? (String) k : path + "." + k, v)));
            return ConfigNode.map(position, path, entries);
        }
        if (value instanceof List<?> list) {
            List<ConfigNode> items = new ArrayList<>();
            for (Object item : list) {
                items.add(node(path + "[" + items.size() + "]", item));
            }
            return ConfigNode.list(position, path, items);
        }
        return ConfigNode.scalar(position, path, value);
    }
}
