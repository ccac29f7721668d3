package im.chancery.archive;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/** The statements that read {@code archive_record}. */
final class RecordRows {
    /** Said in the statement, so that PostgreSQL plans for a page; it doesn't know the driver's limit, and might sort a whole range. */
    private static final String LIMIT = " FETCH FIRST ? ROWS ONLY";

    /** A row: the stored record and the number of its conversation. */
    record Row(SealedRecord stored, long conversation) {
    }

    private RecordRows() {
    }

    /** The first leaf index that isn't stored yet. After a destruction of the newest records too, because the certificate is newer. */
    static long nextIndex(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT MAX(leaf_index) FROM archive_record");
                ResultSet rows = select.executeQuery()) {
            rows.next();
            long max = rows.getLong(1);
            return rows.wasNull() ? 0 : max + 1;
        }
    }

    /**
     * The leaf index of a bucket's newest record, from this index on, that was captured before this moment, in ms since 1970; -1 if
     * there is none.
     */
    static long lastBefore(Connection connection, BucketRow bucket, long from, long moment) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT MAX(leaf_index) FROM archive_record WHERE leaf_index BETWEEN ? AND ? AND bucket_id = ? AND captured_at < ?")) {
            select.setLong(1, from);
            select.setLong(2, bucket.last());
            select.setInt(3, bucket.number());
            select.setLong(4, moment);
            try (ResultSet rows = select.executeQuery()) {
                rows.next();
                long last = rows.getLong(1);
                return rows.wasNull() ? -1 : last;
            }
        }
    }

    static Optional<Row> select(Connection connection, long index, IntFunction<BucketId> bucketOf) throws SQLException {
        List<Row> rows = selectRange(connection, index, index + 1, 1, bucketOf);
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(0));
    }

    /** At most {@code limit} rows with {@code from <= leaf index < to}, in log order. */
    static List<Row> selectRange(Connection connection, long from, long to, int limit, IntFunction<BucketId> bucketOf) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT leaf_index, bucket_id, captured_at, sealed, conversation FROM archive_record"
                + " WHERE leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index" + LIMIT)) {
            select.setLong(1, from);
            select.setLong(2, to);
            select.setInt(3, limit);
            select.setFetchSize(limit);
            try (ResultSet rows = select.executeQuery()) {
                List<Row> found = new ArrayList<>();
                while (rows.next()) {
                    found.add(new Row(new SealedRecord(rows.getLong(1), bucketOf.apply(rows.getInt(2)), rows.getLong(3), rows.getBytes(4)),
                            rows.getLong(5)));
                }
                return found;
            }
        }
    }

    /** At most {@code limit} leaf indexes of a conversation, greater than {@code after}, in log order. */
    static List<Long> selectConversation(Connection connection, long conversation, long after, int limit) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT leaf_index FROM archive_record WHERE conversation = ? AND leaf_index > ? ORDER BY leaf_index" + LIMIT)) {
            select.setLong(1, conversation);
            select.setLong(2, after);
            select.setInt(3, limit);
            try (ResultSet rows = select.executeQuery()) {
                List<Long> found = new ArrayList<>();
                while (rows.next()) {
                    found.add(rows.getLong(1));
                }
                return found;
            }
        }
    }
}
