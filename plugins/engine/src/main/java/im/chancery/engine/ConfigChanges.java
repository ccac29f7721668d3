package im.chancery.engine;

import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What is different between two configs, in one line for the log and the record. People are counted, never named. */
final class ConfigChanges {
    /** The line where both files say the same. */
    static final String NOTHING = "nothing but its layout";
    private static final int SHOWN = 24;

    private ConfigChanges() {
    }

    /**
     * A problem for each option that has changed and needs a restart.
     *
     * @param live the top-level options of which a change is taken while the engine runs
     */
    static List<ConfigProblem> needRestart(ConfigNode before, ConfigNode after, Set<String> live) {
        List<ConfigProblem> problems = new ArrayList<>();
        keys(before, after).filter(key -> !live.contains(key)).forEach(key -> differing(before.get(key), after.get(key), after, key, problems));
        return problems;
    }

    private static void differing(Optional<ConfigNode> before, Optional<ConfigNode> after, ConfigNode parent, String path, List<ConfigProblem> problems) {
        if (before.map(ConfigNode::content).equals(after.map(ConfigNode::content))) {
            return;
        }
        if (before.filter(ConfigChanges::isMap).isPresent() && after.filter(ConfigChanges::isMap).isPresent()) {
            keys(before.get(), after.get()).forEach(key -> differing(before.get().get(key), after.get().get(key), after.get(), path + "." + key, problems));
            return;
        }
        problems.add(new ConfigProblem(after.map(ConfigNode::position).orElse(parent.position()), path, after.isPresent() ? "a change" : "nothing",
                "what the engine was started with; to change it, restart the engine"));
    }

    private static boolean isMap(ConfigNode node) {
        return node.content() instanceof Map;
    }

    private static java.util.stream.Stream<String> keys(ConfigNode before, ConfigNode after) {
        Set<String> keys = new LinkedHashSet<>(after.entries().keySet());
        keys.addAll(before.entries().keySet());
        return keys.stream();
    }

    /** The line; {@link #NOTHING} where both say the same. */
    static String line(ConfigNode before, ConfigNode after) {
        List<String> changes = new ArrayList<>();
        keys(before, after).forEach(key -> describe(key, before.get(key), after.get(key), changes));
        return changes.isEmpty() ? NOTHING : String.join("; ", changes);
    }

    private static void describe(String path, Optional<ConfigNode> before, Optional<ConfigNode> after, List<String> changes) {
        Optional<Object> was = before.map(ConfigNode::content);
        Optional<Object> is = after.map(ConfigNode::content);
        if (was.equals(is) || isNothing(was) && isNothing(is)) {
            return;
        }
        if (was.orElse(List.of()) instanceof List && is.orElse(List.of()) instanceof List) {
            changes.add(path + ": " + items(path, byName(before), byName(after)));
        } else if (was.orElse(Map.of()) instanceof Map && is.orElse(Map.of()) instanceof Map) {
            ConfigNode nothing = ConfigNode.map(after.or(() -> before).orElseThrow().position(), path, Map.of());
            keys(before.orElse(nothing), after.orElse(nothing)).forEach(key -> describe(path + "." + key, before.flatMap(b -> b.get(key)), after.flatMap(a -> a.get(key)), changes));
        } else {
            changes.add(path + ": " + scalars(was, is));
        }
    }

    /** An empty list says as much as none. */
    private static boolean isNothing(Optional<Object> content) {
        return content.isEmpty() || content.get().equals(List.of()) || content.get().equals(Map.of());
    }

    private static String items(String path, Map<String, ConfigNode> before, Map<String, ConfigNode> after) {
        List<String> added = after.keySet().stream().filter(name -> !before.containsKey(name)).toList();
        List<String> removed = before.keySet().stream().filter(name -> !after.containsKey(name)).toList();
        List<String> changed = after.keySet().stream()
                .filter(name -> before.containsKey(name) && !before.get(name).content().equals(after.get(name).content())).toList();
        boolean counts = path.endsWith("people");
        List<String> parts = new ArrayList<>();
        part("added", added, counts, parts);
        part("removed", removed, counts, parts);
        part("changed", counts ? changed : changed.stream().map(name -> name + details(before.get(name), after.get(name))).toList(), counts, parts);
        return parts.isEmpty() ? "another order" : String.join(", ", parts);
    }

    private static void part(String what, List<String> names, boolean counts, List<String> parts) {
        if (!names.isEmpty()) {
            parts.add(counts ? names.size() + " " + what : what + " " + String.join(" ", names));
        }
    }

    /** Which entries of an item have changed, and how, where that is short. */
    private static String details(ConfigNode before, ConfigNode after) {
        return keys(before, after).filter(key -> !before.get(key).map(ConfigNode::content).equals(after.get(key).map(ConfigNode::content)))
                .map(key -> key + ": " + scalars(before.get(key).map(ConfigNode::content), after.get(key).map(ConfigNode::content)))
                .collect(Collectors.joining(", ", " (", ")"));
    }

    private static String scalars(Optional<Object> before, Optional<Object> after) {
        String was = before.map(ConfigChanges::shown).orElse("nothing");
        String is = after.map(ConfigChanges::shown).orElse("nothing");
        return was.length() <= SHOWN && is.length() <= SHOWN ? was + " -> " + is : "changed";
    }

    /** Lists and maps may name people. */
    private static String shown(Object value) {
        String text = value instanceof List || value instanceof Map ? "" : value.toString();
        return text.isEmpty() ? "a longer text than is shown" : text;
    }

    /** A list's items by what names them: {@code name}, {@code jid}, {@code domain}, else the item itself. */
    private static Map<String, ConfigNode> byName(Optional<ConfigNode> list) {
        Map<String, ConfigNode> named = new LinkedHashMap<>();
        for (ConfigNode item : list.map(ConfigNode::items).orElse(List.of())) {
            named.put(item.get("name").or(() -> item.get("domain")).or(() -> item.get("jid")).map(ConfigNode::text).orElseGet(() -> item.content().toString()), item);
        }
        return named;
    }
}
