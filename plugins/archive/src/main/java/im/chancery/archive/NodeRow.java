package im.chancery.archive;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** The one row of {@code archive_node}: whose database this is. */
final class NodeRow {
    private NodeRow() {
    }

    /**
     * Checks that the database is this node's, or nobody's yet.
     *
     * @throws ArchiveException if it is another node's
     */
    static void check(Connection connection, String origin) throws SQLException {
        Optional<String> found = find(connection);
        if (found.isPresent() && !found.get().equals(origin)) {
            throw new ArchiveException("the database belongs to node '" + found.get() + "', this is node '" + origin + "'");
        }
    }

    /** Makes it this node's if it is nobody's yet. */
    static void claim(Connection connection, String origin) throws SQLException {
        if (find(connection).isEmpty()) {
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO archive_node (origin, settled_below) VALUES (?, 0)")) {
                insert.setString(1, origin);
                insert.executeUpdate();
            }
        }
    }

    private static Optional<String> find(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT origin FROM archive_node"); ResultSet rows = select.executeQuery()) {
            return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
        }
    }

    /** Notes what a move of the database came to, for the next start. */
    static void move(Connection connection, String what) throws SQLException {
        setMoved(connection, what);
    }

    /** What the next start has to record of a move. */
    static Optional<String> moved(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT moved FROM archive_node WHERE moved IS NOT NULL");
                ResultSet rows = select.executeQuery()) {
            return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
        }
    }

    /** Forgets it: it is recorded in the same transaction. */
    static void forgetMove(Connection connection) throws SQLException {
        setMoved(connection, null);
    }

    private static void setMoved(Connection connection, String what) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("UPDATE archive_node SET moved = ?")) {
            update.setString(1, what);
            update.executeUpdate();
        }
    }
}
