package im.chancery.archive;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Keeps the writer of a second engine out of a PostgreSQL database, whatever folders that engine has: an advisory lock of the
 * writer's session on the table {@code archive_node}. It goes when the session does. Derby locks its own files.
 */
final class WriterLock {
    /** A number of ours, because advisory locks share one space. */
    private static final int SPACE = 0x43484152;

    private WriterLock() {
    }

    /** @throws ArchiveException if another session has it */
    static void take(Connection connection) throws SQLException {
        if (applies(connection) && !call("pg_try_advisory_lock", connection)) {
            throw new ArchiveException("the database is in use by another engine, with other folders; allowed: one engine for each database or schema");
        }
    }

    /** Lets go before the connection returns to its pool. */
    static void release(Connection connection) throws SQLException {
        if (applies(connection)) {
            call("pg_advisory_unlock", connection);
        }
    }

    private static boolean applies(Connection connection) throws SQLException {
        return connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
    }

    private static boolean call(String function, Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT " + function + "(" + SPACE + ", 'archive_node'::regclass::oid::int)")) {
            rows.next();
            return rows.getBoolean(1);
        }
    }
}
