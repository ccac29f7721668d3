package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Archives;
import im.chancery.archive.BucketId;
import im.chancery.archive.BucketState;
import im.chancery.archive.RecordType;
import im.chancery.archive.StoreConfig;
import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.RecordsVerifier;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import im.chancery.core.RecordId;
import im.chancery.retention.ArchivedRetention;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An archive with holds and with buckets that were destroyed moves from Derby to PostgreSQL, and back. */
class StoreMigrationIT extends RetentionBed {
    private static final BucketId OTHER = new BucketId("default", DAY.plusDays(1));

    private ArchiveConfig postgres;
    private RecordId held;
    private RecordId gone;
    private RecordId kept;

    @Override
    protected StoreConfig store() {
        return StoreConfig.derby();
    }

    /** A bucket with one survivor, one that is gone, one that is whole. */
    @BeforeEach
    void fill() throws Exception {
        postgres = config().withStore(PostgresServer.shared().newDatabase());
        held = say("ada@x", "bob@x", "held");
        gone = say("cyd@x", "bob@x", "gone");
        hold(custodian("ada@x"));
        clock.set(at(DAY.plusDays(1), 12));
        RecordId all = await(record("default", "all gone", Optional.of("room@conference.x"), "cyd@x"));
        clock.set(at(DUE.plusDays(1), 13));
        kept = say("cyd@x", "bob@x", "kept");
        retention.dispose(false, "olga");
        assertGone(all);
        archive.close();
    }

    /** What every test of retention ends with closes the archive; here it may be on either database. */
    private Archive start(ArchiveConfig config) throws Exception {
        archive = Archives.open(config, clock);
        retention = ArchivedRetention.open(archive, periods("90 days", "7 years"), clock);
        return archive;
    }

    private String migrate(ArchiveConfig from, ArchiveConfig to) {
        return Archives.migrate(from, to, ArchivedRetention::prepareTables, clock);
    }

    @Test
    void everythingShouldMoveAndTheOldDatabaseStayAsItIs() throws Exception {
        Map<String, List<String>> before = rows(config());

        String said = migrate(config(), postgres);

        assertThat(said).startsWith("Derby to PostgreSQL at ").contains(" records in ").contains("verified: every row is the same");
        assertThat(rows(config())).isEqualTo(before);
        Map<String, List<String>> after = rows(postgres);
        assertThat(after.get("archive_node")).singleElement().asString().contains("Derby to PostgreSQL");
        after.put("archive_node", before.get("archive_node"));
        assertThat(after).isEqualTo(before);

        start(postgres);
        assertThat(content(held)).isEqualTo("held");
        assertThat(content(kept)).isEqualTo("kept");
        assertGone(gone);
        assertThat(state(BUCKET)).isEqualTo(BucketState.PARTIAL);
        assertThat(state(OTHER)).isEqualTo(BucketState.DESTROYED);
        assertThat(retention.holds()).hasSize(1);
        assertThat(archive.certificates()).hasSize(2);
        assertThat(records(RecordType.AUDIT)).filteredOn(r -> "store.migrate".equals(r.record().fields().get("action")))
                .singleElement().satisfies(r -> assertThat(said).startsWith(r.record().content()));
        say("ada@x", "bob@x", "goes on");
        archive.requireRecords();
        archive.close();
        start(postgres);
        assertThat(actions().stream().filter("store.migrate"::equals)).hasSize(1);
        archive.close();
        assertVerifies(postgres);
        assertThatThrownBy(() -> Archives.open(config(), clock)).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("ahead of the database");
        start(postgres);
    }

    @Test
    void theWayBackShouldBeTheSame() throws Exception {
        migrate(config(), postgres);
        start(config()); // nothing was recorded on the new one: the old one still starts
        say("ada@x", "bob@x", "said here");
        archive.close();
        assertThatThrownBy(() -> Archives.open(postgres, clock)).as("which is now behind").isInstanceOf(ArchiveException.class);
        ArchiveConfig again = config().withStore(PostgresServer.shared().newDatabase());
        migrate(config(), again);
        start(again);
        RecordId there = say("ada@x", "bob@x", "said there");
        archive.close();
        Files.move(config().data().resolve("db"), config().data().resolve("db-before"));

        migrate(again, config());

        start(config());
        assertThat(content(there)).isEqualTo("said there");
        assertGone(gone);
        assertThat(retention.holds()).hasSize(1);
        assertThat(actions().stream().filter("store.migrate"::equals)).hasSize(2);
        archive.close();
        assertVerifies(config());
        start(config());
    }

