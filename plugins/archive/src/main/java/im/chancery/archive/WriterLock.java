package im.chancery.archive;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Keeps the writer of a second engine out of a PostgreSQL database, whatever folders that engine has: an advisory lock of the
 * writer's session on the table {@code archive_node}. It goes when the session does. Derby locks its own files.
 *
 * <p>Decisions run in other sessions, which may outlive the writer's. Each has a second lock, shared, to the end of its
 * transaction, and looks whether the writer's session still has the first one. Who takes the first one waits for the second: so
 * no decision is committed beside another engine.
 */
final class WriterLock {
    /** Numbers of ours, because advisory locks share one space. */
    private static final int WRITER = 0x43484152;
    private static final int DECISIONS = WRITER + 1;
    /** The session where no lock is needed, because no other process can connect. */
    static final int NONE = 0;

    private static final String TABLE = "'archive_node'::regclass::oid::int";

    private WriterLock() {
    }

    /**
     * Takes the lock for the connection's session, in a transaction.
     *
     * @return the session, for {@link #share}
     * @throws ArchiveException if another session has it
     */
    static int take(Connection connection) throws SQLException {
        if (!applies(connection)) {
            return NONE;
        }
        if (!call("SELECT pg_try_advisory_lock(" + WRITER + ", " + TABLE + ")", connection)) {
            throw new ArchiveException("the database is in use by another engine, with other folders; allowed: one engine for each database or schema");
        }
        try (Statement statement = connection.createStatement()) {
            // A session whose machine is gone without a word would keep the lock for two hours.
            statement.execute("SET tcp_keepalives_idle = 20");
            statement.execute("SET tcp_keepalives_interval = 10");
            statement.execute("SET tcp_keepalives_count = 3");
            statement.execute("SET LOCAL lock_timeout = '30s'");
            statement.execute("SELECT pg_advisory_xact_lock(" + DECISIONS + ", " + TABLE + ")");
            try (ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
                row.next();
                return row.getInt(1);
            }
        }
    }

    /**
     * Lets a transaction write beside the writer, until its end.
     *
     * @param session what {@link #take} gave
     * @return false if the writer's session has lost the lock; the transaction must not write then
     */
    static boolean share(Connection connection, int session) throws SQLException {
        if (!applies(connection)) {
            return true;
        }
        try (Statement statement = connection.createStatement();
                PreparedStatement select = connection.prepareStatement("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = " + WRITER
                        + " AND objid = 'archive_node'::regclass::oid AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid = ?")) {
            statement.execute("SELECT pg_advisory_xact_lock_shared(" + DECISIONS + ", " + TABLE + ")");
            select.setInt(1, session);
            try (ResultSet row = select.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Lets go before the connection returns to its pool. */
    static void release(Connection connection) throws SQLException {
        if (applies(connection)) {
            call("SELECT pg_advisory_unlock(" + WRITER + ", " + TABLE + ")", connection);
        }
    }

    private static boolean applies(Connection connection) throws SQLException {
        return connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
    }

    private static boolean call(String function, Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(function)) {
            rows.next();
            return rows.getBoolean(1);
        }
    }
}
