package im.chancery.archive;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;

/** The one row of {@code archive_node}: whose database this is. */
final class NodeRow {
    private NodeRow() {
    }

    /**
     * Claims the database for a node.
     *
     * @return true if nobody had it, or it holds no record yet
     * @throws ArchiveException if it is another node's
     */
    static boolean claim(DataSource database, String origin) throws SQLException {
        try (Connection connection = database.getConnection()) {
            try (PreparedStatement select = connection.prepareStatement("SELECT origin FROM archive_node");
                    ResultSet rows = select.executeQuery()) {
                if (rows.next()) {
                    String found = rows.getString(1);
                    if (!found.equals(origin)) {
                        throw new ArchiveException("the database belongs to node '" + found + "', this is node '" + origin + "'");
                    }
                    return RecordRows.nextIndex(connection) == 0;
                }
            }
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO archive_node (origin, settled_below) VALUES (?, 0)")) {
                insert.setString(1, origin);
                insert.executeUpdate();
            }
            return true;
        }
    }
}
