package im.chancery.core.config;

import java.util.List;
import java.util.Objects;

/**
 * What a plugin says of itself: its name and the top-level options it owns in the config file.
 *
 * @param name    the plugin's name
 * @param doc     one sentence
 * @param options the top-level entries; no two plugins own the same
 */
public record PluginDescriptor(String name, String doc, List<Option> options) {
    public PluginDescriptor {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(doc, "doc");
        options = List.copyOf(options);
    }
}
