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

    /** What a page's blobs come to, in bytes, when no more rows are added: a record may have 256 KB. */
    static final int PAGE_BYTES = 4 << 20;
    /** Rows that PostgreSQL's driver takes at once where it isn't told to take all. */
    private static final int FETCHED = 64;

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

    /**
     * Rows with {@code from <= leaf index < to}, in log order: at most {@code limit}, and fewer where they are large. Only where there are none
     * left it is empty.
     */
    static List<Row> selectRange(Connection connection, long from, long to, int limit, IntFunction<BucketId> bucketOf) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT leaf_index, bucket_id, captured_at, sealed, conversation FROM archive_record"
                + " WHERE leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index" + LIMIT)) {
            select.setLong(1, from);
            select.setLong(2, to);
            select.setInt(3, limit);
            select.setFetchSize(Math.min(limit, FETCHED));
            boolean alone = limit > FETCHED && connection.getAutoCommit();
            if (alone) {
                connection.setAutoCommit(false); // or PostgreSQL's driver takes all rows at once, whatever the fetch size
            }
            try (ResultSet rows = select.executeQuery()) {
                return page(rows, bucketOf);
            } finally {
                if (alone) {
                    connection.setAutoCommit(true);
                }
            }
        }
    }

    private static List<Row> page(ResultSet rows, IntFunction<BucketId> bucketOf) throws SQLException {
        List<Row> found = new ArrayList<>();
        for (long bytes = 0; bytes < PAGE_BYTES && rows.next(); ) {
            byte[] blob = rows.getBytes(4);
            found.add(new Row(new SealedRecord(rows.getLong(1), bucketOf.apply(rows.getInt(2)), rows.getLong(3), blob), rows.getLong(5)));
            bytes += blob.length;
        }
        return found;
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
