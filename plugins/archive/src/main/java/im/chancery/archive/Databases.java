package im.chancery.archive;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;

/**
 * Opens the archive's database, refuses one that could lose what it has committed, and brings its tables up to date.
 */
final class Databases {
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
        pool.setConnectionTimeout(5_000); // as long as a host waits for a verdict
        pool.setReadOnly(toRead);
        StoreConfig store = config.store();
        if (store.kind() == StoreConfig.Kind.DERBY) {
            refuseUnsafeDerby();
            Path folder = config.data().resolve("db");
            pool.setDataSource(new EmbeddedDerby(folder, toRead));
            recover(folder, !toRead, Map.of(
                    "derby.stream.error.file", config.data().resolve("derby.log").toString(),
                    // The default writes a Derby checkpoint for every 10 MB of log, which is a few seconds of load.
                    "derby.storage.checkpointInterval", Integer.toString(64 << 20),
                    // The default of 1,000 keeps what is written once for so long that no young collection finds it, and hardly ever reads it again.
                    "derby.storage.pageCacheSize", Integer.toString(200),
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
        try {
            return new HikariDataSource(pool);
        } catch (HikariPool.PoolInitializationException e) {
            throw new ArchiveException("the archive's database can't be reached: " + e.getCause().getMessage(), e);
        }
    }

    /**
     * Opens an embedded Derby, or makes it where it may, before the pool does: the pool's login has a time limit, which a recovery after a crash may exceed. Derby
     * takes its settings from system properties when it boots; they are taken away again, since there may be another Derby in
     * this Java process, which is somebody else's.
     */
    private static synchronized void recover(Path folder, boolean mayMake, Map<String, String> settings) {
        DriverManager.setLoginTimeout(0);
        List<String> unset = settings.keySet().stream().filter(name -> System.getProperty(name) == null).toList();
        unset.forEach(name -> System.setProperty(name, settings.get(name)));
        try {
            if (mayMake && !Files.exists(folder)) {
                EmbeddedDerby.make(folder);
            }
            DriverManager.getConnection("jdbc:derby:" + folder).close();
        } catch (SQLException | IOException e) {
            throw new ArchiveException("Derby doesn't open", e);
        } finally {
            unset.forEach(System::clearProperty);
        }
    }

    /** Shuts an embedded Derby down, so that its files are closed and its lock is gone. */
    static void shutDown(ArchiveConfig config) {
        if (config.store().kind() == StoreConfig.Kind.DERBY) {
            try {
                EmbeddedDerby.shutDown(config.data().resolve("db"));
            } catch (SQLException e) {
                throw new ArchiveException("Derby didn't shut down", e);
            }
        }
    }

    /** Checks that a commit is on stable storage when it returns, then brings the tables up to date. */
    static void prepare(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection()) {
            boolean derby = connection.getMetaData().getDatabaseProductName().equals("Apache Derby");
            if (derby) {
                refuseUnsafeDerby();
            } else {
                refuseUnsafePostgres(connection);
            }
            Migrations.run(connection, "archive", derby ? Map.of("blob", "BLOB", "token", "CHAR(16) FOR BIT DATA") : Map.of("blob", "BYTEA", "token", "BYTEA"));
        }
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

    /** As the session has them: the server, the database, the role and the URL may each have set them. */
    private static void refuseUnsafePostgres(Connection connection) throws SQLException {
        if (show(connection, "SELECT pg_is_in_recovery()").equals("t")) {
            throw new ArchiveException("PostgreSQL is a standby, which takes no writes; allowed: the primary");
        }
        List<String> unsafe = new ArrayList<>();
        for (String setting : List.of("fsync", "full_page_writes", "synchronous_commit")) {
            if (show(connection, "SHOW " + setting).equals("off")) {
                unsafe.add("PostgreSQL " + setting + ": found 'off'; allowed: on, or it loses what it has committed");
            }
        }
        if (show(connection, "SHOW transaction_read_only").equals("on")) {
            unsafe.add("PostgreSQL transaction_read_only: found 'on'; allowed: off, or nothing can be recorded");
        }
        String encoding = show(connection, "SHOW server_encoding");
        if (!encoding.equals("UTF8")) {
            unsafe.add("PostgreSQL server_encoding: found '" + encoding + "'; allowed: UTF8, or it may not give back a name as it was");
        }
        if (!unsafe.isEmpty()) {
            throw new ArchiveException(String.join("\n", unsafe));
        }
    }

    private static String show(Connection connection, String query) throws SQLException {
        try (Statement show = connection.createStatement(); ResultSet rows = show.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
