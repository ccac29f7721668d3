package im.chancery.archive;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.BareJid;

/**
 * What to look for. Criteria are joined by "and"; results come in log order.
 *
 * @param from  captured at or after
 * @param to    captured before
 * @param with  somebody who sent or received it
 * @param room  the room it was said in
 * @param types only these; empty means all
 * @param after only records with a greater leaf index; -1 for the first page
 * @param limit at most so many, 1 to 10,000
 */
public record RecordQuery(
        Optional<Instant> from,
        Optional<Instant> to,
        Optional<BareJid> with,
        Optional<BareJid> room,
        Set<RecordType> types,
        long after,
        int limit) {

    public RecordQuery {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(with, "with");
        Objects.requireNonNull(room, "room");
        types = Set.copyOf(types);
        if (limit < 1 || limit > 10_000) {
            throw new IllegalArgumentException("limit is 1 to 10,000, found " + limit);
        }
    }

    /** Everything, up to a limit. */
    public static RecordQuery all(int limit) {
        return new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of(), -1, limit);
    }
}
