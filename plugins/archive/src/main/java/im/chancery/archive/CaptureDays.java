package im.chancery.archive;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The day from which a bucket's period counts. A record that came after a later day had begun in the log was captured by a clock that had
 * gone back; it can be as young as that day, and nothing may go early. Outcomes aren't meant, which come into their attempts' bucket
 * after midnight too: their time is of the later day. Belongs to one thread.
 */
final class CaptureDays {
    /** For each day, where the first bucket of that day or a later one begins. */
    private final NavigableMap<LocalDate, Long> begins = new TreeMap<>();
    /** For each leaf index at which a bucket begins, the latest day that had begun by then. */
    private final NavigableMap<Long, LocalDate> begun = new TreeMap<>();

    CaptureDays(Collection<BucketRow> buckets) {
        for (BucketRow bucket : buckets) {
            begins.merge(bucket.id().day(), bucket.first(), Math::min);
            begun.merge(bucket.first(), bucket.id().day(), (x, y) -> x.isAfter(y) ? x : y);
        }
        long earliest = Long.MAX_VALUE;
        for (Map.Entry<LocalDate, Long> day : begins.descendingMap().entrySet()) {
            earliest = Math.min(earliest, day.getValue());
            day.setValue(earliest);
        }
        LocalDate latest = LocalDate.MIN;
        for (Map.Entry<Long, LocalDate> index : begun.entrySet()) {
            latest = index.getValue().isAfter(latest) ? index.getValue() : latest;
            index.setValue(latest);
        }
    }

    LocalDate countsFrom(Connection connection, BucketRow bucket) throws SQLException {
        LocalDate day = bucket.id().day();
        Map.Entry<LocalDate, Long> later = begins.higherEntry(day);
        if (bucket.state() == BucketState.DESTROYED || later == null || later.getValue() > bucket.last()) {
            return day;
        }
        long midnight = day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli();
        long last = RecordRows.lastBefore(connection, bucket, later.getValue(), midnight);
        return last < 0 ? day : begun.floorEntry(last).getValue();
    }
}
