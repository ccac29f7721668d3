package im.chancery.retention;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Option;
import im.chancery.core.config.Option.Type;
import im.chancery.core.config.Plugin;
import im.chancery.core.config.PluginDescriptor;
import java.util.List;

/** The options of retention: {@code retention:} in the config file. */
public final class RetentionPlugin implements Plugin {

    @Override
    public PluginDescriptor descriptor() {
        Option match = Option.map("match",
                "Which messages belong to the class: all criteria that are given must match, each by at least one of its values. "
                        + "Every class but 'default' and 'audit' has one.",
                Option.list("departments", "Departments of anybody involved: sender, addressee, and in a room all occupants.",
                        Option.of("*", Type.STRING, "A department's name.")),
                Option.list("rooms", "Rooms.", Option.of("*", Type.JID, "A room's bare address.")),
                Option.list("domains", "Domains of anybody involved, compared whole.", Option.of("*", Type.DOMAIN, "A domain.")));
        Option recordClass = Option.map("*", "A record class.",
                Option.of("name", Type.NAME, "Its name. 'default' and 'audit' must be there.").must(),
                Option.of("period", Type.STRING,
                        "How long its records are kept, counted from the end of the day (UTC) of their capture: such as '90 days' or '7 years', or 'forever'.").must(),
                match);
        return new PluginDescriptor("retention", "Record classes, how long they are kept, and when what is due is destroyed.", List.of(
                Option.map("retention", "Record classes, how long they are kept, and when what is due is destroyed.",
                        Option.list("classes", "The record classes. The first one that matches a message takes it, else 'default'.", recordClass).must(),
                        Option.of("run-at", Type.STRING, "When the daily run destroys what is due: a time of day, UTC, such as '03:00'.")
                                .or(RetentionConfig.RUN_AT_DEFAULT),
                        Option.of("key-copies-kept", Type.PERIOD,
                                "The longest that any copy of the key folder is kept. Certificates of destruction name the day that follows from it.")
                                .or(RetentionConfig.KEY_COPIES_DEFAULT)).must().changesLive()));
    }

    @Override
    public void check(ConfigNode root) throws ConfigException {
        RetentionConfig.read(root);
    }
}