    @Test
    void whatCannotBeCopiedWholeShouldBeRefusedAndLeaveNothing() throws Exception {
        start(config());
        refused("another engine is using it");
        archive.close();

        sql(config(), "DELETE FROM \"archive_schema_history\" WHERE \"version\" = '3'");
        refused("of archive are of an older version", "Start and stop the engine");
        sql(config(), "INSERT INTO \"archive_schema_history\" SELECT 98, '3', \"description\", \"type\", \"script\", \"checksum\", \"installed_by\","
                + " \"installed_on\", \"execution_time\", \"success\" FROM \"archive_schema_history\" WHERE \"version\" = '1'");
        sql(config(), "INSERT INTO \"archive_schema_history\" SELECT 99, '99', \"description\", \"type\", \"script\", \"checksum\", \"installed_by\","
                + " \"installed_on\", \"execution_time\", \"success\" FROM \"archive_schema_history\" WHERE \"version\" = '1'");
        refused("a newer or another version", "found 99");
        sql(config(), "DELETE FROM \"archive_schema_history\" WHERE \"version\" = '99'");

        sql(config(), "UPDATE archive_record SET conversation = conversation, captured_at = captured_at + 1 WHERE leaf_index = " + kept.index());
        refused("the old database doesn't verify", "leaf " + kept.index());
        sql(config(), "UPDATE archive_record SET captured_at = captured_at - 1 WHERE leaf_index = " + kept.index());

        assertThatThrownBy(() -> Archives.open(postgres, clock)).as("an engine on empty tables").isInstanceOf(ArchiveException.class);
        assertThat(migrate(config(), postgres)).contains("verified");
        refusedTo(postgres, "isn't empty");
        refusedTo(config(), "both databases are of kind Derby");
        assertVerifies(postgres);
        start(postgres);
    }

    @Test
    void recordsThatAreNotInTheLogShouldBeRefused() throws Exception {
        sql(config(), "INSERT INTO archive_record SELECT leaf_index + 1, bucket_id, conversation, captured_at, sealed FROM archive_record"
                + " WHERE leaf_index = (SELECT MAX(leaf_index) FROM archive_record)");
        refused("leaves, the old database", "that brings the log up to date");
        sql(config(), "DELETE FROM archive_record WHERE leaf_index = (SELECT MAX(leaf_index) FROM archive_record)");
        start(config());
    }

    private void refused(String... words) throws SQLException {
        refusedTo(postgres, words);
        assertThat(rows(postgres)).allSatisfy((table, rows) -> assertThat(rows).as(table).isEmpty());
    }

    private void refusedTo(ArchiveConfig to, String... words) {
        assertThatThrownBy(() -> migrate(config(), to)).isInstanceOf(ArchiveException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(words));
    }

    private static void sql(ArchiveConfig config, String statement) throws SQLException {
        try (Connection connection = connect(config); Statement run = connection.createStatement()) {
            assertThat(run.executeUpdate(statement)).isPositive();
        } finally {
            shutDown(config);
        }
    }

    /** All rows of all tables as text, but those that note the versions. */
    private static Map<String, List<String>> rows(ArchiveConfig config) throws SQLException {
        Map<String, List<String>> all = new TreeMap<>();
        try (Connection connection = connect(config)) {
            List<String> tables = new ArrayList<>();
            try (ResultSet names = connection.getMetaData().getTables(null, connection.getSchema(), "%", new String[] {"TABLE"})) {
                while (names.next()) {
                    tables.add(names.getString("TABLE_NAME"));
                }
            }
            for (String table : tables) {
                if (!table.endsWith("_schema_history")) {
                    all.put(table.toLowerCase(Locale.ROOT), rows(connection, table));
                }
            }
        } finally {
            shutDown(config);
        }
        return all;
    }

    private static List<String> rows(Connection connection, String table) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Statement select = connection.createStatement(); ResultSet rows = select.executeQuery("SELECT * FROM " + table)) {
            while (rows.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    boolean bytes = List.of(Types.BLOB, Types.BINARY, Types.VARBINARY).contains(rows.getMetaData().getColumnType(i));
                    row.add(bytes ? HexFormat.of().formatHex(rows.getBytes(i)) : rows.getString(i));
                }
                found.add(String.join(" ", row));
            }
        }
        found.sort(null);
        return found;
    }

    private static Connection connect(ArchiveConfig config) throws SQLException {
        StoreConfig store = config.store();
        return store.url().isEmpty() ? DriverManager.getConnection("jdbc:derby:" + config.data().resolve("db"))
                : DriverManager.getConnection(store.url().get(), store.user().orElseThrow(), new String(store.password().orElseThrow().chars()));
    }

    private static void shutDown(ArchiveConfig config) {
        if (config.store().url().isEmpty()) {
            try {
                DriverManager.getConnection("jdbc:derby:" + config.data().resolve("db") + ";shutdown=true").close();
            } catch (SQLException e) {
                assertThat(e.getSQLState()).isEqualTo("08006");
            }
        }
    }

    private static void assertVerifies(ArchiveConfig config) throws Exception {
        VerifierKey key = VerifierKey.parse(Files.readString(config.verifierKey()).strip());
        try (Connection connection = connect(config)) {
            Verification found = RecordsVerifier.verify(config.log(), key, LogVerifier.verify(config.log(), key, List.of()), connection);
            assertThat(found.findings()).isEmpty();
        } finally {
            shutDown(config);
        }
    }
}
