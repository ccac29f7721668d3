package im.chancery.core;

/**
 * Names a record: the log it is in and its place there.
 *
 * @param origin the log's origin, which is the node's name: letters, digits, {@code . _ -}
 * @param index  the leaf index, gapless from 0
 */
public record RecordId(String origin, long index) {
    private static final int LONGEST_ORIGIN = 64;

    public RecordId {
        if (!isOrigin(origin) || index < 0) {
            throw new IllegalArgumentException("not a record id: " + origin + "/" + index);
        }
    }

    /**
     * Reads {@code origin/index}.
     *
     * @throws IllegalArgumentException if the text has another form
     */
    public static RecordId parse(String text) {
        int slash = text.lastIndexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("a record id is ORIGIN/INDEX, found '" + text + "'");
        }
        try {
            return new RecordId(text.substring(0, slash), Long.parseLong(text.substring(slash + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a record id is ORIGIN/INDEX, found '" + text + "'", e);
        }
    }

    /** Not by a regular expression: every record passes here, more than once. */
    private static boolean isOrigin(String text) {
        boolean all = !text.isEmpty() && text.length() <= LONGEST_ORIGIN && isLetterOrDigit(text.charAt(0));
        for (int i = 1; all && i < text.length(); i++) {
            char c = text.charAt(i);
            all = isLetterOrDigit(c) || c == '.' || c == '_' || c == '-';
        }
        return all;
    }

    private static boolean isLetterOrDigit(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }

    @Override
    public String toString() {
        return origin + "/" + index;
    }
}
