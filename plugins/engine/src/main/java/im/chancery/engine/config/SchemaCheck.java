package im.chancery.engine.config;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.NodePath;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Nearest;
import im.chancery.core.config.Option;
import im.chancery.core.config.Option.Type;
import im.chancery.core.config.Position;
import im.chancery.core.config.Quantity;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * Holds a file's values against the schema and says in the file's own terms what is wrong: where, what was found, what is
 * allowed. What a pattern can't say (an address that no server takes, a time span out of its bounds) is checked here too.
 */
final class SchemaCheck {
    private final Option root;
    private final YamlValue file;
    /** By path: one value gets one problem, the first. */
    private final Map<String, ConfigProblem> problems = new LinkedHashMap<>();

    private final String path;

    private SchemaCheck(Option root, YamlValue file, String path) {
        this.root = root;
        this.file = file;
        this.path = path;
    }

    static List<ConfigProblem> problems(Option root, YamlValue file) {
        return problems(root, file, "");
    }

    /** {@code path} is the path of the value in its file, {@code ""} for the whole. */
    static List<ConfigProblem> problems(Option root, YamlValue file, String path) {
        SchemaCheck check = new SchemaCheck(root, file, path);
        Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(SchemaGenerator.schema(root));
        schema.validate(file.json()).forEach(check::report);
        check.meanings(root, file, path);
        return List.copyOf(check.problems.values());
    }

    private void report(Error error) {
        Cursor at = new Cursor(root, file, file.position(), path);
        NodePath location = error.getInstanceLocation();
        for (int i = 0; i < location.getNameCount(); i++) {
            at = at.step(location.getElement(i));
        }
        switch (error.getKeyword()) {
            case "additionalProperties" -> unknownKey(at, error.getProperty());
            case "required" -> missingKey(at, error.getProperty());
            default -> add(at.value.position(), at.path, found(at.option, at.value), allowed(at.option, at.value));
        }
    }

    private void unknownKey(Cursor map, String key) {
        Position place = map.value.entries().get(key).key();
        String path = YamlValue.child(map.path, key);
        if (map.option.type() == Type.TABLE) {
            add(place, path, "the name " + YamlValue.quoted(key), OptionWords.NAME_ALLOWED);
            return;
        }
        List<String> known = map.option.children().stream().map(Option::name).toList();
        String meant = Nearest.to(key, known).map(n -> "; did you mean " + n + "?").orElse("");
        add(place, path, "the unknown key " + YamlValue.quoted(key), OptionWords.keys(map.option) + meant);
    }

    private void missingKey(Cursor map, String key) {
        Option missing = child(map.option, key);
        add(map.place, YamlValue.child(map.path, key), "nothing", OptionWords.allowed(missing) + "; it must be there");
    }

    /** Checks what a pattern can't say, of every scalar the schema let pass. */
    private void meanings(Option option, YamlValue value, String path) {
        if (option.type() == Type.OPEN) {
            usable(value, path);
            return;
        }
        value.entries().forEach((key, entry) -> {
            Option child = child(option, key);
            if (child != null) {
                meanings(child, entry.value(), YamlValue.child(path, key));
            }
        });
        for (int i = 0; i < value.items().size() && option.type() == Type.LIST; i++) {
            meanings(option.children().get(0), value.items().get(i), path + "[" + i + "]");
        }
        if (value.value() instanceof String text && !meaningful(option, text)) {
            add(value.position(), path, found(option, value), allowed(option, value));
        }
    }

    /** Whoever checks an open map finds only what options can be. */
    private void usable(YamlValue value, String path) {
        value.entries().forEach((key, entry) -> usable(entry.value(), YamlValue.child(path, key)));
        for (int i = 0; i < value.items().size(); i++) {
            usable(value.items().get(i), path + "[" + i + "]");
        }
        if (value.value() instanceof YamlValue.Unusable) {
            add(value.position(), path, value.words(), "text, a whole number, true or false, a list or a map");
        }
    }

    private static boolean meaningful(Option option, String text) {
        return switch (option.type()) {
            case NAME -> text.matches(SchemaGenerator.NAME_PATTERN);
            case JID -> isAddress(text);
            case DOMAIN -> isDomain(text);
            case PERIOD -> Quantity.period(text).isPresent();
            case DURATION -> Quantity.duration(text).map(Duration::toMillis).filter(ms -> within(option, ms)).isPresent();
            case SIZE -> Quantity.size(text).filter(bytes -> within(option, bytes)).isPresent();
            case PATH -> isPath(text);
            case STRING -> text.codePoints().allMatch(SchemaCheck::isCharacter);
            default -> true;
        };
    }

    private static boolean within(Option option, long amount) {
        return option.minimum().map(least -> amount >= least).orElse(true) && option.maximum().map(most -> amount <= most).orElse(true);
    }

    private static boolean isAddress(String text) {
        try {
            return JidCreate.bareFrom(text).hasLocalpart() && !JidCreate.from(text).hasResource();
        } catch (XmppStringprepException e) {
            return false;
        }
    }

    private static boolean isDomain(String text) {
        try {
            return JidCreate.from(text).isDomainBareJid();
        } catch (XmppStringprepException e) {
            return false;
        }
    }

    /** Whether a stanza may carry it (XML 1.0, section 2.2): texts end up in errors that people read. */
    private static boolean isCharacter(int c) {
        return c >= 0x20 && c <= 0xD7FF || c == '\t' || c == '\n' || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000;
    }

    private static boolean isPath(String text) {
        try {
            return !Path.of(text).toString().isEmpty();
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static String found(Option option, YamlValue value) {
        if (option.type() == Type.SECRET) {
            return "something that is not a path";
        }
        boolean bare = value.value() instanceof Long && List.of(Type.PERIOD, Type.DURATION, Type.SIZE).contains(option.type());
        return value.words() + (bare ? " without a unit" : "");
    }

    private static String allowed(Option option, YamlValue value) {
        String words = OptionWords.allowed(option);
        if (option.type() == Type.CHOICE && value.value() instanceof String text) {
            return words + Nearest.to(text, option.allowed()).map(n -> "; did you mean " + n + "?").orElse("");
        }
        boolean text = List.of(Type.STRING, Type.NAME, Type.PATH).contains(option.type());
        return words + (text && (value.value() instanceof Long || value.value() instanceof Boolean)
                ? ", in quotes where it looks like something else" : "");
    }

    private void add(Position place, String path, String found, String allowed) {
        problems.putIfAbsent(path, new ConfigProblem(place, path, found, allowed));
    }

    /** The option a key leads to; null where the map has no such key. */
    private static Option child(Option option, String key) {
        if (option.type() == Type.TABLE) {
            return option.children().get(0);
        }
        Optional<Option> child = option.children().stream().filter(c -> option.type() == Type.MAP && c.name().equals(key)).findFirst();
        return child.orElse(null);
    }

    /**
     * A value with the option it should fit.
     *
     * @param place where a reader looks for it: its key, where it has one
     */
    private record Cursor(Option option, YamlValue value, Position place, String path) {
        Cursor step(Object element) {
            if (element instanceof Integer index) {
                YamlValue item = value.items().get(index);
                return new Cursor(option.children().get(0), item, item.position(), path + "[" + index + "]");
            }
            String key = String.valueOf(element);
            YamlValue.Entry entry = value.entries().get(key);
            return new Cursor(child(option, key), entry.value(), entry.key(), YamlValue.child(path, key));
        }
    }
}
