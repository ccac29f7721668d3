package im.chancery.archive;

import java.time.LocalDate;

/**
 * A bucket as it stands.
 *
 * @param id         which
 * @param state      where in its life
 * @param records    how many records can still be opened
 * @param countsFrom the day from which periods count: its own; or, where the clock has gone back and records came into it on a day that
 *                   was over, the latest day that had begun in the log before its last record
 */
public record BucketStatus(BucketId id, BucketState state, long records, LocalDate countsFrom) {
    /** A bucket whose records all came on its day. */
    public BucketStatus(BucketId id, BucketState state, long records) {
        this(id, state, records, id.day());
    }
}
