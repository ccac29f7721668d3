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

    /** The same without the list of its people, for whoever keeps many in memory: of a room's message that is everybody there. */
    public ArchivedRecord withoutPeople() {
        return with(record.content());
    }

    /** The same without what was said and the list of its people. */
    public ArchivedRecord head() {
        return with("");
    }

    private ArchivedRecord with(String content) {
        return new ArchivedRecord(id, bucket, capturedAt, new NewRecord(record.type(), record.recordClass(), Set.of(), record.room(), record.fields(), content));
    }
}
