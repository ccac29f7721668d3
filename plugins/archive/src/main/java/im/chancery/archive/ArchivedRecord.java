package im.chancery.archive;

import im.chancery.core.RecordId;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;

/**
 * A record read back from the archive: opened, and its tag, commitment and leaf checked.
 *
 * @param id         its place in the log
 * @param bucket     its bucket
 * @param capturedAt when it was appended, by the node's clock, in ms precision
 * @param record     what was appended
 */
public record ArchivedRecord(RecordId id, BucketId bucket, Instant capturedAt, NewRecord record) {
    public ArchivedRecord {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(bucket, "bucket");
        Objects.requireNonNull(capturedAt, "capturedAt");
        Objects.requireNonNull(record, "record");
    }

    /** The same without what was said and the list of its people, for whoever keeps many in memory. */
    public ArchivedRecord head() {
        return new ArchivedRecord(id, bucket, capturedAt, new NewRecord(record.type(), record.recordClass(), Set.of(), record.room(), record.fields(), ""));
    }
}
