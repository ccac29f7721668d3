package im.chancery.engine.admin;

import im.chancery.roles.RolesPolicy;
import java.util.List;

/** The config that decides now, as the API shows it. Safe for many threads. */
public interface ConfigInForce {
    /** The roles. */
    RolesPolicy policy();

    /** The names of the extensions, in the config's order. */
    List<String> extensions();

    /** The names of those extensions whose last answer was none. */
    List<String> failingExtensions();
}
