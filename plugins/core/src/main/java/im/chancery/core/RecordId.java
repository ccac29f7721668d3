package im.chancery.core;

import java.util.regex.Pattern;

/**
 * Names a record: the log it is in and its place there.
 *
 * @param origin the log's origin, which is the node's name: letters, digits, {@code . _ -}
 * @param index  the leaf index, gapless from 0
 */
public record RecordId(String origin, long index) {
    private static final Pattern ORIGIN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    public RecordId {
        if (!ORIGIN.matcher(origin).matches() || index < 0) {
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

    @Override
    public String toString() {
        return origin + "/" + index;
    }
}
