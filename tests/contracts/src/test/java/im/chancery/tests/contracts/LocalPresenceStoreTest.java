package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.presence.PresenceConfig;
import im.chancery.presence.PresenceException;
import im.chancery.presence.PresenceStore;
import im.chancery.presence.PresenceStore.Member;
import im.chancery.presence.PresenceStores;
import org.junit.jupiter.api.Test;

class LocalPresenceStoreTest extends PresenceStoreContract {
    @Override
    protected PresenceStore open() throws PresenceException {
        return PresenceStores.open(PresenceConfig.alone(), NODE);
    }

    @Test
    void membersShouldBeThisNodeAlone() throws PresenceException {
        try (PresenceStore store = open()) {
            assertThat(store.members()).containsExactly(new Member(NODE, "local", true));
        }
    }
}
