package im.chancery.core.config;

import java.text.Normalizer;
import java.util.Locale;

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

    /** What is equal for names that count as one: after NFKC, in lower case. */
    public static String key(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    }
}
