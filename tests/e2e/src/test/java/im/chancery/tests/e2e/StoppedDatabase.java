package im.chancery.tests.e2e;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Set;

/** The Derby of an engine that is not running, opened past the engine. {@link #close} shuts it down again. */
final class StoppedDatabase implements AutoCloseable {
    private final Path data;
    private final Connection connection;

    private StoppedDatabase(Path data, Connection connection) {
        this.data = data;
        this.connection = connection;
    }

    /** Opens the database in an engine's data folder, with autocommit. */
    static StoppedDatabase open(Path data) throws SQLException {
        System.setProperty("derby.stream.error.file", "/dev/null");
        return new StoppedDatabase(data, DriverManager.getConnection(url(data)));
    }

    static String url(Path data) {
        return "jdbc:derby:" + data.resolve("db");
    }

    Connection connection() {
        return connection;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
        shutDown(data);
    }

    /** Closes the database's files; does nothing if this process doesn't have it open. */
    static void shutDown(Path data) {
        try {
            DriverManager.getConnection(url(data) + ";shutdown=true").close();
        } catch (SQLException e) {
            if (!Set.of("08006", "XJ004").contains(e.getSQLState())) { // it went well; it wasn't open
                throw new AssertionError("Derby didn't shut down", e);
            }
        }
    }
}
