package im.chancery.engine.admin;

import im.chancery.core.config.ConfigException;
import im.chancery.roles.RolesPolicy;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The config that decides now, as the API shows and changes it. Safe for many threads. */
public interface ConfigInForce {
    /** The roles. */
    RolesPolicy policy();

    /** The names of the extensions, in the config's order. */
    List<String> extensions();

    /** The names of those extensions whose last answer was none. */
    List<String> failingExtensions();

    /** How it stands with the file. */
    State state();

    /**
     * Takes the file as it is now, whole or not at all. When this returns, it decides and its record is on stable storage.
     *
     * @param by who wants it, for log and record
     * @return what has changed, in one line; empty if nothing has
     * @throws ConfigException                          if it is refused, with every problem: what a start would say, and each option that needs a restart
     * @throws im.chancery.archive.ArchiveException if it could not be recorded; the one before stays in force, as after a refusal
     */
    Optional<String> reload(String by) throws ConfigException;

    /**
     * How it stands with the file.
     *
     * @param since   when the config in force was taken
     * @param refused why the file as it was last looked at was not taken; empty where it is what is in force
     */
    record State(Instant since, Optional<String> refused) {
    }
}
