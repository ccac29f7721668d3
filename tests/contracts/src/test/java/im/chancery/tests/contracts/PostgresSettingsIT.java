package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Archives;
import im.chancery.archive.StoreConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A PostgreSQL that could lose what it has committed, or can't take or keep what is recorded, is refused at the start, and told why. */
class PostgresSettingsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static PostgresServer server;

    @TempDir
    private Path folder;
    private StoreConfig store;

    @BeforeEach
    void prepare() throws Exception {
        if (server == null) {
            server = PostgresServer.own();
        }
        store = server.newDatabase();
    }

    @AfterEach
    void theSameServerShouldBeTakenWithoutIt() {
        if (server != null) {
            Archives.open(config(), Clock.systemUTC()).close();
        }
    }

    @ParameterizedTest
    @CsvSource({"fsync", "full_page_writes", "synchronous_commit"})
    void aSettingOfTheServer(String setting) throws Exception {
        sql("ALTER SYSTEM SET " + setting + " = off");
        sql("SELECT pg_reload_conf()");
        awaitSetting(setting, "off");
        refused("PostgreSQL " + setting + ": found 'off'", "allowed: on");
        sql("ALTER SYSTEM RESET " + setting);
        sql("SELECT pg_reload_conf()");
        awaitSetting(setting, "on");
    }

    @Test
    void aServerThatWasStartedWithAll() throws Exception {
        try (PostgresServer unsafe = PostgresServer.own("fsync=off", "full_page_writes=off", "synchronous_commit=off")) {
            ArchiveConfig there = config().withStore(unsafe.newDatabase());
            assertThatThrownBy(() -> Archives.open(there, Clock.systemUTC())).isInstanceOf(ArchiveException.class)
                    .hasMessageContaining("fsync").hasMessageContaining("full_page_writes").hasMessageContaining("synchronous_commit");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ROLE chancery,                            synchronous_commit = off,            synchronous_commit",
        "DATABASE %1$s,                            synchronous_commit = off,            synchronous_commit",
        "ROLE chancery IN DATABASE %1$s,           synchronous_commit = off,            synchronous_commit",
        "ROLE chancery IN DATABASE %1$s,           default_transaction_read_only = on,  transaction_read_only",
        "DATABASE %1$s,                            default_transaction_read_only = on,  transaction_read_only",
    })
    void aSettingOfTheRoleOrTheDatabase(String whose, String setting, String named) throws Exception {
        String of = whose.formatted(database());
        sql("ALTER " + of + " SET " + setting);
        refused("PostgreSQL " + named + ": found");
        sql("ALTER " + of + " RESET ALL");
    }

    @Test
    void aSettingOfTheUrl() {
        StoreConfig asked = StoreConfig.postgresql(store.url().orElseThrow() + "?options=-c%20synchronous_commit=off", store.user().orElseThrow(), store.password());
        assertThatThrownBy(() -> Archives.open(config().withStore(asked), Clock.systemUTC())).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("synchronous_commit");
    }

    @Test
    void aDatabaseInAnotherEncoding() throws Exception {
        String other = "ascii" + System.identityHashCode(this);
        sql("CREATE DATABASE " + other + " ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
        StoreConfig ascii = StoreConfig.postgresql(store.url().orElseThrow().replaceAll("[^/]+$", other), store.user().orElseThrow(), store.password());
        assertThatThrownBy(() -> Archives.open(config().withStore(ascii), Clock.systemUTC())).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("server_encoding: found 'SQL_ASCII'").hasMessageContaining("allowed: UTF8");
    }

    @Test
    void aDatabaseThatIsNotThere() {
        StoreConfig none = StoreConfig.postgresql(store.url().orElseThrow().replaceAll("[^/]+$", "none"), store.user().orElseThrow(), store.password());
        assertThatThrownBy(() -> Archives.open(config().withStore(none), Clock.systemUTC())).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("can't be reached").hasMessageContaining("\"none\" does not exist");
    }

    @Test
    void aStandby() throws Exception {
        Archives.open(config(), Clock.systemUTC()).close();
        server.stop();
        server.becomeStandby();
        server.resume();
        refused("is a standby");
        server.close();
        server = null;
    }

    private ArchiveConfig config() {
        return ArchiveConfig.derby("node-1", folder.resolve("data"), folder.resolve("keys"), () -> "not a secret".toCharArray()).withStore(store);
    }

    private void refused(String... words) {
        assertThatThrownBy(() -> Archives.open(config(), Clock.systemUTC())).isInstanceOf(ArchiveException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(words));
    }

    private String database() {
        return store.url().orElseThrow().replaceAll(".*/", "");
    }

    private void sql(String statement) throws SQLException, IOException {
        try (Connection connection = server.connect(store); Statement run = connection.createStatement()) {
            run.execute("SET default_transaction_read_only = off");
            run.execute(statement);
        }
    }

    private void awaitSetting(String name, String value) throws SQLException, IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (String found = ""; !found.equals(value); ) {
            assertThat(System.nanoTime()).as(name).isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
            try (Connection connection = server.connect(store); Statement show = connection.createStatement(); ResultSet row = show.executeQuery("SHOW " + name)) {
                row.next();
                found = row.getString(1);
            }
        }
    }
}
