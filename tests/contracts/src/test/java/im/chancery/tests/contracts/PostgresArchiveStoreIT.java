package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Archives;
import im.chancery.archive.StoreConfig;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive on PostgreSQL. */
class PostgresArchiveStoreIT extends ArchiveStoreContract {
    private static PrivatePostgres postgres;
    private static int databases;

    @BeforeAll
    static void start() throws Exception {
        postgres = new PrivatePostgres();
    }

    @AfterAll
    static void stop() throws Exception {
        postgres.close();
    }

    @Override
    protected ArchiveConfig config(Path folder) throws SQLException {
        String database = "archive" + databases++;
        try (Connection connection = DriverManager.getConnection(postgres.url("postgres"), postgres.user(), "");
                Statement create = connection.createStatement()) {
            create.execute("CREATE DATABASE " + database);
        }
        return ArchiveConfig.derby("node-1", folder.resolve("data"), folder.resolve("keys"), () -> "not a secret".toCharArray())
                .withStore(StoreConfig.postgresql(postgres.url(database), postgres.user(), Optional.empty()));
    }

    @Override
    protected Connection connect(ArchiveConfig config) throws SQLException {
        return DriverManager.getConnection(config.store().url().orElseThrow(), postgres.user(), "");
    }

    @Test
    void aServerThatMayLoseCommitsShouldBeRefused(@TempDir Path other) throws Exception {
        ArchiveConfig config = config(other);
        try (Connection connection = connect(config); Statement alter = connection.createStatement()) {
            alter.execute("ALTER USER chancery SET synchronous_commit = off");
            assertThatThrownBy(() -> Archives.open(config, Clock.systemUTC())).isInstanceOf(ArchiveException.class)
                    .hasMessageContaining("synchronous_commit").hasMessageContaining("'off'");
            alter.execute("ALTER USER chancery RESET synchronous_commit");
        }
        try (PrivatePostgres unsafe = new PrivatePostgres("fsync=off")) {
            ArchiveConfig there = config.withStore(StoreConfig.postgresql(unsafe.url("postgres"), unsafe.user(), Optional.empty()));
            assertThatThrownBy(() -> Archives.open(there, Clock.systemUTC())).isInstanceOf(ArchiveException.class).hasMessageContaining("fsync");
        }
    }
}
