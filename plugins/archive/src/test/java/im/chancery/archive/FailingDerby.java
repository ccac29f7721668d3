package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.RecordsVerifier;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** For tests of what fails: an archive's folder, a clock, and a Derby that fails when it is told to. Whatever happened, log and records verify in the end. */
abstract class FailingDerby {
    @TempDir
    Path folder;
    final Samples.Hands clock = new Samples.Hands();
    ArchiveConfig config;
    HikariDataSource database;
    BrokenDatabase broken;

    ArchiveConfig configured() {
        return Samples.derby(folder);
    }

    @BeforeEach
    void open() {
        config = configured();
        database = Databases.open(config);
        broken = new BrokenDatabase(database);
    }

    @AfterEach
    void shutDown() throws Exception {
        VerifierKey key = VerifierKey.parse(Files.readString(config.verifierKey()));
        Verification log = LogVerifier.verify(config.log(), key, List.of());
        try (Connection connection = database.getConnection()) {
            Verification all = RecordsVerifier.verify(config.log(), key, log, connection);
            assertThat(all.findings()).as(all.text()).isEmpty();
        } finally {
            database.close();
            Databases.shutDown(config);
        }
    }
}
