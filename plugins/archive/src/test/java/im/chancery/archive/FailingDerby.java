package im.chancery.archive;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** For tests of what fails: an archive's folder, a clock, and a Derby that fails when it is told to. Whatever happened, all verifies in the end. */
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
    void shutDown() {
        database.close();
        Databases.shutDown(config);
        Samples.assertVerifies(config);
    }
}
