package im.chancery.archive;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/**
 * Opens the archive's database, refuses one that could lose what it has committed, and brings its tables up to date.
 */
final class Databases {
    /** Flyway's own table for the archive; other modules in the same database have theirs. */
    private static final String HISTORY = "archive_schema_history";
    private static final String DURABILITY = "derby.system.durability";

    private Databases() {
    }

    static HikariDataSource open(ArchiveConfig config) {
        return open(config, false);
    }

    /** Opens a database that is there for reading; its connections refuse to write. */
    static HikariDataSource openToRead(ArchiveConfig config) {
        return open(config, true);
    }

    private static HikariDataSource open(ArchiveConfig config, boolean toRead) {
        HikariConfig pool = new HikariConfig();
        pool.setPoolName("archive");
        pool.setMaximumPoolSize(8);
        pool.setMinimumIdle(1);
        pool.setConnectionTimeout(15_000);
        pool.setReadOnly(toRead);
        StoreConfig store = config.store();
        if (store.kind() == StoreConfig.Kind.DERBY) {
            refuseUnsafeDerby();
            pool.setJdbcUrl("jdbc:derby:" + config.data().resolve("db") + (toRead ? "" : ";create=true"));
            recover(pool.getJdbcUrl(), Map.of(
                    "derby.stream.error.file", config.data().resolve("derby.log").toString(),
                    // The default writes a Derby checkpoint for every 10 MB of log, which is a few seconds of load.
                    "derby.storage.checkpointInterval", Integer.toString(64 << 20),
                    // Each buffer is a write to the disk of its own; the default of 32 KB holds some forty records.
                    "derby.storage.logBufferSize", Integer.toString(256 << 10),
                    "derby.storage.logSwitchInterval", Integer.toString(16 << 20)));
        } else {
            pool.setJdbcUrl(store.url().orElseThrow());
            pool.addDataSourceProperty("reWriteBatchedInserts", "true");
            // A server that has gone without a word would be waited for until the machine is restarted. No statement takes so long.
            pool.addDataSourceProperty("socketTimeout", "60");
            pool.addDataSourceProperty("tcpKeepAlive", "true");
            store.user().ifPresent(pool::setUsername);
            store.password().ifPresent(password -> pool.setPassword(new String(password.chars())));
        }
        return new HikariDataSource(pool);
    }

    /**
     * Opens an embedded Derby before the pool does: the pool's login has a time limit, which a recovery after a crash may exceed. Derby
     * takes its settings from system properties when it boots; they are taken away again, since there may be another Derby in
     * this Java process, which is somebody else's.
     */
    private static synchronized void recover(String url, Map<String, String> settings) {
        DriverManager.setLoginTimeout(0);
        List<String> unset = settings.keySet().stream().filter(name -> System.getProperty(name) == null).toList();
        unset.forEach(name -> System.setProperty(name, settings.get(name)));
        try {
            DriverManager.getConnection(url).close();
        } catch (SQLException e) {
            throw new ArchiveException("Derby doesn't open", e);
        } finally {
            unset.forEach(System::clearProperty);
        }
    }

    /** Shuts an embedded Derby down, so that its files are closed and its lock is gone. */
    static void shutDown(ArchiveConfig config) {
        if (config.store().kind() == StoreConfig.Kind.DERBY) {
            try {
                DriverManager.getConnection("jdbc:derby:" + config.data().resolve("db") + ";shutdown=true").close();
            } catch (SQLException e) {
                // Derby reports a shutdown that went well as SQLState 08006.
                if (!"08006".equals(e.getSQLState())) {
                    throw new ArchiveException("Derby didn't shut down", e);
                }
            }
        }
    }

    /** Checks that a commit is on stable storage when it returns, then brings the tables up to date. */
    static void prepare(DataSource database) throws SQLException {
        boolean derby;
        try (Connection connection = database.getConnection()) {
            derby = connection.getMetaData().getDatabaseProductName().equals("Apache Derby");
            if (derby) {
                refuseUnsafeDerby();
            } else {
                refuseUnsafePostgres(connection);
            }
        }
        Flyway.configure().dataSource(database).locations("classpath:db/archive").table(HISTORY)
                .baselineOnMigrate(true).baselineVersion("0")
                .placeholders(derby ? Map.of("blob", "BLOB", "token", "CHAR(16) FOR BIT DATA") : Map.of("blob", "BYTEA", "token", "BYTEA"))
                .load().migrate();
    }

    private static void refuseUnsafeDerby() {
        String found = System.getProperty(DURABILITY);
        if (found == null) {
            found = derbyProperties().getProperty(DURABILITY);
        }
        if (found != null) {
            throw new ArchiveException(DURABILITY + ": found '" + found + "'; allowed: not set, because Derby then loses what it has committed");
        }
    }

    private static Properties derbyProperties() {
        Path file = Path.of(System.getProperty("derby.system.home", System.getProperty("user.dir"))).resolve("derby.properties");
        Properties properties = new Properties();
        if (Files.exists(file)) {
            try (Reader reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            } catch (IOException e) {
                throw new ArchiveException(file + ": can't be read", e);
            }
        }
        return properties;
    }

    private static void refuseUnsafePostgres(Connection connection) throws SQLException {
        for (String setting : List.of("fsync", "full_page_writes", "synchronous_commit")) {
            try (Statement show = connection.createStatement(); ResultSet rows = show.executeQuery("SHOW " + setting)) {
                rows.next();
                if (rows.getString(1).equals("off")) {
                    throw new ArchiveException("PostgreSQL " + setting + ": found 'off'; allowed: on, or it loses what it has committed");
                }
            }
        }
    }
}
