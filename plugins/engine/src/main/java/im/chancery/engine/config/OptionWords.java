package im.chancery.engine.config;

import im.chancery.core.config.Option;
import im.chancery.core.config.Quantity;
import im.chancery.core.config.Secret;
import java.util.List;
import java.util.stream.Collectors;

/** What an option takes, in words: the same in errors and on the reference page. */
final class OptionWords {
    static final String NAME_ALLOWED = "a name: a letter, then up to 63 letters, digits, '.', '_' or '-'";

    private OptionWords() {
    }

    static String allowed(Option option) {
        return switch (option.type()) {
            case STRING -> "text";
            case INTEGER -> "a whole number" + bounds(option);
            case BOOLEAN -> "true or false";
            case CHOICE -> oneOf(option.allowed());
            case PERIOD -> Quantity.PERIOD_ALLOWED;
            case DURATION -> Quantity.DURATION_ALLOWED + bounds(option);
            case SIZE -> Quantity.SIZE_ALLOWED + bounds(option);
            case JID -> "a bare address, such as 'ann@example.org'";
            case DOMAIN -> "a domain, such as 'example.org'";
            case PATH -> "the path of a file or folder";
            case SECRET -> Secret.ALLOWED;
            case NAME -> NAME_ALLOWED;
            case MAP -> "a map with " + keys(option);
            case TABLE -> "a map from names to " + allowed(option.children().get(0));
            case LIST -> "a list, each item " + allowed(option.children().get(0));
            case OPEN -> "a map with the keys that the extension takes";
        };
    }

    /** The keys of a map, in words. */
    static String keys(Option map) {
        return map.children().isEmpty() ? "no keys" : "the keys " + map.children().stream().map(Option::name).collect(Collectors.joining(", "));
    }

    static String oneOf(List<String> words) {
        int last = words.size() - 1;
        String head = words.subList(0, last).stream().map(w -> "'" + w + "'").collect(Collectors.joining(", "));
        return (head.isEmpty() ? "" : head + " or ") + "'" + words.get(last) + "'";
    }

    /** {@code ", from 1 s to 1 h"}, in the unit the option is written in; empty where it has no bounds. */
    static String bounds(Option option) {
        String least = option.minimum().map(n -> amount(option.type(), n)).orElse(null);
        String most = option.maximum().map(n -> amount(option.type(), n)).orElse(null);
        if (least == null && most == null) {
            return "";
        }
        return most == null ? ", at least " + least : least == null ? ", at most " + most : ", from " + least + " to " + most;
    }

    private static String amount(Option.Type type, long value) {
        return switch (type) {
            case DURATION -> inLargest(value, List.of("ms", "s", "min", "h"), List.of(1000L, 60L, 60L));
            case SIZE -> inLargest(value, List.of("B", "KiB", "MiB", "GiB"), List.of(1024L, 1024L, 1024L));
            default -> Long.toString(value);
        };
    }

    private static String inLargest(long value, List<String> units, List<Long> steps) {
        int unit = 0;
        long rest = value;
        while (unit < steps.size() && rest != 0 && rest % steps.get(unit) == 0) {
            rest /= steps.get(unit++);
        }
        return rest + " " + units.get(unit);
    }
}
