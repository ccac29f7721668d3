package im.chancery.retention;

import im.chancery.archive.ArchiveException;
import im.chancery.archive.BucketId;
import im.chancery.archive.Migrations;
import java.sql.Connection;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/** The statements on retention's own tables, which lie beside the archive's. The caller's connection decides the transaction. */
final class RetentionTables {
    private RetentionTables() {
    }

    /** Brings the tables up to date. */
    static void prepare(DataSource database) {
        try (Connection connection = database.getConnection()) {
            Migrations.run(connection, "retention", Map.of());
        } catch (SQLException e) {
            throw new ArchiveException("the retention's tables can't be read, or brought up to date", e);
        }
    }

    /** The holds that the table names: hold id to release id. */
    static Map<String, Optional<String>> holds(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT hold_id, release_id FROM retention_hold");
                ResultSet rows = select.executeQuery()) {
            Map<String, Optional<String>> holds = new HashMap<>();
            while (rows.next()) {
                holds.put(rows.getString(1), Optional.ofNullable(rows.getString(2)));
            }
            return holds;
        }
    }

    static void insertHold(Connection connection, String holdId, Optional<String> releaseId) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO retention_hold (hold_id, release_id) VALUES (?, ?)")) {
            insert.setString(1, holdId);
            insert.setString(2, releaseId.orElse(null));
            insert.executeUpdate();
        }
    }

    static void updateHold(Connection connection, String holdId, Optional<String> releaseId) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("UPDATE retention_hold SET release_id = ? WHERE hold_id = ?")) {
            if (releaseId.isPresent()) {
                update.setString(1, releaseId.get());
            } else {
                update.setNull(1, Types.VARCHAR);
            }
            update.setString(2, holdId);
            update.executeUpdate();
        }
    }

    static void deleteHold(Connection connection, String holdId) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM retention_hold WHERE hold_id = ?")) {
            delete.setString(1, holdId);
            delete.executeUpdate();
        }
    }

    /** Adds to what was destroyed of a bucket. */
    static void addDestroyed(Connection connection, BucketId bucket, long records) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE retention_disposal SET destroyed = destroyed + ? WHERE record_class = ? AND bucket_day = ?")) {
            update.setLong(1, records);
            update.setString(2, bucket.recordClass());
            update.setDate(3, Date.valueOf(bucket.day()));
            if (update.executeUpdate() == 1) {
                return;
            }
        }
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO retention_disposal (destroyed, record_class, bucket_day) VALUES (?, ?, ?)")) {
            insert.setLong(1, records);
            insert.setString(2, bucket.recordClass());
            insert.setDate(3, Date.valueOf(bucket.day()));
            insert.executeUpdate();
        }
    }

    /** How many records of each bucket were destroyed, or are being destroyed. */
    static Map<BucketId, Long> destroyed(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT record_class, bucket_day, destroyed FROM retention_disposal");
                ResultSet rows = select.executeQuery()) {
            Map<BucketId, Long> destroyed = new HashMap<>();
            while (rows.next()) {
                LocalDate day = rows.getDate(2).toLocalDate();
                destroyed.put(new BucketId(rows.getString(1), day), rows.getLong(3));
            }
            return destroyed;
        }
    }

    /** When the daily run last went through all that was due, whether or not each of it could go. In a transaction of its own. */
    static Optional<Instant> lastRun(DataSource database) {
        try (Connection connection = database.getConnection();
                PreparedStatement select = connection.prepareStatement("SELECT ended_ms FROM retention_run WHERE id = 1");
                ResultSet rows = select.executeQuery()) {
            return rows.next() ? Optional.of(Instant.ofEpochMilli(rows.getLong(1))) : Optional.empty();
        } catch (SQLException e) {
            throw new ArchiveException("can't read when the last daily run was", e);
        }
    }

    /** Notes that the daily run has gone through all that was due. In a transaction of its own. */
    static void noteRun(DataSource database, Instant ended) {
        try (Connection connection = database.getConnection()) {
            try (PreparedStatement update = connection.prepareStatement("UPDATE retention_run SET ended_ms = ? WHERE id = 1")) {
                update.setLong(1, ended.toEpochMilli());
                if (update.executeUpdate() == 1) {
                    return;
                }
            }
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO retention_run (id, ended_ms) VALUES (1, ?)")) {
                insert.setLong(1, ended.toEpochMilli());
                insert.executeUpdate();
            }
        } catch (SQLException e) {
            throw new ArchiveException("can't note when the daily run was", e);
        }
    }
}
