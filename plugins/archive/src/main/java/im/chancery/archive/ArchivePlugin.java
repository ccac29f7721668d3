package im.chancery.archive;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Option;
import im.chancery.core.config.Option.Type;
import im.chancery.core.config.Plugin;
import im.chancery.core.config.PluginDescriptor;
import java.time.Duration;
import java.util.List;

/** The options of the archive: {@code archive:} in the config file, which {@link ArchiveOptions#from} reads. */
public final class ArchivePlugin implements Plugin {
    private static final PluginDescriptor DESCRIPTOR = new PluginDescriptor("archive",
            "Where records are stored, and where the proof of them goes.", List.of(
            Option.map("archive", "Where records are stored, and where the proof of them goes.",
                    Option.map("store", "The database; Derby, embedded in the data folder, where it is absent.",
                            Option.choice("kind", "Which product; PostgreSQL for more than one node.", "derby", "postgresql").or("derby"),
                            Option.of("url", Type.STRING, "PostgreSQL's JDBC URL without user and password, such as"
                                    + " 'jdbc:postgresql://127.0.0.1:5432/chancery'; one database or schema for each node."),
                            Option.of("user", Type.STRING, "PostgreSQL's user."),
                            Option.of("password-file", Type.SECRET, "Where PostgreSQL's password is; absent where it asks for none.")),
                    Option.of("queue", Type.INTEGER, "How many records may wait for the writer. Each domain and each sender has a share of it; "
                            + "more are refused, and their senders may try again.")
                            .between(1, 1_000_000).or(Integer.toString(ArchiveConfig.DEFAULT_QUEUE)),
                    Option.of("checkpoint-interval", Type.DURATION, "At most so long after a record is stored a signed checkpoint covers it.")
                            .between(Duration.ofMillis(100), Duration.ofHours(1)).or("1 s"),
                    Option.list("sinks", "Where checkpoints go off this machine. What is older than one that has left it can't be changed unnoticed.",
                            Option.map("*", "One sink.",
                                    Option.choice("kind", "What it is: 'file' takes path, 'syslog' takes host and port, 'xmpp' takes to and every.",
                                            "file", "syslog", "xmpp").must(),
                                    Option.of("path", Type.PATH, "For 'file': a file on another machine's mount."),
                                    Option.of("host", Type.STRING, "For 'syslog': the host's name or address."),
                                    Option.of("port", Type.INTEGER, "For 'syslog': its port.").between(1, 65_535)
                                            .or(Integer.toString(ArchiveOptions.SYSLOG_PORT)),
                                    Option.of("to", Type.JID, "For 'xmpp': the bare address that gets them as messages."),
                                    Option.of("every", Type.DURATION, "For 'xmpp': at least so long between two messages.")
                                            .between(Duration.ofSeconds(1), Duration.ofHours(24)).or(ArchiveOptions.MESSAGE_EVERY))).or("[]"))));

    @Override
    public PluginDescriptor descriptor() {
        return DESCRIPTOR;
    }

    @Override
    public void check(ConfigNode root) throws ConfigException {
        ArchiveOptions.from(root);
    }
}
