package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import im.chancery.tests.contracts.faults.FaultContract;
import im.chancery.tests.contracts.faults.Faults;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.UUID;
import javax.sql.DataSource;
import org.apache.derby.jdbc.EmbeddedDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Faults of a Derby, which is in memory here, and of the files of log and keys. */
class DerbyFaultsTest extends FaultContract {
    /** How Derby tells that it has done so. */
    private static final String DROPPED = "08006";
    private String name = "";

    @Override
    protected DataSource newDatabase() {
        drop();
        name = "memory:faults" + UUID.randomUUID();
        EmbeddedDataSource database = new EmbeddedDataSource();
        database.setDatabaseName(name);
        database.setCreateDatabase("create");
        return database;
    }

    /** Each connection looks at every database of the process, which some hundred of them make slow. */
    @AfterEach
    void drop() {
        if (!name.isEmpty()) {
            assertThatExceptionOfType(SQLException.class).isThrownBy(() -> DriverManager.getConnection("jdbc:derby:" + name + ";drop=true"))
                    .extracting(SQLException::getSQLState).isEqualTo(DROPPED);
            name = "";
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILS", "FAILS_AFTER", "CRASHES", "CRASHES_AFTER"})
    void everyStatementMayFail(Faults.Kind kind) throws Exception {
        everyStatement(kind);
    }

    @ParameterizedTest
    @EnumSource
    void everyFileOperationMayFail(Faults.Kind kind) throws Exception {
        everyFileOperation(kind);
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILS_AFTER", "CRASHES"})
    void everyStatementOfTheFirstStartMayFail(Faults.Kind kind) throws Exception {
        everyStatementOfTheFirstStart(kind);
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILS", "CRASHES_AFTER", "TORN_CRASHES"})
    void everyFileOperationOfTheFirstStartMayFail(Faults.Kind kind) throws Exception {
        everyFileOperationOfTheFirstStart(kind);
    }
}
