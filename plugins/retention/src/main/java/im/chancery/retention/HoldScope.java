package im.chancery.retention;

import im.chancery.archive.ArchivedRecord;
import im.chancery.retention.RetentionService.NewHold;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** What a hold covers. Criteria are joined by "and"; the span is of capture times, its start inclusive and its end exclusive. */
final class HoldScope {
    private HoldScope() {
    }

    /** Whether a record is held: the custodian sent or received it, it was said in the room, and it was captured in the span. */
    static boolean covers(NewHold scope, ArchivedRecord record) {
        return scope.custodian().map(record.record().people()::contains).orElse(true)
                && scope.room().map(room -> record.record().room().filter(room::equals).isPresent()).orElse(true)
                && scope.from().map(from -> !record.capturedAt().isBefore(from)).orElse(true)
                && scope.to().map(to -> record.capturedAt().isBefore(to)).orElse(true);
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
