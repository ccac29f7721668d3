package im.chancery.presence;

import im.chancery.core.PresenceChange;
import java.util.List;

/**
 * What became of an owner's resources between two of its versions: for each that changed after {@code from} how it stands at
 * {@code to}. From version 0 it is all the owner has to say, and what isn't in it is gone.
 *
 * @param from the version it builds on
 * @param to   the version it leads to, at least {@code from}
 */
record Changes(long from, long to, List<PresenceChange> changes) {
    Changes {
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("versions run from " + from + " to " + to);
        }
        changes = List.copyOf(changes);
    }
}
