package im.chancery.archive;

import java.time.LocalDate;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A bucket: all records of one class captured on one day. It has one key and is destroyed as one.
 *
 * @param recordClass the record class, as the config names it
 * @param day         the day of capture, UTC
 */
public record BucketId(String recordClass, LocalDate day) implements Comparable<BucketId> {
    private static final Pattern RECORD_CLASS = Pattern.compile("[A-Za-z][A-Za-z0-9._-]{0,63}");

    public BucketId {
        Objects.requireNonNull(day, "day");
        if (!RECORD_CLASS.matcher(recordClass).matches()) {
            throw new IllegalArgumentException("not a record class: " + recordClass);
        }
    }

    /** Reads {@code class/2026-11-22}. */
    public static BucketId parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("a bucket is CLASS/DAY, found '" + text + "'");
        }
        return new BucketId(text.substring(0, slash), LocalDate.parse(text.substring(slash + 1)));
    }

    @Override
    public int compareTo(BucketId o) {
        int c = day.compareTo(o.day);
        return c != 0 ? c : recordClass.compareTo(o.recordClass);
    }

    @Override
    public String toString() {
        return recordClass + "/" + day;
    }
}
