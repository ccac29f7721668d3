package im.chancery.engine.admin;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.Fields;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.core.RecordId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/**
 * Finds the attempts that belong to one message: what it corrects or retracts, what corrects or retracts it, and resends, in
 * all steps both ways. Message ids are unique only within what one sender says to one address, so that only these are
 * compared, and only around the record's time: the window and whether it was read to its end are part of the result.
 */
final class LinkedRecords {
    static final Duration WINDOW = Duration.ofDays(7);
    static final int MOST_READ = 20_000;

    private static final int PAGE = 1000;

    private final Archive archive;
    private final int mostRead;

    LinkedRecords(Archive archive, int mostRead) {
        this.archive = archive;
        this.mostRead = mostRead;
    }

    /**
     * The linked attempts, in log order, without the one asked for.
     *
     * @param complete whether all of the window was read
     */
    record Chain(List<ArchivedRecord> records, Instant from, Instant to, boolean complete) {
    }

    /** What links an attempt to others. {@code names} are the ids that others may refer to it by. */
    private record Link(RecordId id, Set<String> names, Optional<String> refersTo, Optional<String> resendOf) {
        static Link of(ArchivedRecord record) {
            Map<String, String> fields = record.record().fields();
            Set<String> names = new HashSet<>();
            Optional.ofNullable(fields.get(Fields.STANZA_ID)).ifPresent(names::add);
            Optional.ofNullable(fields.get(Fields.ORIGIN_ID)).ifPresent(names::add);
            return new Link(record.id(), names, Optional.ofNullable(fields.get(Fields.REFERS_TO)), Optional.ofNullable(fields.get(Fields.RESEND_OF)));
        }

        boolean touches(Link other) {
            return pointsTo(other) || other.pointsTo(this);
        }

        private boolean pointsTo(Link other) {
            return refersTo.filter(other.names::contains).isPresent() || resendOf.filter(other.id.toString()::equals).isPresent();
        }
    }

    Chain of(ArchivedRecord attempt) {
        Instant from = attempt.capturedAt().minus(WINDOW);
        Instant to = attempt.capturedAt().plus(WINDOW);
        List<Link> candidates = new ArrayList<>();
        boolean complete = read(attempt, from, to, candidates);
        Set<RecordId> found = reach(Link.of(attempt), candidates);
        List<ArchivedRecord> records = new ArrayList<>();
        for (Link candidate : candidates) {
            if (found.contains(candidate.id())) {
                archive.open(candidate.id()).ifPresent(records::add);
            }
        }
        return new Chain(records, from, to, complete);
    }

    /** Reads the window page by page, and keeps of each attempt of this conversation no more than its links. */
    private boolean read(ArchivedRecord attempt, Instant from, Instant to, List<Link> into) {
        BareJid sender = address(attempt, Fields.FROM);
        BareJid receiver = address(attempt, Fields.TO);
        long after = -1;
        for (int read = 0; read < mostRead; read += PAGE) {
            List<ArchivedRecord> page = archive.find(new RecordQuery(Optional.of(from), Optional.of(to), Optional.of(sender),
                    attempt.record().room(), Set.of(RecordType.ATTEMPT), after, PAGE));
            for (ArchivedRecord record : page) {
                after = record.id().index();
                if (!record.id().equals(attempt.id()) && address(record, Fields.FROM).equals(sender) && address(record, Fields.TO).equals(receiver)) {
                    into.add(Link.of(record));
                }
            }
            if (page.size() < PAGE) {
                return true;
            }
        }
        return false;
    }

    private static Set<RecordId> reach(Link start, List<Link> candidates) {
        Set<RecordId> found = new HashSet<>();
        List<Link> open = new ArrayList<>(List.of(start));
        while (!open.isEmpty()) {
            Link next = open.remove(open.size() - 1);
            for (Link candidate : candidates) {
                if (!found.contains(candidate.id()) && next.touches(candidate)) {
                    found.add(candidate.id());
                    open.add(candidate);
                }
            }
        }
        return found;
    }

    private static BareJid address(ArchivedRecord record, String field) {
        return JidCreate.fromOrThrowUnchecked(record.record().fields().get(field)).asBareJid();
    }
}
