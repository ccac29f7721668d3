package im.chancery.archive;

import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** What an archive and a copy of one have in common: they read the records of a database. */
abstract class StoredArchive implements ArchiveReader {

    /** The records. The same for as long as this is open. */
    abstract StoredRecords records();

    @Override
    public void find(RecordQuery query, Consumer<ArchivedRecord> each) {
        records().find(query, each);
    }

    @Override
    public Optional<ArchivedRecord> open(RecordId id) {
        return records().open(id);
    }

    @Override
    public Map<RecordId, Outcome> outcomes(Collection<RecordId> attempts) {
        return records().outcomes(attempts);
    }

    @Override
    public List<BucketStatus> buckets() {
        return records().buckets();
    }

    @Override
    public void scan(BucketId bucket, long after, Consumer<ArchivedRecord> each) {
        records().scan(bucket, after, each);
    }

    @Override
    public List<String> certificates() {
        return records().certificates();
    }
}
