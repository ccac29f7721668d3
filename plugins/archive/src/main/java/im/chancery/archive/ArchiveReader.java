package im.chancery.archive;

import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads an archive. Safe for many threads; everything may do I/O in the caller's thread. */
public interface ArchiveReader extends AutoCloseable {

    /** Finds records that can still be opened, opened and checked. Hands over one after the other, in log order: all of them may be larger than memory. */
    void find(RecordQuery query, Consumer<ArchivedRecord> each);

    /** The same as a list, for what is known to be small: a record may have a megabyte of content. */
    default List<ArchivedRecord> find(RecordQuery query) {
        List<ArchivedRecord> found = new ArrayList<>();
        find(query, found::add);
        return found;
    }

    /**
     * Opens one record; empty if the log has no such leaf.
     *
     * @throws ArchiveException.Destroyed if it was destroyed
     * @throws ArchiveException           if what is stored fails its check, or its key is gone
     */
    Optional<ArchivedRecord> open(RecordId id);

    /** The outcomes known of these attempts; attempts without one are absent. */
    Map<RecordId, Outcome> outcomes(Collection<RecordId> attempts);

    /** All buckets, oldest first. */
    List<BucketStatus> buckets();

    /** Opens each record of a bucket in log order and hands it to {@code reader}. */
    default void scan(BucketId bucket, Consumer<ArchivedRecord> reader) {
        scan(bucket, -1, reader);
    }

    /** The same for records with a greater leaf index than {@code after} only. */
    void scan(BucketId bucket, long after, Consumer<ArchivedRecord> reader);

    /** The newest signed checkpoint, as the signed note's text (C2SP tlog-checkpoint). Its size may lag behind appends. */
    String checkpoint();

    /** The signed certificates of all destructions, oldest first, as signed notes' text. */
    List<String> certificates();

    /** The key by which the log's checkpoints and the certificates are verified (C2SP signed-note: {@code name+hash+key}). */
    String verifierKey();

    @Override
    void close();
}
