package im.chancery.retention;

import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.BucketId;
import im.chancery.archive.Fields;
import im.chancery.archive.OutcomeRecords;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Decides, record by record in log order, what of one bucket stays when the rest is destroyed.
 *
 * <ul>
 * <li>What a hold in force covers stays.
 * <li>An OUTCOME record stays if an attempt that it tells of stays. It comes after its attempts in the log, in their bucket.
 * <li>A HOLD record stays while its hold is in force. The RELEASE record stays as long as the HOLD record is in another
 * bucket, since without it the hold would be in force again; if both are here they go together.
 * <li>CERTIFICATE records and the NODE record of the first start stay for ever: leaves whose records are gone, and the log's
 * key, are explained by them, and they name no person. Other NODE records go with their class: a start's record holds the
 * config, which names people.
 * </ul>
 */
final class Survivors {
    /** The action of the record that says which log this is and which key signs it. */
    private static final String FIRST_START = "node.first-start";

    private final BucketId bucket;
    private final HoldRegister.View holds;
    private final List<Predicate<ArchivedRecord>> covering;
    private final Set<Long> staying = new HashSet<>();
    private long seen;
    private long held;

    Survivors(BucketId bucket, HoldRegister.View holds) {
        this.bucket = bucket;
        this.holds = holds;
        this.covering = holds.inForce().stream().map(HoldScope::covers).toList();
    }

    /** Whether something of the bucket may stay, so that its records have to be looked at. */
    static boolean arePossible(BucketId bucket, HoldRegister.View holds) {
        return bucket.recordClass().equals(RecordClasses.AUDIT) || holds.inForce().stream().anyMatch(h -> HoldScope.touches(h, bucket.day()));
    }

    void add(ArchivedRecord record) {
        seen++;
        if (stays(record)) {
            staying.add(record.id().index());
        }
    }

    private boolean stays(ArchivedRecord record) {
        return switch (record.record().type()) {
            case CERTIFICATE -> true;
            case NODE -> FIRST_START.equals(record.record().fields().get(Fields.ACTION));
            case HOLD -> {
                HoldRegister.Entry hold = holds.entries().get(record.id().toString());
                yield hold != null && hold.inForce();
            }
            case RELEASE -> {
                HoldRegister.Entry hold = holds.entries().get(HoldRecords.releasedBy(record));
                yield hold != null && !hold.bucket().equals(bucket);
            }
            case OUTCOME -> OutcomeRecords.attempts(record).stream().anyMatch(staying::contains);
            case ATTEMPT, AUDIT, SUPPLEMENT -> {
                boolean covered = isHeld(record);
                held += covered ? 1 : 0;
                yield covered;
            }
        };
    }

    private boolean isHeld(ArchivedRecord record) {
        return covering.stream().anyMatch(hold -> hold.test(record));
    }

    /** The leaf indexes of what stays. */
    Set<Long> staying() {
        return Set.copyOf(staying);
    }

    /** How many records were looked at. */
    long seen() {
        return seen;
    }

    /** How many stay because a hold covers them. */
    long held() {
        return held;
    }

    /** How many stay for another reason. */
    long kept() {
        return staying.size() - held;
    }

    /** How many go. */
    long going() {
        return seen - staying.size();
    }
}
