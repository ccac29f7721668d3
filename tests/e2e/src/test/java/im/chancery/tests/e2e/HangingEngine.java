package im.chancery.tests.e2e;

import im.chancery.tests.contracts.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.UnaryOperator;

/**
 * One node on its own whose engine can be had to hang while its host goes on: as a process, or, where it is in its host's, on its database. For one
 * thread.
 */
final class HangingEngine implements AutoCloseable {
    private final Deployment chancery;
    /** The archive's, where a table in it can be locked; else the archive is in Derby. */
    private final String database;

    private HangingEngine(Deployment chancery, String database) {
        this.chancery = chancery;
        this.database = database;
    }

    /** Starts the node with its config changed. */
    static HangingEngine start(UnaryOperator<String> change) throws IOException, SQLException {
        Deployment.Node node = Deployment.Node.free("node1", "localhost");
        String database = node.inHost() ? PostgresServer.shared().newDatabaseUrl() : null;
        Deployment.Node stored = node.inHost() ? node.archivedIn(database, PostgresServer.shared().user(), password()) : node;
        return new HangingEngine(Deployment.start(stored, new Certificates(), change, setup -> { }), database);
    }

    private static String password() throws IOException {
        return Files.readString(PostgresServer.shared().password());
    }

    /** The node. */
    Deployment deployment() {
        return chancery;
    }

    /** Has it hang until the result is closed. */
    AutoCloseable hang() throws IOException, SQLException {
        if (database == null) {
            chancery.engine().freeze();
            return chancery.engine()::thaw;
        }
        Connection lock = DriverManager.getConnection(database, PostgresServer.shared().user(), password());
        lock.setAutoCommit(false);
        try (Statement statement = lock.createStatement()) {
            statement.execute("LOCK TABLE archive_record IN ACCESS EXCLUSIVE MODE");
        }
        return lock;
    }

    @Override
    public void close() {
        chancery.close();
    }
}
