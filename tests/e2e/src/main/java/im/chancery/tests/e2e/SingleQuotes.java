package im.chancery.tests.e2e;

/**
 * Writes XML with its attributes in single quotes, as Prosody does and Tigase does not, so that tests can look for the one form. Takes a
 * stream in pieces of any length; for one thread.
 */
public final class SingleQuotes {
    private static final char OUTSIDE = 0;
    private static final char IN_TAG = '<';

    /** Outside of tags, in one, or in an attribute with these quotes. */
    private char state = OUTSIDE;

    /** A whole text. */
    public static String of(String xml) {
        return new SingleQuotes().next(xml);
    }

    /** The next piece. */
    public String next(String piece) {
        StringBuilder out = new StringBuilder(piece.length());
        for (int i = 0; i < piece.length(); i++) {
            char c = piece.charAt(i);
            if (state == OUTSIDE) {
                state = c == '<' ? IN_TAG : OUTSIDE;
                out.append(c);
            } else if (state == IN_TAG) {
                state = c == '>' ? OUTSIDE : c == '\'' || c == '"' ? c : IN_TAG;
                out.append(c == '"' ? '\'' : c);
            } else if (c == state) {
                state = IN_TAG;
                out.append('\'');
            } else if (c == '\'') {
                out.append("&apos;");
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
