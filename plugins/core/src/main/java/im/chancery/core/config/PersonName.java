package im.chancery.core.config;

import im.chancery.core.Spelling;

/** The names of those who run the system, as the tokens file has them. Whoever looks the same is the same person: duties are separate, one for each. */
public final class PersonName {
    /** In words, for an error. */
    public static final String ALLOWED = "a name without blanks at its ends";

    private PersonName() {
    }

    /** Whether it begins or ends with a blank, of whatever kind, or is nothing else. */
    public static boolean hasBlankEnds(String name) {
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
