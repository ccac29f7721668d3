package im.chancery.archive;

import im.chancery.archive.DestructionRow.Step;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The statements of destruction: those on {@code archive_destruction}, and those that delete. */
final class DestructionRows {
    /** Rows in one transaction. Derby takes a lock on the whole table at 5,000. */
    static final int CHUNK = 4_000;
    private static final int BLOCKS = 8;
    /** Where the column is that V2 has added. */
    private static final int SIGNATURE = 10;

    private DestructionRows() {
    }

    static long nextId(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT MAX(id) FROM archive_destruction");
                ResultSet rows = select.executeQuery()) {
            rows.next();
            return rows.getLong(1) + 1;
        }
    }

    static void insert(Connection connection, DestructionRow row) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO archive_destruction (id, bucket_id, step, schedule,"
                + " approved_by, key_copies_gone, destroyed, survivors, certificate, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            insert.setLong(1, row.id());
            insert.setInt(2, row.bucket());
            insert.setInt(3, row.step());
            insert.setString(4, row.schedule());
            insert.setString(5, row.approvedBy());
            insert.setString(6, row.keyCopiesGone());
            insert.setBytes(7, row.destroyed().getBytes(StandardCharsets.US_ASCII));
            insert.setBytes(8, row.survivors().getBytes(StandardCharsets.US_ASCII));
            insert.setLong(9, row.certificate());
            insert.setString(10, row.signature().orElse(null));
            insert.executeUpdate();
        }
    }

    static void advance(Connection connection, long id, Step step, long certificate) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE archive_destruction SET step = ?, certificate = ? WHERE id = ?")) {
            update.setInt(1, step.code());
            update.setLong(2, certificate);
            update.setLong(3, id);
            update.executeUpdate();
        }
    }

    /** All destructions, oldest first. */
    static List<DestructionRow> selectAll(Connection connection) throws SQLException {
        return select(connection, "");
    }

    /** Those that may be unfinished, by what their rows or those of their buckets say, oldest first. */
    static List<DestructionRow> selectOpen(Connection connection) throws SQLException {
        return select(connection, " WHERE step <> " + Step.CERTIFIED.code() + " OR certificate < 0"
                + " OR bucket_id IN (SELECT id FROM archive_bucket WHERE state = " + BucketState.DESTROYING.code() + ")");
    }

    /** Those of buckets that have records on both sides of a leaf, or there: few of all, oldest first. */
    static List<DestructionRow> selectAround(Connection connection, long leaf) throws SQLException {
        return select(connection, " WHERE bucket_id IN (SELECT id FROM archive_bucket WHERE first_index <= ? AND last_index >= ?)", leaf, leaf);
    }

    private static List<DestructionRow> select(Connection connection, String where, long... values) throws SQLException {
        // All columns, in the order of the migrations: a copy of a data folder from before V2 has no signatures.
        try (PreparedStatement select = connection.prepareStatement("SELECT * FROM archive_destruction" + where + " ORDER BY id")) {
            for (int i = 0; i < values.length; i++) {
                select.setLong(i + 1, values[i]);
            }
            try (ResultSet rows = select.executeQuery()) {
                boolean signed = rows.getMetaData().getColumnCount() >= SIGNATURE;
                List<DestructionRow> all = new ArrayList<>();
                while (rows.next()) {
                    all.add(new DestructionRow(rows.getLong(1), rows.getInt(2), rows.getInt(3), rows.getString(4), rows.getString(5),
                            rows.getString(6), ascii(rows.getBytes(7)), ascii(rows.getBytes(8)), rows.getLong(9),
                            signed ? Optional.ofNullable(rows.getString(SIGNATURE)) : Optional.empty()));
                }
                return all;
            }
        }
    }

    /** Deletes a bucket's rows but for the survivors, which lose their conversation. A transaction for each chunk. */
    static void deleteRecords(Connection connection, BucketRow bucket, LeafRanges survivors) throws SQLException {
        String where = " WHERE bucket_id = ? AND leaf_index BETWEEN ? AND ?";
        for (LeafRanges.Range gap : survivors.gaps(bucket.first(), bucket.last(), CHUNK)) {
            inRange(connection, "DELETE FROM archive_record" + where, bucket, gap);
        }
        LeafRanges all = LeafRanges.of(List.of());
        if (!survivors.isEmpty()) {
            for (LeafRanges.Range range : all.gaps(bucket.first(), bucket.last(), CHUNK)) {
                inRange(connection, "UPDATE archive_record SET conversation = " + Conversations.NONE + where, bucket, range);
            }
        }
    }

    private static void inRange(Connection connection, String sql, BucketRow bucket, LeafRanges.Range range) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(1, bucket.number());
            statement.setLong(2, range.first());
            statement.setLong(3, range.last());
            statement.executeUpdate();
        }
        connection.commit();
    }

    /** Deletes the outcome marks whose records are gone. */
    static void deleteOutcomeMarks(Connection connection, BucketRow bucket) throws SQLException {
        long last = bucket.last() >>> OutcomeJournal.BLOCK_BITS;
        for (long block = bucket.first() >>> OutcomeJournal.BLOCK_BITS; block <= last; block += BLOCKS) {
            try (PreparedStatement delete = connection.prepareStatement("DELETE FROM archive_outcome_block WHERE block BETWEEN ? AND ?"
                    + " AND NOT EXISTS (SELECT 1 FROM archive_record r WHERE r.leaf_index = archive_outcome_block.leaf_index)")) {
                delete.setLong(1, block);
                delete.setLong(2, block + BLOCKS - 1);
                delete.executeUpdate();
            }
            connection.commit();
        }
    }

    /** Deletes all look-up tokens of a bucket. */
    static void deleteConversations(Connection connection, BucketRow bucket) throws SQLException {
        List<Long> numbers = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT id FROM archive_conversation WHERE bucket_id = ?")) {
            select.setInt(1, bucket.number());
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    numbers.add(rows.getLong(1));
                }
            }
        }
        connection.commit();
        try (PreparedStatement participants = connection.prepareStatement("DELETE FROM archive_participant WHERE conversation = ?");
                PreparedStatement conversation = connection.prepareStatement("DELETE FROM archive_conversation WHERE id = ?")) {
            int rows = 0;
            for (long number : numbers) {
                participants.setLong(1, number);
                rows += participants.executeUpdate();
                conversation.setLong(1, number);
                rows += conversation.executeUpdate();
                if (rows > CHUNK / 2) {
                    connection.commit();
                    rows = 0;
                }
            }
            connection.commit();
        }
    }

    private static String ascii(byte[] text) {
        return new String(text, StandardCharsets.US_ASCII);
    }
}
