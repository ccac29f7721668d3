package im.chancery.engine.admin;

import im.chancery.roles.RolesPolicy;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A config that stays as it is; tells when it is to be taken anew. */
record FixedConfig(RolesPolicy policy, Runnable reloaded) implements ConfigInForce {
    @Override
    public List<String> extensions() {
        return List.of();
    }

    @Override
    public List<String> failingExtensions() {
        return List.of();
    }

    @Override
    public State state() {
        return new State(Instant.EPOCH, Optional.empty());
    }

    @Override
    public Optional<String> reload(String by) {
        reloaded.run();
        return Optional.empty();
    }
}
