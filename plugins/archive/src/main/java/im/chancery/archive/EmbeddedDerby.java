package im.chancery.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
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

    /**
     * Makes an empty database, whole or not at all: Derby doesn't boot one that it was interrupted in making, and doesn't sync folders. So it is made beside its place,
     * and gets its name when all of it is on stable storage. What an earlier try has left is removed.
     */
    static void make(Path folder) throws SQLException, IOException {
        Path making = folder.resolveSibling(folder.getFileName() + ".new");
        if (Files.exists(making)) {
            for (Path left : all(making, Comparator.reverseOrder())) {
                Files.delete(left);
            }
        }
        DriverManager.getConnection("jdbc:derby:" + making + ";create=true").close();
        shutDown(making);
        for (Path made : all(making, Comparator.naturalOrder())) {
            DurableFiles.sync(made);
        }
        Files.move(making, folder, StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.sync(folder.getParent());
    }

    private static List<Path> all(Path folder, Comparator<Path> order) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.sorted(order).toList();
        }
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
