package im.chancery.cli;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.Archives;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code verify --records}: the database against the log. */
class VerifyRecordsTest {
    @TempDir
    private Path folder;

    @Test
    void findsARecordThatIsGoneFromTheDatabase() throws Exception {
        ArchiveConfig config = ArchiveConfig.derby("node1", folder.resolve("data"), folder.resolve("keys"), "correct horse battery"::toCharArray);
        long index;
        try (Archive archive = Archives.open(config, Clock.systemUTC())) {
            index = archive.append(NewRecord.of(RecordType.NODE, "audit", Set.of(), Optional.empty(), Map.of("n", "1"), "")).toCompletableFuture().get().index();
            archive.integrate();
        }
        String url = "jdbc:derby:" + folder.resolve("data").resolve("db");
        Cli good = verify(config, url);
        shutDown(url);
        assertThat(good.code()).as(good.out() + good.err()).isZero();

        try (Connection database = DriverManager.getConnection(url); Statement statement = database.createStatement()) {
            assertThat(statement.executeUpdate("DELETE FROM archive_record WHERE leaf_index = " + index)).isOne();
        }
        Cli tampered = verify(config, url);
        shutDown(url);
        assertThat(tampered.code()).isEqualTo(ExitCode.FINDING);
        assertThat(tampered.out()).contains("leaf " + index);
    }

    @Test
    void aDatabaseThatIsNotThereIsToldOnOneLine() throws Exception {
        ArchiveConfig config = ArchiveConfig.derby("node1", folder.resolve("data"), folder.resolve("keys"), "correct horse battery"::toCharArray);
        Archives.open(config, Clock.systemUTC()).close();
        Cli missing = verify(config, "jdbc:derby:" + folder.resolve("none"));
        assertThat(missing.code()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(missing.err()).startsWith("chancery: the database can't be read").hasLineCount(1);
    }

    @Test
    void aDamagedPageIsAFindingAndNamed() throws Exception {
        ArchiveConfig config = ArchiveConfig.derby("node1", folder.resolve("data"), folder.resolve("keys"), "correct horse battery"::toCharArray);
        Archives.open(config, Clock.systemUTC()).close();
        Path database = folder.resolve("data").resolve("db");
        String url = "jdbc:derby:" + database;
        String file;
        try (Connection connection = DriverManager.getConnection(url); Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT c.conglomeratenumber FROM sys.sysconglomerates c JOIN sys.systables t ON c.tableid = t.tableid"
                        + " WHERE t.tablename = 'ARCHIVE_RECORD' AND NOT c.isindex")) {
            assertThat(row.next()).isTrue();
            file = "seg0/c" + Long.toHexString(row.getLong(1)) + ".dat";
        }
        shutDown(url);
        try (RandomAccessFile records = new RandomAccessFile(database.resolve(file).toFile(), "rw")) {
            records.seek(records.length() / 2); // its second and last page, of 32 kB
            records.write("damaged".repeat(100).getBytes(StandardCharsets.US_ASCII));
        }
        Cli found = verify(config, url);
        assertThat(found.code()).as(found.err()).isEqualTo(ExitCode.FINDING);
        assertThat(found.err()).startsWith("chancery: the database can't be read").contains("Page(").hasLineCount(1);
    }

    private static Cli verify(ArchiveConfig config, String url) {
        return Cli.run("verify", config.log().toString(), config.verifierKey().toString(), "--records", "--database", url);
    }

    /** Derby says by an exception that it has shut down. */
    private static void shutDown(String url) {
        try {
            DriverManager.getConnection(url + ";shutdown=true").close();
        } catch (SQLException e) {
            assertThat(e.getSQLState()).isEqualTo("08006");
        }
    }
}
