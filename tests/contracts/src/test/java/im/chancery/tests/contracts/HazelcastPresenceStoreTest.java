package im.chancery.tests.contracts;

import im.chancery.core.config.Secret;
import im.chancery.presence.MemberAddress;
import im.chancery.presence.PresenceConfig;
import im.chancery.presence.PresenceException;
import im.chancery.presence.PresenceStore;
import im.chancery.presence.PresenceStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;

/** The cluster's store, its nodes in one process on ports of their own. */
class HazelcastPresenceStoreTest extends SharedPresenceStoreContract {
    private static final int NODES = 3;

    @TempDir
    Path folder;
    private List<MemberAddress> members = List.of();
    private Secret secret;
    private int open;

    @Override
    protected PresenceStore open(String node) throws PresenceException {
        if (members.isEmpty()) {
            prepare();
        }
        MemberAddress listen = members.get(open++);
        return PresenceStores.open(new PresenceConfig(Optional.of(new PresenceConfig.Cluster("test", listen, members, secret))), node);
    }

    private void prepare() {
        try {
            Path file = folder.resolve("secret");
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, "only the nodes of this test know this secret");
            secret = Secret.read(file);
            members = IntStream.range(0, NODES).mapToObj(i -> new MemberAddress("127.0.0.1", FreePort.on("127.0.0.1"))).toList();
        } catch (IOException e) {
            throw new IllegalStateException("a test cluster can't be prepared", e);
        }
    }
}
