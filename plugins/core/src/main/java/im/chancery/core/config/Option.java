package im.chancery.core.config;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Describes one option of the config file: its name, type, bounds, default and meaning. The JSON Schema, the reference
 * page and the checks are made from these.
 *
 * @param name        the key; {@code "*"} for a map with free keys or the item of a list
 * @param type        the type
 * @param doc         one sentence, for the reference page
 * @param required    whether it must be there
 * @param byDefault   the value where it is absent, as it would be written; empty where there is none
 * @param allowed     for {@link Type#CHOICE} the words; else empty
 * @param minimum     the least value, for an integer as it is, for a size in bytes, for a time span in ms; else empty
 * @param maximum     the greatest value, likewise
 * @param children    for a map the entries, for a list exactly one item; else empty
 * @param live        of a top-level option: whether a change is taken while the engine runs; else it needs a restart
 */
public record Option(
        String name,
        Type type,
        String doc,
        boolean required,
        Optional<String> byDefault,
        List<String> allowed,
        Optional<Long> minimum,
        Optional<Long> maximum,
        List<Option> children,
        boolean live) {

    /** The types an option can have. Those with a unit are written with it: {@code 90 days}, {@code 5 s}, {@code 64 MiB}. */
    public enum Type {
        STRING, INTEGER, BOOLEAN, CHOICE,
        /** A calendar period in days, weeks, months or years, such as {@code 7 years}. */
        PERIOD,
        /** A time span in ms, s, min or h, such as {@code 5 s}. */
        DURATION,
        /** A number of bytes in B, KiB, MiB or GiB, such as {@code 64 MiB}. */
        SIZE,
        /** A bare address. */
        JID,
        /** A domain. */
        DOMAIN,
        /** A file or folder; relative ones are taken from the config file's folder. */
        PATH,
        /** Where a secret is: a file that only its owner may touch, or {@code env:NAME}; see {@link Secret}. Errors don't show it. */
        SECRET,
        /** An identifier: a letter, then up to 63 letters, digits, {@code . _ -}. */
        NAME,
        /** A fixed set of named entries. */
        MAP,
        /** Free keys, each value as the one child says. */
        TABLE,
        /** A map whose entries somebody else describes and checks: an extension. */
        OPEN,
        /** A list, each item as the one child says. */
        LIST
    }

    public Option {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(doc, "doc");
        allowed = List.copyOf(allowed);
        children = List.copyOf(children);
    }

    /** An optional option without bounds or default. */
    public static Option of(String name, Type type, String doc) {
        return new Option(name, type, doc, false, Optional.empty(), List.of(), Optional.empty(), Optional.empty(), List.of(), false);
    }

    /** An option that is one of these words. */
    public static Option choice(String name, String doc, String... words) {
        return new Option(name, Type.CHOICE, doc, false, Optional.empty(), List.of(words), Optional.empty(), Optional.empty(), List.of(), false);
    }

    /** An option with fixed entries. */
    public static Option map(String name, String doc, Option... entries) {
        return new Option(name, Type.MAP, doc, false, Optional.empty(), List.of(), Optional.empty(), Optional.empty(), List.of(entries), false);
    }

    /** An option with free keys. */
    public static Option table(String name, String doc, Option value) {
        return new Option(name, Type.TABLE, doc, false, Optional.empty(), List.of(), Optional.empty(), Optional.empty(), List.of(value), false);
    }

    /** An option that is a list. */
    public static Option list(String name, String doc, Option item) {
        return new Option(name, Type.LIST, doc, false, Optional.empty(), List.of(), Optional.empty(), Optional.empty(), List.of(item), false);
    }

    /** The same, and it must be there. */
    public Option must() {
        return new Option(name, type, doc, true, byDefault, allowed, minimum, maximum, children, live);
    }

    /** The same, and a change of it or anything in it is taken while the engine runs. */
    public Option changesLive() {
        return new Option(name, type, doc, required, byDefault, allowed, minimum, maximum, children, true);
    }

    /** The same with a default. */
    public Option or(String value) {
        return new Option(name, type, doc, required, Optional.of(value), allowed, minimum, maximum, children, live);
    }

    /** The same with bounds, both inclusive: of an integer, or of a size in bytes. */
    public Option between(long low, long high) {
        return new Option(name, type, doc, required, byDefault, allowed, Optional.of(low), Optional.of(high), children, live);
    }

    /** The same with bounds of a time span, both inclusive. */
    public Option between(Duration low, Duration high) {
        return between(low.toMillis(), high.toMillis());
    }
}
