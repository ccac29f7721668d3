package im.chancery.presence;

import java.util.Objects;

/** Opens presence stores. */
public final class PresenceStores {
    private PresenceStores() {
    }

    /**
     * Opens the store the config asks for. With a cluster this binds its address and waits up to a few seconds for the
     * other members; with none of them there it starts alone, and they join later.
     *
     * @param node the name of this node, which no other node of the cluster has
     * @throws PresenceException where the address can't be bound, or another node has this name
     */
    public static PresenceStore open(PresenceConfig config, String node) throws PresenceException {
        Objects.requireNonNull(node, "node");
        if (config.cluster().isEmpty()) {
            return new LocalPresenceStore(node);
        }
        return HazelcastPresenceStore.open(config.cluster().get(), node);
    }
}
