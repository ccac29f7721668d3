package im.chancery.tests.contracts;

import im.chancery.tests.contracts.faults.FaultContract;
import im.chancery.tests.contracts.faults.Faults;
import im.chancery.archive.StoreConfig;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Faults of a PostgreSQL's statements. */
class PostgresFaultsIT extends FaultContract {
    @Override
    protected DataSource newDatabase() throws Exception {
        StoreConfig made = PostgresServer.shared().newDatabase();
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setURL(made.url().orElseThrow());
        database.setUser(made.user().orElseThrow());
        database.setPassword(new String(made.password().orElseThrow().chars()));
        return database;
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILS", "FAILS_AFTER", "CRASHES", "CRASHES_AFTER"})
    void everyStatementMayFail(Faults.Kind kind) throws Exception {
        everyStatement(kind);
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILS_AFTER", "CRASHES"})
    void everyStatementOfTheFirstStartMayFail(Faults.Kind kind) throws Exception {
        everyStatementOfTheFirstStart(kind);
    }
}
