package im.chancery.engine.extension;

import im.chancery.core.StanzaKind;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Quantity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * One entry of {@code extensions.use}.
 *
 * @param name      its name
 * @param jar       the option that names the jar, for problems
 * @param file      the jar, absolute
 * @param lets      whether a stanza passes, as far as this extension goes, when it fails
 * @param deadline  from question to answer
 * @param threads   how many calls run at once
 * @param kinds     what it is asked about
 * @param own       the map of its own options; empty where the config has none
 */
record ExtensionOptions(String name, ConfigNode jar, Path file, boolean lets, Duration deadline, int threads, Set<StanzaKind> kinds, ConfigNode own) {
    private static final String HOST_DEADLINE = "5 s";

    /**
     * Reads the entries of a file that has passed the schema.
     *
     * @throws ConfigException with everything that is wrong in them
     */
    static List<ExtensionOptions> read(ConfigNode root) throws ConfigException {
        List<ConfigProblem> problems = new ArrayList<>();
        List<ExtensionOptions> read = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (ConfigNode entry : root.get("extensions").flatMap(e -> e.get("use")).map(ConfigNode::items).orElse(List.of())) {
            ConfigNode name = entry.get("name").orElseThrow();
            if (!names.add(name.text())) {
                problems.add(name.problem("extension name '" + name.text() + "' a second time", "a name of its own for each extension"));
            }
            Duration deadline = Quantity.duration(entry.text("deadline", ExtensionsPlugin.DEADLINE)).orElseThrow();
            for (String host : List.of("link", "edge")) {
                root.get(host).filter(h -> !isShorter(deadline, h)).ifPresent(h -> problems.add(entry.get("deadline").orElse(name).problem(
                        "'" + entry.text("deadline", ExtensionsPlugin.DEADLINE) + "'", "less than " + host + ".deadline, after which nobody waits for the answer")));
            }
            read.add(of(entry, folder(root), deadline, problems));
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return read;
    }

    /** The folder of the jars, absolute; it need not be there. */
    static Path folder(ConfigNode root) {
        return root.get("extensions").flatMap(e -> e.get("folder")).map(ConfigNode::file)
                .orElseGet(() -> Path.of(root.position().file()).toAbsolutePath().resolveSibling(ExtensionsPlugin.FOLDER).normalize());
    }

    private static boolean isShorter(Duration deadline, ConfigNode host) {
        return deadline.compareTo(Quantity.duration(host.text("deadline", HOST_DEADLINE)).orElseThrow()) < 0;
    }

    private static ExtensionOptions of(ConfigNode entry, Path folder, Duration deadline, List<ConfigProblem> problems) {
        ConfigNode jar = entry.get("jar").orElseThrow();
        return new ExtensionOptions(entry.text("name", ""), jar, folder.resolve(jar.text()), entry.text("on-failure", "").equals("allow"), deadline,
                Math.toIntExact(entry.get("threads").map(ConfigNode::integer).orElse(ExtensionsPlugin.THREADS)), kinds(entry, problems),
                entry.get("options").orElseGet(() -> ConfigNode.map(entry.position(), entry.path() + ".options", Map.of())));
    }

    private static Set<StanzaKind> kinds(ConfigNode entry, List<ConfigProblem> problems) {
        Set<StanzaKind> kinds = EnumSet.noneOf(StanzaKind.class);
        if (entry.get("kinds").isEmpty()) {
            return EnumSet.allOf(StanzaKind.class);
        }
        entry.texts("kinds").forEach(kind -> kinds.add(StanzaKind.valueOf(kind.toUpperCase(Locale.ROOT))));
        if (kinds.isEmpty()) {
            problems.add(entry.get("kinds").orElseThrow().problem("no kind", "one or more of message, presence, iq"));
        }
        return kinds;
    }
}
