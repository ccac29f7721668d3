package im.chancery.tests.contracts;

import im.chancery.archive.StoreConfig;

class DerbyRetentionTest extends RetentionContract {
    @Override
    protected StoreConfig store() {
        return StoreConfig.derby();
    }
}
