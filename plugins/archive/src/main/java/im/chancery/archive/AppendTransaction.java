package im.chancery.archive;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Stores a batch of sealed records in one transaction, on the writer's own connection. Belongs to the committing thread. */
final class AppendTransaction implements AutoCloseable {
    private final Connection connection;
    private final Buckets buckets;
    private final Conversations conversations;
    private final PreparedStatement insert;
    private final PreparedStatement update;

    /** @param connection taken over, with autocommit off */
    AppendTransaction(Connection connection, Buckets buckets, Conversations conversations) throws SQLException {
        this.connection = connection;
        this.buckets = buckets;
        this.conversations = conversations;
        this.insert = connection.prepareStatement(
                "INSERT INTO archive_record (leaf_index, bucket_id, conversation, captured_at, sealed) VALUES (?, ?, ?, ?, ?)");
        this.update = BucketRows.prepareUpdate(connection);
    }

    Connection connection() {
        return connection;
    }

    /**
     * Stores and commits. When this returns the batch is on stable storage.
     *
     * @param batch records with consecutive indexes
     */
    void store(List<Pending> batch) throws SQLException {
        Map<BucketId, BucketRow> changed = new HashMap<>();
        int added = 0;
        for (Pending pending : batch) {
            SealedRecord stored = pending.sealed;
            BucketRow row = changed.get(stored.bucket());
            if (row == null) {
                row = buckets.get(stored.bucket()).orElse(null);
            }
            if (row == null) {
                row = new BucketRow(buckets.nextNumber() + added++, stored.bucket(), BucketState.LIVE, stored.index(), stored.index(), 0);
                BucketRows.insert(connection, row);
            }
            changed.put(stored.bucket(), row.plus(stored.index()));
            insert.setLong(1, stored.index());
            insert.setInt(2, row.number());
            insert.setLong(3, conversations.number(connection, Conversations.Key.of(stored.bucket(), pending.record), row.number()));
            insert.setLong(4, stored.capturedAt());
            insert.setBytes(5, stored.blob());
            insert.addBatch();
        }
        insert.executeBatch();
        for (BucketRow row : changed.values()) {
            BucketRows.update(update, row);
        }
        for (Pending pending : batch) {
            pending.alongside.run(connection, pending.sealed.index(), batch.get(0).sealed.index());
        }
        connection.commit();
        changed.values().forEach(buckets::put);
    }

    @Override
    public void close() {
        try (connection; insert; update) {
            connection.rollback();
            WriterLock.release(connection);
            connection.commit();
        } catch (SQLException | RuntimeException | Error e) {
            // The connection is given up because it failed; that its rollback fails too is no news.
            org.slf4j.LoggerFactory.getLogger(AppendTransaction.class).debug("rollback of a lost connection", e);
        }
    }
}
