package im.chancery.tests.contracts;

import im.chancery.archive.StoreConfig;

class PostgresRetentionIT extends RetentionContract {
    @Override
    protected StoreConfig store() throws Exception {
        return PostgresServer.shared().newDatabase();
    }
}
