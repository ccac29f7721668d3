package im.chancery.archive;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/** The statements on {@code archive_bucket}. */
final class BucketRows {
    private BucketRows() {
    }

    static List<BucketRow> selectAll(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT id, record_class, capture_day, state, first_index, last_index, records FROM archive_bucket ORDER BY id");
                ResultSet rows = select.executeQuery()) {
            List<BucketRow> all = new ArrayList<>();
            while (rows.next()) {
                all.add(new BucketRow(rows.getInt(1), new BucketId(rows.getString(2), LocalDate.parse(rows.getString(3))),
                        BucketState.ofCode(rows.getInt(4)), rows.getLong(5), rows.getLong(6), rows.getLong(7)));
            }
            return all;
        }
    }

    static void insert(Connection connection, BucketRow row) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO archive_bucket"
                + " (id, record_class, capture_day, state, first_index, last_index, records) VALUES (?, ?, ?, ?, ?, ?, ?)")) {
            insert.setInt(1, row.number());
            insert.setString(2, row.id().recordClass());
            insert.setString(3, row.id().day().toString());
            insert.setInt(4, row.state().code());
            insert.setLong(5, row.first());
            insert.setLong(6, row.last());
            insert.setLong(7, row.records());
            insert.executeUpdate();
        }
    }

    static void update(Connection connection, BucketRow row) throws SQLException {
        try (PreparedStatement update = prepareUpdate(connection)) {
            update(update, row);
        }
    }

    /** For {@link #update(PreparedStatement, BucketRow)}: for whoever updates often. */
    static PreparedStatement prepareUpdate(Connection connection) throws SQLException {
        return connection.prepareStatement("UPDATE archive_bucket SET state = ?, last_index = ?, records = ? WHERE id = ?");
    }

    static void update(PreparedStatement update, BucketRow row) throws SQLException {
        update.setInt(1, row.state().code());
        update.setLong(2, row.last());
        update.setLong(3, row.records());
        update.setInt(4, row.number());
        update.executeUpdate();
    }

    /** Marks a bucket as being destroyed. @return false if its row isn't the one given any more; nothing is changed then */
    static boolean beginDestruction(Connection connection, BucketRow row) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE archive_bucket SET state = ? WHERE id = ? AND state = ? AND last_index = ? AND records = ?")) {
            update.setInt(1, BucketState.DESTROYING.code());
            update.setInt(2, row.number());
            update.setInt(3, row.state().code());
            update.setLong(4, row.last());
            update.setLong(5, row.records());
            return update.executeUpdate() == 1;
        }
    }
}
