package im.chancery.retention;

import im.chancery.archive.BucketId;
import im.chancery.archive.BucketState;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.jxmpp.jid.BareJid;

/** Schedules, legal holds and disposition. Each change is a record first. Safe for many threads; methods may do I/O. */
public interface RetentionService {

    /** What falls due when, and what is held, bucket by bucket, earliest due first. */
    List<PlanEntry> plan();

    /**
     * Places a hold. Its record is durable before it returns, and every decision to destroy that comes later honours it. What was
     * decided before is counted as too late. If it throws after its record became durable, the hold is in force all the same.
     *
     * @throws IllegalArgumentException if neither a custodian nor a room is named, or the span is empty
     */
    HoldResult hold(NewHold hold, String actor);

    /** All holds, released ones included, oldest first. */
    List<LegalHold> holds();

    /**
     * Releases a hold.
     *
     * @throws java.util.NoSuchElementException if there is no active hold of this id
     */
    LegalHold release(String holdId, String actor);

    /**
     * Destroys what is due and not held. A dry run decides and counts the same, and changes nothing. Buckets in which
     * nothing goes and nothing is held are left out. The approval is a record before anything is destroyed.
     *
     * @param approvedBy the operator's name
     * @throws IllegalArgumentException               if the name is empty or an address, for it stays in the certificate
     * @throws im.chancery.archive.ArchiveException if a bucket couldn't be decided or destroyed; the others were
     */
    List<Disposal> dispose(boolean dryRun, String approvedBy);

    /**
     * What to hold. Criteria are joined by "and"; a custodian or a room must be named.
     *
     * @param matter    the matter's name
     * @param custodian whose records: sent or received
     * @param room      which room's records
     * @param from      captured at or after
     * @param to        captured before
     */
    record NewHold(String matter, Optional<BareJid> custodian, Optional<BareJid> room, Optional<Instant> from, Optional<Instant> to) {
    }

    /** A hold; {@code released} is empty while it is active. {@code id} is the id of the hold's record. */
    record LegalHold(String id, NewHold scope, Instant created, String createdBy, Optional<Instant> released) {
    }

    /**
     * @param hold      the hold
     * @param held      records it covers now
     * @param tooLate   records that were already destroyed, or being destroyed, in buckets of the hold's span. Whose they were can't
     *                  be known any more, so this is all of them: at most so many would have been held
     */
    record HoldResult(LegalHold hold, long held, long tooLate) {
    }

    /**
     * @param bucket   which
     * @param state    its state
     * @param records  records that can still be opened
     * @param due      the day on which it falls due; empty if it is kept for ever
     * @param held     how many of its records a hold covers now
     * @param schedule the schedule's text, such as {@code default: 90 days}
     */
    record PlanEntry(BucketId bucket, BucketState state, long records, Optional<LocalDate> due, long held, String schedule) {
    }

    /**
     * @param bucket      which
     * @param destroyed   how many records went, or would go
     * @param held        how many stay because a hold covers them
     * @param kept        how many stay for another reason: outcomes of held attempts, records of holds in force, certificates
     * @param certificate the signed certificate's text; empty in a dry run or if nothing went
     */
    record Disposal(BucketId bucket, long destroyed, long held, long kept, Optional<String> certificate) {
    }
}
