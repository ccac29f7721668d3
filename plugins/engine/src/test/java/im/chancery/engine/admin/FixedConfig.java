package im.chancery.engine.admin;

import im.chancery.roles.RolesPolicy;
import java.util.List;

/** A config that stays. */
record FixedConfig(RolesPolicy policy, List<String> extensions, List<String> failingExtensions) implements ConfigInForce {
    FixedConfig(RolesPolicy policy) {
        this(policy, List.of(), List.of());
    }
}
