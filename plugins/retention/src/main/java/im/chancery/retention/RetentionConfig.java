package im.chancery.retention;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Quantity;
import java.time.LocalTime;
import java.time.Period;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * What a config file says about retention.
 *
 * @param classes       the record classes and their schedules
 * @param runAt         when the daily run starts, UTC
 * @param keyCopiesKept the longest that a copy of the key folder may be kept
 */
public record RetentionConfig(RecordClasses classes, LocalTime runAt, Period keyCopiesKept) {
    static final String FOREVER = "forever";
    static final String RUN_AT_DEFAULT = "03:00";
    static final String KEY_COPIES_DEFAULT = "30 days";

    private static final String PERIOD_ALLOWED = Quantity.PERIOD_ALLOWED + ", or '" + FOREVER + "'";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm").withResolverStyle(ResolverStyle.STRICT);

    public RetentionConfig {
        Objects.requireNonNull(classes, "classes");
        Objects.requireNonNull(runAt, "runAt");
        Objects.requireNonNull(keyCopiesKept, "keyCopiesKept");
    }

    /**
     * Reads the entry {@code retention} of a file that has passed the schema.
     *
     * @param root the whole file
     * @throws ConfigException with every problem found
     */
    public static RetentionConfig read(ConfigNode root) throws ConfigException {
        ConfigNode retention = root.get("retention")
                .orElseThrow(() -> new ConfigException(root.problem("no 'retention'", "an entry 'retention' with its classes")));
        return new Reader(departments(root)).read(retention);
    }

    /** The departments that the file names; empty where it names none, since people may then come from elsewhere. */
    private static Optional<Set<String>> departments(ConfigNode root) {
        return root.get("departments").map(list -> {
            Set<String> names = new LinkedHashSet<>();
            for (ConfigNode item : list.items()) {
                names.add(item.get("name").orElse(item).text());
            }
            return names;
        });
    }

    /** Gathers all problems before it gives up. */
    private static final class Reader {
        private final Optional<Set<String>> departments;
        private final List<ConfigProblem> problems = new ArrayList<>();

        Reader(Optional<Set<String>> departments) {
            this.departments = departments;
        }

        RetentionConfig read(ConfigNode retention) throws ConfigException {
            RecordClasses classes = classes(retention);
            LocalTime runAt = value(retention, "run-at", RUN_AT_DEFAULT, Reader::time, "a time of day, UTC, from '00:00' to '23:59'");
            Period kept = value(retention, "key-copies-kept", KEY_COPIES_DEFAULT, Quantity::period, Quantity.PERIOD_ALLOWED);
            if (!problems.isEmpty()) {
                throw new ConfigException(problems);
            }
            return new RetentionConfig(classes, runAt, kept);
        }

        private RecordClasses classes(ConfigNode retention) {
            List<RecordClasses.Rule> rules = new ArrayList<>();
            Set<String> names = new HashSet<>();
            ConfigNode list = retention.get("classes").orElse(retention);
            for (ConfigNode item : list.items()) {
                ConfigNode name = item.get("name").orElseThrow();
                if (!names.add(name.text())) {
                    problems.add(name.problem("'" + name.text() + "' a second time", "each class once"));
                }
                rule(item, name).ifPresent(rules::add);
            }
            for (String needed : List.of(RecordClasses.DEFAULT, RecordClasses.AUDIT)) {
                if (!names.contains(needed)) {
                    problems.add(list.problem("no class '" + needed + "'", "classes among which are 'default' and 'audit'"));
                }
            }
            return new RecordClasses(rules);
        }

        private Optional<RecordClasses.Rule> rule(ConfigNode item, ConfigNode name) {
            Optional<RetentionSchedule> schedule = schedule(name.text(), item.get("period").orElseThrow());
            Optional<RecordMatch> match = item.get("match").map(this::match);
            boolean assigned = name.text().equals(RecordClasses.DEFAULT) || name.text().equals(RecordClasses.AUDIT);
            if (assigned && match.isPresent()) {
                problems.add(item.get("match").orElseThrow().problem("a match of class '" + name.text() + "'",
                        name.text().equals(RecordClasses.DEFAULT) ? "none: 'default' takes what no other class matches"
                                : "none: 'audit' takes only records about the archive's own use"));
            } else if (!assigned && match.map(RecordMatch::isEmpty).orElse(true)) {
                problems.add(item.problem("class '" + name.text() + "' without a match", "a match by departments, rooms or domains"));
            }
            return schedule.map(s -> new RecordClasses.Rule(s, match));
        }

        private Optional<RetentionSchedule> schedule(String name, ConfigNode period) {
            String text = period.text();
            Optional<Period> read = Quantity.period(text);
            if (read.isEmpty() && !text.equals(FOREVER)) {
                problems.add(period.problem("'" + text + "'", PERIOD_ALLOWED));
                return Optional.empty();
            }
            return Optional.of(new RetentionSchedule(name, read, name + ": " + text));
        }

        private RecordMatch match(ConfigNode match) {
            Set<String> named = new LinkedHashSet<>();
            for (ConfigNode item : match.get("departments").map(ConfigNode::items).orElse(List.of())) {
                String department = item.text();
                if (departments.isPresent() && !departments.get().contains(department)) {
                    problems.add(item.problem("the unknown department '" + department + "'", "one of " + String.join(", ", departments.get())));
                }
                named.add(department);
            }
            Set<BareJid> rooms = addresses(match, "rooms", Jid::asEntityBareJidIfPossible, Jid::isEntityBareJid,
                    "a room's bare address, such as 'team@rooms.example.org'");
            Set<DomainBareJid> domains = addresses(match, "domains", Jid::asDomainBareJid, Jid::isDomainBareJid, "a domain, such as 'example.org'");
            return new RecordMatch(named, rooms, domains);
        }

        private <T> Set<T> addresses(ConfigNode match, String key, Function<Jid, T> as, Predicate<Jid> isOne, String allowed) {
            Set<T> read = new LinkedHashSet<>();
            for (ConfigNode item : match.get(key).map(ConfigNode::items).orElse(List.of())) {
                Optional<Jid> address = address(item.text()).filter(isOne);
                address.ifPresentOrElse(a -> read.add(as.apply(a)), () -> problems.add(item.problem("'" + item.text() + "'", allowed)));
            }
            return read;
        }

        private static Optional<Jid> address(String text) {
            try {
                return Optional.of(JidCreate.from(text));
            } catch (XmppStringprepException e) {
                return Optional.empty();
            }
        }

        private <T> T value(ConfigNode retention, String key, String byDefault, Function<String, Optional<T>> parser, String allowed) {
            Optional<T> read = parser.apply(retention.text(key, byDefault));
            if (read.isEmpty()) {
                ConfigNode node = retention.get(key).orElseThrow();
                problems.add(node.problem("'" + node.text() + "'", allowed));
            }
            return read.orElse(null);
        }

        private static Optional<LocalTime> time(String text) {
            try {
                return Optional.of(LocalTime.parse(text, TIME));
            } catch (DateTimeParseException e) {
                return Optional.empty();
            }
        }
    }
}
