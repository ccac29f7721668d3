package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.ArchiveConfig;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** The archive on Derby, embedded. */
class DerbyArchiveStoreTest extends ArchiveStoreContract {
    @Override
    protected ArchiveConfig config(Path folder) {
        return ArchiveConfig.derby("node-1", folder.resolve("data"), folder.resolve("keys"), () -> "not a secret".toCharArray());
    }

    @Override
    protected Connection connect(ArchiveConfig config) throws SQLException {
        return DriverManager.getConnection("jdbc:derby:" + config.data().resolve("db"));
    }

    @Override
    protected void disconnected(ArchiveConfig config) {
        // Derby reports a shutdown that went well as an exception.
        assertThatThrownBy(() -> DriverManager.getConnection("jdbc:derby:" + config.data().resolve("db") + ";shutdown=true"))
                .isInstanceOfSatisfying(SQLException.class, e -> org.assertj.core.api.Assertions.assertThat(e.getSQLState()).isEqualTo("08006"));
    }
}
