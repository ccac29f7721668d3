package im.chancery.tests.config;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.Option;
import im.chancery.core.config.Option.Type;
import im.chancery.engine.config.ConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every option of every module, wherever it is nested: a value out of its range is refused at its own line, column and path,
 * and with a good value in the same place the same file passes.
 */
class EveryOptionTest {
    private static final Option ROOT = Option.map("", "The file.",
            Repository.DESCRIPTORS.stream().flatMap(d -> d.options().stream()).toArray(Option[]::new));

    @TempDir
    Path folder;

    /** The options from the root's child down to one. */
    record Case(List<Option> way) {
        Option option() {
            return way.get(way.size() - 1);
        }

        @Override
        public String toString() {
            StringBuilder path = new StringBuilder();
            Option parent = ROOT;
            for (Option option : way) {
                path.append(switch (parent.type()) {
                    case LIST -> "[0]";
                    case TABLE -> ".name";
                    default -> (path.isEmpty() ? "" : ".") + option.name();
                });
                parent = option;
            }
            return path.toString();
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        collect(List.of(), ROOT, cases);
        return cases.stream();
    }

    private static void collect(List<Option> way, Option option, List<Case> cases) {
        for (Option child : option.children()) {
            List<Option> longer = Stream.concat(way.stream(), Stream.of(child)).toList();
            cases.add(new Case(longer));
            collect(longer, child, cases);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aValueOutOfRangeIsRefusedAtItsPlace(Case one) throws IOException {
        assertThat(problems(file(one, good(one.option())))).as("with a good value").isEmpty();
        for (String bad : bad(one.option())) {
            String place = ":2:2: " + one + ": found ";
            assertThat(problems(file(one, bad))).as("with %s", bad).singleElement().asString().contains(place);
        }
        if (one.option().type() == Type.MAP) {
            String unknown = good(one.option()).replaceFirst("\\{", "{no-such-option: 1, ");
            assertThat(problems(file(one, unknown))).singleElement().asString().contains(":2:3: " + one + ".no-such-option: found the unknown key");
        }
    }

    private List<String> problems(String text) throws IOException {
        try {
            ConfigReader.read(Files.writeString(folder.resolve("c.yaml"), text), Repository.DESCRIPTORS);
            return List.of();
        } catch (ConfigException e) {
            return e.problems().stream().map(Object::toString).toList();
        }
    }

    /** A file with all that must be there, and the case's option with this value, alone in line 2 from column 2. */
    private static String file(Case one, String value) {
        return nested(ROOT, one.way(), value) + "\n";
    }

    private static String nested(Option option, List<Option> way, String value) {
        if (way.isEmpty()) {
            return "\n " + value + "\n";
        }
        Option next = way.get(0);
        String inner = nested(next, way.subList(1, way.size()), value);
        return switch (option.type()) {
            case LIST -> "[" + inner + "]";
            case TABLE -> "{name: " + inner + "}";
            default -> "{" + String.join(", ", Stream.concat(Stream.of(next.name() + ": " + inner), required(option, next)).toList()) + "}";
        };
    }

    private static Stream<String> required(Option map, Option but) {
        return map.children().stream().filter(o -> o.required() && o != but).map(o -> o.name() + ": " + good(o));
    }

    private static String good(Option option) {
        return switch (option.type()) {
            case STRING, NAME, PATH -> "word";
            case INTEGER -> Long.toString(option.minimum().orElse(1L));
            case BOOLEAN -> "true";
            case CHOICE -> option.allowed().get(0);
            case PERIOD -> "1 day";
            case DURATION -> option.minimum().orElse(1000L) + " ms";
            case SIZE -> option.minimum().orElse(1024L) + " B";
            case JID -> "ann@example.org";
            case DOMAIN -> "example.org";
            case SECRET -> "env:WORD";
            case MAP -> "{" + String.join(", ", required(option, null).toList()) + "}";
            case TABLE, OPEN -> "{}";
            case LIST -> "[]";
        };
    }

    private static List<String> bad(Option option) {
        List<String> bad = new ArrayList<>(switch (option.type()) {
            case STRING, PATH, SECRET -> List.of("7", "true", "''", "[word]", "{a: b}");
            case INTEGER -> List.of("word", "'1'", "1.5", "01");
            case BOOLEAN -> List.of("yes", "1", "'true'");
            case CHOICE -> List.of("no-such-word", "1");
            case PERIOD -> List.of("90", "0 days", "90 d", "5 s");
            case DURATION -> List.of("5", "0 s", "5s", "5 days");
            case SIZE -> List.of("64", "0 B", "64MiB", "64 MB");
            case JID -> List.of("example.org", "ann@example.org/phone", "7", "'@example.org'");
            case DOMAIN -> List.of("ann@example.org", "example.org/phone", "7", "'a b'");
            case NAME -> List.of("2nd", "a b", "7", "'word\n\n'", "a".repeat(65));
            case MAP -> List.of("word", "7", "[]");
            case TABLE, OPEN -> List.of("word", "7", "[]");
            case LIST -> List.of("word", "7", "{}");
        });
        bad.add("null");
        option.minimum().filter(n -> n > Long.MIN_VALUE).ifPresent(n -> bad.add(amount(option, n - 1)));
        option.maximum().filter(n -> n < Long.MAX_VALUE).ifPresent(n -> bad.add(amount(option, n + 1)));
        return bad;
    }

    private static String amount(Option option, long value) {
        return value + (option.type() == Type.DURATION ? " ms" : option.type() == Type.SIZE ? " B" : "");
    }
}
