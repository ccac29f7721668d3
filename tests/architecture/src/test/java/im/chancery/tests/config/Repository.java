package im.chancery.tests.config;

import im.chancery.core.config.Plugin;
import im.chancery.core.config.PluginDescriptor;
import im.chancery.engine.config.ConfigReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files of this repository that are about config, and the descriptors of all modules. */
final class Repository {
    static final List<PluginDescriptor> DESCRIPTORS = ConfigReader.plugins().stream().map(Plugin::descriptor).toList();

    private static final Path ROOT = root();

    /** What {@code scripts/run} starts from. */
    static final Path DEMO = ROOT.resolve("config/chancery.yaml");
    /** The example that shows all. */
    static final Path EXAMPLE = ROOT.resolve("config/organisation.yaml");
    static final Path SCHEMA = ROOT.resolve("config/schema/chancery.schema.json");
    static final Path PAGE = ROOT.resolve("docs/config.md");

    private Repository() {
    }

    /** Maven runs tests in the module's folder. */
    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("config/chancery.yaml"))) {
            folder = folder.getParent();
        }
        return folder;
    }
}
