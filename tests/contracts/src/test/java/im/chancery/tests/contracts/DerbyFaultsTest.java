package im.chancery.tests.contracts;

import im.chancery.tests.contracts.faults.FaultContract;
import im.chancery.tests.contracts.faults.Faults;
import java.util.UUID;
import javax.sql.DataSource;
import org.apache.derby.jdbc.EmbeddedDataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Faults of a Derby, which is in memory here, and of the files of log and keys. */
class DerbyFaultsTest extends FaultContract {
    @Override
    protected DataSource newDatabase() {
        EmbeddedDataSource database = new EmbeddedDataSource();
        database.setDatabaseName("memory:faults" + UUID.randomUUID());
        database.setCreateDatabase("create");
        return database;
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
