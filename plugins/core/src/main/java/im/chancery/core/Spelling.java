package im.chancery.core;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/** How names are written. Servers prepare the same localpart differently (RFC 7622, section 3.3; RFC 6122, appendix A): what one tells apart is one account at another. */
public final class Spelling {
    /** What nodeprep leaves out (RFC 3454, table B.1). */
    private static final Pattern UNSEEN = Pattern.compile("[\\u00AD\\u034F\\u1806\\u180B-\\u180D\\u200B-\\u200D\\u2060\\uFE00-\\uFE0F\\uFEFF]");

    private Spelling() {
    }

    /** The same for whatever may be one account at some server, and sometimes for what is not: for where the safe side is to take two for one. */
    public static String fold(String localpart) {
        if (localpart.chars().allMatch(c -> c < 0x80)) {
            return localpart.toLowerCase(Locale.ROOT);
        }
        String seen = UNSEEN.matcher(Normalizer.normalize(localpart, Normalizer.Form.NFKC)).replaceAll("");
        return Normalizer.normalize(seen.toLowerCase(Locale.ROOT).toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT), Normalizer.Form.NFKC);
    }
}
