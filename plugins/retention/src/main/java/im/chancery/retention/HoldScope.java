package im.chancery.retention;

import im.chancery.archive.ArchivedRecord;
import im.chancery.core.Spelling;
import im.chancery.retention.RetentionService.NewHold;
import java.net.IDN;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.function.Predicate;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.parts.Localpart;

/** What a hold covers. Criteria are joined by "and"; the span is of capture times, its start inclusive and its end exclusive. */
final class HoldScope {
    private HoldScope() {
    }

    /**
     * Whether a record is held: the custodian sent or received it, it was said in the room, and it was captured in the span. Addresses are compared
     * by {@link #folded}, since who types a name writes it as the host does only by chance; those of the scope are folded once, for many records.
     */
    static Predicate<ArchivedRecord> covers(NewHold scope) {
        Optional<String> custodian = scope.custodian().map(HoldScope::folded);
        Optional<String> room = scope.room().map(HoldScope::folded);
        return record -> scope.from().map(from -> !record.capturedAt().isBefore(from)).orElse(true)
                && scope.to().map(to -> record.capturedAt().isBefore(to)).orElse(true)
                && (custodian.isEmpty() || record.record().people().contains(scope.custodian().get())
                        || record.record().people().stream().anyMatch(person -> folded(person).equals(custodian.get())))
                && (room.isEmpty() || record.record().room().equals(scope.room())
                        || record.record().room().filter(r -> folded(r).equals(room.get())).isPresent());
    }

    /** The same for all ways to write an address. Two that differ may fold to one: what is held too much is lost to nobody. */
    private static String folded(BareJid address) {
        String domain = address.getDomain().toString();
        Localpart name = address.getLocalpartOrNull();
        boolean isPlain = domain.chars().allMatch(c -> c < 0x80) && !domain.contains("xn--"); // nearly all are, and this is asked of every record for every hold
        return Spelling.fold((name == null ? "" : name + "@") + (isPlain ? domain : inUnicode(domain)));
    }

    private static String inUnicode(String domain) {
        try {
            return IDN.toUnicode(domain, IDN.ALLOW_UNASSIGNED);
        } catch (RuntimeException e) {
            return domain; // it says that it never throws; were it wrong, one odd name would stop every disposal
        }
    }

    /** Whether a record of this day (UTC) may be in the span. */
    static boolean touches(NewHold scope, LocalDate day) {
        Instant start = day.atStartOfDay(ZoneOffset.UTC).toInstant();
        Instant end = day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        return scope.from().map(end::isAfter).orElse(true) && scope.to().map(start::isBefore).orElse(true);
    }

    /**
     * Refuses a scope that is none.
     *
     * @throws IllegalArgumentException if the matter has no name, neither a custodian nor a room is named, or the span is empty
     */
    static void check(NewHold scope) {
        if (scope.matter().isBlank()) {
            throw new IllegalArgumentException("a hold needs the name of its matter");
        }
        if (scope.custodian().isEmpty() && scope.room().isEmpty()) {
            throw new IllegalArgumentException("a hold needs a custodian or a room");
        }
        if (scope.from().isPresent() && scope.to().isPresent() && !scope.from().get().isBefore(scope.to().get())) {
            throw new IllegalArgumentException("the span is empty: from " + scope.from().get() + " to " + scope.to().get());
        }
    }
}
