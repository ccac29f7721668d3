package im.chancery.archive;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Quantity;
import im.chancery.core.config.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * What the config file says about the archive.
 *
 * @param url                PostgreSQL's JDBC URL; empty for Derby
 * @param user               PostgreSQL's user; empty for Derby
 * @param password           the option that leads to PostgreSQL's password, for {@link im.chancery.core.config.Secret#at}
 * @param queue              how many records may wait for the writer
 * @param checkpointInterval at most so long after a commit the log covers it
 * @param sinks              where checkpoints go
 */
public record ArchiveOptions(
        Optional<String> url,
        Optional<String> user,
        Optional<ConfigNode> password,
        int queue,
        Duration checkpointInterval,
        List<Sink> sinks) {

    static final int SYSLOG_PORT = 514;
    static final String MESSAGE_EVERY = "1 h";

    private static final String URL_START = "jdbc:postgresql:";
    private static final Pattern CREDENTIALS = Pattern.compile("(?i)password|//[^/?]*@|[?&]user=");

    /** Where checkpoints go. */
    public sealed interface Sink {
    }

    /** A file, on a mount that another machine keeps. */
    public record ToFile(Path path) implements Sink {
    }

    /** A syslog server. */
    public record ToSyslog(String host, int port) implements Sink {
    }

    /** An XMPP address, which gets a message at most every so often. */
    public record ToAddress(BareJid to, Duration every) implements Sink {
    }

    public ArchiveOptions {
        sinks = List.copyOf(sinks);
    }

    /**
     * Reads the entry {@code archive} of a file that has passed the schema; Derby without sinks where there is none.
     *
     * @param root the whole file
     * @throws ConfigException with every problem found
     */
    public static ArchiveOptions from(ConfigNode root) throws ConfigException {
        List<ConfigProblem> problems = new ArrayList<>();
        Optional<ConfigNode> archive = root.get("archive");
        Optional<ConfigNode> store = archive.flatMap(a -> a.get("store"));
        store.ifPresent(s -> checkStore(s, problems));
        List<Sink> sinks = new ArrayList<>();
        archive.flatMap(a -> a.get("sinks")).ifPresent(list -> list.items().forEach(s -> sink(s, problems).ifPresent(sinks::add)));
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return new ArchiveOptions(
                store.flatMap(s -> s.get("url")).map(ConfigNode::text),
                store.flatMap(s -> s.get("user")).map(ConfigNode::text),
                store.flatMap(s -> s.get("password-file")),
                archive.flatMap(a -> a.get("queue")).map(q -> (int) q.integer()).orElse(ArchiveConfig.DEFAULT_QUEUE),
                archive.flatMap(a -> a.get("checkpoint-interval")).flatMap(i -> Quantity.duration(i.text()))
                        .orElse(ArchiveConfig.DEFAULT_CHECKPOINT_INTERVAL),
                sinks);
    }

    /**
     * The archive's config with these options. Reads PostgreSQL's password.
     *
     * @param sinks one for each of {@link #sinks}, which the archive closes
     * @throws ConfigException where the password isn't to be had
     */
    public ArchiveConfig config(String origin, Path data, Path keys, KeystorePassword keystore, List<CheckpointSink> sinks) throws ConfigException {
        StoreConfig store = StoreConfig.derby();
        if (url.isPresent()) {
            Optional<Secret> secret = password.isPresent() ? Optional.of(Secret.at(password.get(), 1)) : Optional.empty();
            store = StoreConfig.postgresql(url.get(), user.orElseThrow(), secret);
        }
        return new ArchiveConfig(origin, data, keys, keystore, store, queue, checkpointInterval, ArchiveConfig.DEFAULT_OUTCOME_INTERVAL, sinks);
    }

    private static void checkStore(ConfigNode store, List<ConfigProblem> problems) {
        if (store.text("kind", "derby").equals("derby")) {
            takesOnly(store, "derby", List.of(), problems);
            return;
        }
        takesOnly(store, "postgresql", List.of("url", "user", "password-file"), problems);
        needs(store, "postgresql", List.of("url", "user"), problems);
        store.get("url").ifPresent(url -> {
            if (CREDENTIALS.matcher(url.text()).find()) {
                problems.add(url.problem("a URL with a user or a password in it", "a URL without; user and password-file say them"));
            } else if (!url.text().startsWith(URL_START)) {
                problems.add(url.problem("another URL", "one that starts with " + URL_START));
            }
        });
    }

    private static Optional<Sink> sink(ConfigNode sink, List<ConfigProblem> problems) {
        String kind = sink.get("kind").orElseThrow().text();
        List<String> keys = switch (kind) {
            case "file" -> List.of("path");
            case "syslog" -> List.of("host", "port");
            default -> List.of("to", "every");
        };
        int before = problems.size();
        takesOnly(sink, kind, keys, problems);
        needs(sink, kind, keys.subList(0, 1), problems);
        if (problems.size() > before) {
            return Optional.empty();
        }
        return Optional.of(switch (kind) {
            case "file" -> new ToFile(sink.get("path").orElseThrow().file());
            case "syslog" -> new ToSyslog(sink.text("host", ""), sink.get("port").map(p -> (int) p.integer()).orElse(SYSLOG_PORT));
            default -> new ToAddress(address(sink.text("to", "")), Quantity.duration(sink.text("every", MESSAGE_EVERY)).orElseThrow());
        });
    }

    private static void takesOnly(ConfigNode map, String kind, List<String> keys, List<ConfigProblem> problems) {
        map.entries().forEach((key, value) -> {
            if (!key.equals("kind") && !keys.contains(key)) {
                problems.add(value.problem(key + " for kind " + kind, keys.isEmpty() ? "no other options" : "only " + String.join(", ", keys)));
            }
        });
    }

    private static void needs(ConfigNode map, String kind, List<String> keys, List<ConfigProblem> problems) {
        keys.stream().filter(key -> map.get(key).isEmpty())
                .forEach(key -> problems.add(map.problem("kind " + kind + " without " + key, key + " beside it")));
    }

    private static BareJid address(String text) {
        try {
            return JidCreate.bareFrom(text);
        } catch (XmppStringprepException e) {
            throw new IllegalArgumentException("the schema lets only addresses pass", e);
        }
    }
}
