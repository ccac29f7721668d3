package im.chancery.archive;

import im.chancery.archive.verify.LeafSet;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * A bucket's records, opened one after the other for the rule that names survivors; on the way it notes what has to stay
 * with them. Belongs to one thread and one transaction.
 */
final class BucketSurvey implements Iterable<ArchivedRecord> {
    private static final int PAGE = 500;

    private final Connection connection;
    private final BucketRow bucket;
    private final RecordReader reader;
    /** Neither this nor what follows takes more than some bytes of a record: a bucket may be larger than memory. */
    private final LeafSet indexes = new LeafSet();
    private final LeafSet certificates = new LeafSet();
    /** The attempts that each of the OUTCOME records tells of. */
    private final Map<Long, long[]> outcomes = new HashMap<>();
    private Walk walk;

    BucketSurvey(Connection connection, BucketRow bucket, RecordReader reader) {
        this.connection = connection;
        this.bucket = bucket;
        this.reader = reader;
    }

    /** @throws IllegalStateException if it was asked for before: the records are read once */
    @Override
    public Iterator<ArchivedRecord> iterator() {
        if (walk != null) {
            throw new IllegalStateException("a bucket's records are iterated over once");
        }
        walk = new Walk();
        return walk;
    }

    boolean untouched() {
        return walk == null;
    }

    /** Reads what the rule has left unread. */
    void finish() {
        Iterator<ArchivedRecord> rest = walk == null ? iterator() : walk;
        while (rest.hasNext()) {
            rest.next();
        }
    }

    /** All records of the bucket. Complete after {@link #finish}. */
    LeafSet indexes() {
        return indexes;
    }

    /** What stays if these are named: they, all certificates, and the outcomes of either. */
    LeafSet staying(Set<Long> named) {
        LeafSet stay = certificates.copy();
        named.stream().filter(indexes::contains).forEach(index -> stay.add(index, index));
        outcomes.forEach((index, told) -> {
            if (Arrays.stream(told).anyMatch(named::contains)) {
                stay.add(index, index);
            }
        });
        return stay;
    }

    /**
     * All records of the bucket, none of them opened, each compared with its leaf: or a record that was moved here would be
     * destroyed, and its loss certified.
     */
    LeafSet check() throws SQLException {
        long at = bucket.first();
        for (List<RecordRows.Row> page = read(at); !page.isEmpty(); page = read(at)) {
            for (RecordRows.Row row : page) {
                at = row.stored().index() + 1;
                if (row.stored().bucket().equals(bucket.id())) {
                    reader.check(row.stored());
                    indexes.add(row.stored().index(), row.stored().index());
                }
            }
        }
        return indexes;
    }

    private List<RecordRows.Row> read(long from) throws SQLException {
        return reader.rows(connection, from, bucket.last() + 1, PAGE);
    }

    private void note(ArchivedRecord record) {
        long index = record.id().index();
        indexes.add(index, index);
        if (record.record().type() == RecordType.CERTIFICATE) {
            certificates.add(index, index);
        } else if (record.record().type() == RecordType.OUTCOME) {
            outcomes.put(index,
                    OutcomeJournal.parse(record.record().content()).keySet().stream().mapToLong(Long::longValue).toArray());
        }
    }

    private final class Walk implements Iterator<ArchivedRecord> {
        private long at = bucket.first();
        private Iterator<RecordRows.Row> page = List.<RecordRows.Row>of().iterator();
        private ArchivedRecord next = advance();

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public ArchivedRecord next() {
            if (next == null) {
                throw new NoSuchElementException();
            }
            ArchivedRecord record = next;
            note(record);
            next = advance();
            return record;
        }

        private ArchivedRecord advance() {
            while (true) {
                if (!page.hasNext()) {
                    page = read().iterator();
                    if (!page.hasNext()) {
                        return null;
                    }
                }
                SealedRecord stored = page.next().stored();
                at = stored.index() + 1;
                if (stored.bucket().equals(bucket.id())) {
                    return reader.open(stored).orElseThrow(() -> new ArchiveException(
                            "leaf index " + stored.index() + ": its key is gone, but its destruction was never decided"));
                }
            }
        }

        private List<RecordRows.Row> read() {
            try {
                return BucketSurvey.this.read(at);
            } catch (SQLException e) {
                throw new ArchiveException("bucket " + bucket.id() + " can't be read", e);
            }
        }
    }
}
