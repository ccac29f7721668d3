package im.chancery.engine.extension;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Option;
import im.chancery.core.config.Option.Type;
import im.chancery.core.config.Plugin;
import im.chancery.core.config.PluginDescriptor;
import java.time.Duration;
import java.util.List;

/** Owns {@code extensions:} in the config file. The jars themselves are looked at when an engine takes the file, not here. */
public final class ExtensionsPlugin implements Plugin {
    static final String FOLDER = "plugins.d";
    static final String DEADLINE = "1 s";
    static final long THREADS = 2;

    /** Made by {@link java.util.ServiceLoader}. */
    public ExtensionsPlugin() {
    }

    @Override
    public PluginDescriptor descriptor() {
        Option entry = Option.map("*", "One extension.",
                Option.of("name", Type.NAME, "Its name, unique; decisions and records show 'extension:' and the name.").must(),
                Option.of("jar", Type.NAME, "The jar's file name in the folder.").must(),
                Option.choice("on-failure", "What becomes of a stanza on which it gives no answer in time, or fails: refuse it, or let it through without this opinion. "
                        + "The record says so in either case.", "refuse", "allow").must(),
                Option.of("deadline", Type.DURATION, "How long it may take; shorter than the deadlines of link and edge.").or(DEADLINE)
                        .between(Duration.ofMillis(10), Duration.ofSeconds(30)),
                Option.of("threads", Type.INTEGER, "How many calls may run at once; more wait, within the deadline.").or(Long.toString(THREADS)).between(1, 16),
                Option.list("kinds", "What it is asked about; all three where it is absent.", Option.choice("*", "A stanza kind.", "message", "presence", "iq")),
                Option.of("options", Type.OPEN, "Its own options, which its documentation names."));
        return new PluginDescriptor("extensions", "Jars that refuse, annotate or observe beside the roles (docs/extensions.md).", List.of(
                Option.map("extensions", "The extensions, and where their jars are.",
                        Option.of("folder", Type.PATH, "The folder of the jars. One that no entry names stops the start.").or(FOLDER),
                        Option.list("use", "The extensions, in the order in which decisions name them. One jar may be used by several entries.", entry).or("[]")).changesLive()));
    }

    @Override
    public void check(ConfigNode root) throws ConfigException {
        ExtensionOptions.read(root);
    }
}
