package im.chancery.engine.config;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.FirstProblems;
import im.chancery.core.config.Option;
import im.chancery.core.config.Plugin;
import im.chancery.core.config.PluginDescriptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/**
 * Reads the config file: YAML 1.2 in UTF-8, checked against the schema made from the modules' descriptors, then by each
 * module for meaning. Everything wrong is reported at once, of very much the first, each with file, line, column, what was found and what is allowed,
 * in the order of the file. Stateless.
 */
public final class ConfigReader {
    private static final Comparator<ConfigProblem> BY_PLACE = Comparator
            .comparingInt((ConfigProblem p) -> p.position().line())
            .thenComparingInt(p -> p.position().column())
            .thenComparing(ConfigProblem::path);

    private ConfigReader() {
    }

    /** The modules on the class path that own a part of the config file, in the order of their names. */
    public static List<Plugin> plugins() {
        return ServiceLoader.load(Plugin.class, ConfigReader.class.getClassLoader()).stream().map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparing(p -> p.descriptor().name())).toList();
    }

    /** Reads a file for all modules on the class path, and lets each check what it means. */
    public static ConfigNode read(Path file) throws ConfigException {
        return ConfigFile.read(file).root();
    }

    /** The same of a text that stands in this file. */
    static ConfigNode read(Path file, String text) throws ConfigException {
        List<Plugin> plugins = plugins();
        ConfigNode root = read(file, text, plugins.stream().map(Plugin::descriptor).toList());
        List<ConfigProblem> problems = new ArrayList<>();
        for (Plugin plugin : plugins) {
            try {
                plugin.check(root);
            } catch (ConfigException e) {
                problems.addAll(e.problems());
            }
        }
        refuseIfAny(problems);
        return root;
    }

    /**
     * Reads a file that has the options of these descriptors and no others. Meaning isn't checked.
     *
     * @throws ConfigException with the problems found, of very many the first, sorted by place
     */
    public static ConfigNode read(Path file, List<PluginDescriptor> descriptors) throws ConfigException {
        return read(file, YamlText.read(file), descriptors);
    }

    private static ConfigNode read(Path file, String text, List<PluginDescriptor> descriptors) throws ConfigException {
        YamlValue value = YamlParser.parse(file.toString(), text);
        FirstProblems problems = new FirstProblems();
        SchemaCheck.problems(SchemaGenerator.root(descriptors), value).forEach(p -> problems.add(p.position(), () -> p));
        refuseIfAny(problems.told());
        return value.node("");
    }

    /**
     * Holds a map of type {@link Option.Type#OPEN} against the options that whoever owns it takes, as a file's own are.
     *
     * @return every problem, sorted by place
     */
    public static List<ConfigProblem> problems(ConfigNode map, List<Option> options) {
        Option root = Option.map("", "The options of an extension.", options.toArray(Option[]::new)).must();
        return SchemaCheck.problems(root, YamlValue.of(map), map.path()).stream().sorted(BY_PLACE).toList();
    }

    private static void refuseIfAny(List<ConfigProblem> problems) throws ConfigException {
        if (!problems.isEmpty()) {
            throw new ConfigException(problems.stream().sorted(BY_PLACE).toList());
        }
    }
}
