package im.chancery.archive;

import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import javax.sql.DataSource;

/** What {@link ArchiveReader} tells of records, destroyed ones included; for the archive itself and for copies. Safe for many threads. */
final class StoredRecords {
    private final String origin;
    private final DataSource database;
    private final Buckets buckets;
    private final RecordReader reader;
    private final Decisions decisions;
    private final LongSupplier size;

    /** @param size how many records there are */
    StoredRecords(String origin, DataSource database, Buckets buckets, RecordReader reader, Decisions decisions,
            LongSupplier size) {
        this.origin = origin;
        this.database = database;
        this.buckets = buckets;
        this.reader = reader;
        this.decisions = decisions;
        this.size = size;
    }

    void find(RecordQuery query, Consumer<ArchivedRecord> each) {
        reader.find(query, each);
    }

    Optional<ArchivedRecord> open(RecordId id) {
        if (!id.origin().equals(origin) || id.index() >= size.getAsLong()) {
            return Optional.empty();
        }
        Optional<SealedRecord> stored = reader.stored(id.index());
        Optional<ArchivedRecord> opened = stored.flatMap(reader::open);
        if (opened.isPresent()) {
            return opened;
        }
        throw gone(id, stored.isPresent());
    }

    private ArchiveException gone(RecordId id, boolean stored) {
        Optional<String> why = inConnection(c -> decisions.whyGone(c, id.index()));
        if (why.isPresent()) {
            return new ArchiveException.Destroyed("record " + id + " was destroyed; " + why.get());
        }
        return new ArchiveException("record " + id + (stored ? ": its key is no longer in the key folder, and this data folder has no destruction that covers it"
                : " is gone, and no destruction covers it; run the verifier"));
    }

    Map<RecordId, Outcome> outcomes(Collection<RecordId> attempts) {
        Set<Long> indexes = new HashSet<>();
        attempts.stream().filter(id -> id.origin().equals(origin)).forEach(id -> indexes.add(id.index()));
        Map<RecordId, Outcome> asked = new HashMap<>();
        outcomesAt(indexes).forEach((index, outcome) -> asked.put(new RecordId(origin, index), outcome));
        return asked;
    }

    /** The same by leaf index. */
    Map<Long, Outcome> outcomesAt(Collection<Long> indexes) {
        List<Long> candidates = inConnection(c -> OutcomeJournal.candidates(c, indexes));
        Map<Long, Outcome> known = new HashMap<>();
        for (ArchivedRecord record : reader.openAll(candidates)) {
            OutcomeJournal.parse(record.record().content()).forEach((index, outcome) ->
                    known.merge(index, outcome, (old, late) -> late == Outcome.UNKNOWN ? old : late));
        }
        known.keySet().retainAll(Set.copyOf(indexes));
        return known;
    }

    List<BucketStatus> buckets() {
        CaptureDays days = new CaptureDays(buckets.all());
        return inConnection(connection -> {
            List<BucketStatus> all = new ArrayList<>();
            for (BucketRow row : buckets.all()) {
                all.add(new BucketStatus(row.id(), row.state(), row.records(), days.countsFrom(connection, row)));
            }
            all.sort(Comparator.comparing(BucketStatus::id));
            return all;
        });
    }

    void scan(BucketId bucket, long after, Consumer<ArchivedRecord> each) {
        inConnection(c -> {
            reader.scan(c, bucket, after, each);
            return null;
        });
    }

    List<String> certificates() {
        return inConnection(decisions::certificates);
    }

    <T> T inConnection(Archive.TransactionWork<T> work) {
        try (Connection connection = database.getConnection()) {
            return work.run(connection);
        } catch (SQLException e) {
            throw new ArchiveException("the archive's database failed", e);
        }
    }
}
