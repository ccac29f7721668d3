package im.chancery.archive;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.apache.derby.jdbc.EmbeddedDataSource;

/**
 * Connections to the embedded Derby. After an error of its disk Derby shuts itself down, and boots again with the next connection. Where nothing
 * can be written then, as on a disk that is still full, it boots read-only, and would stay so: hence it is shut down again, until
 * a connection finds that it can write.
 */
final class EmbeddedDerby extends EmbeddedDataSource {
    private static final long serialVersionUID = 1L;
    /** How Derby reports a shutdown that went well. */
    private static final String SHUT_DOWN = "08006";

    private final String folder;
    private final boolean toRead;
    private int loginTimeout;

    /** @param folder the database's; it is there */
    EmbeddedDerby(Path folder, boolean toRead) {
        this.folder = folder.toString();
        this.toRead = toRead;
        setDatabaseName(this.folder);
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = super.getConnection();
        if (!toRead && connection.isReadOnly()) {
            connection.close();
            shutDown(Path.of(folder));
            throw new SQLTransientConnectionException("Derby can't write to its disk: it is full, or read-only");
        }
        return connection;
    }

    /** Known, as the pool wants it, and not kept: to boot after a crash may take longer, and must not begin anew each time. */
    @Override
    public void setLoginTimeout(int seconds) {
        loginTimeout = seconds;
    }

    @Override
    public int getLoginTimeout() {
        return loginTimeout;
    }

    static void shutDown(Path folder) throws SQLException {
        try {
            DriverManager.getConnection("jdbc:derby:" + folder + ";shutdown=true").close();
        } catch (SQLException e) {
            if (!SHUT_DOWN.equals(e.getSQLState())) {
                throw e;
            }
        }
    }
}
