package im.chancery.core.config;

import im.chancery.core.Spelling;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The names of those who run the system, as the tokens file has them. Whoever looks the same is the same person: duties are separate, one for each. */
public final class PersonName {
    /** Whom audit records and certificates name where no person has done it: what the engine does must not look like somebody's doing, nor theirs like the engine's. */
    private static final List<String> RESERVED = List.of("archive", "engine", "file watch", "key folder restored", "nobody", "schedule", "signal");
    private static final Set<String> RESERVED_KEYS = RESERVED.stream().map(PersonName::key).collect(Collectors.toUnmodifiableSet());

    private PersonName() {
    }

    /** What a name that can't be somebody's should be, in words for an error; nothing if it can. */
    public static Optional<String> allowedInstead(String name) {
        if (hasBlankEnds(name)) {
            return Optional.of("a name without blanks at its ends");
        }
        return RESERVED_KEYS.contains(key(name)) ? Optional.of("a name that counts as none of the engine's own: " + String.join(", ", RESERVED)) : Optional.empty();
    }

    /** Whether it begins or ends with a blank, of whatever kind, or is nothing else. */
    private static boolean hasBlankEnds(String name) {
        return name.isEmpty() || isBlank(name.codePointAt(0)) || isBlank(name.codePointBefore(name.length()));
    }

    private static boolean isBlank(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }

    /** What is equal for names that count as one, see {@link Spelling}. */
    public static String key(String name) {
        return Spelling.fold(name);
    }
}
