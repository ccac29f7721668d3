package im.chancery.archive;

import im.chancery.core.RecordId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import javax.sql.DataSource;

/** Reads records: finds them, opens them, checks them against the log. Safe for many threads. */
final class RecordReader {
    private static final int PAGE = 500;

    private final String origin;
    private final DataSource database;
    private final KeyFolder keys;
    private final Buckets buckets;
    private final LeafCheck leaves;
    private final ThreadLocal<Sealing> sealing = ThreadLocal.withInitial(Sealing::new);

    /** Compares a stored record's entry with the log. */
    @FunctionalInterface
    interface LeafCheck {
        /** @throws ArchiveException if the log covers this index and has another leaf there */
        void check(long index, byte[] entry);
    }

    RecordReader(String origin, DataSource database, KeyFolder keys, Buckets buckets, LeafCheck leaves) {
        this.origin = origin;
        this.database = database;
        this.keys = keys;
        this.buckets = buckets;
        this.leaves = leaves;
    }

    /** The stored row, whether or not it can be opened. */
    Optional<SealedRecord> stored(long index) {
        return inConnection(c -> RecordRows.select(c, index, buckets::id).map(RecordRows.Row::stored));
    }

    Optional<BucketId> bucketOf(long index) {
        return stored(index).map(SealedRecord::bucket);
    }

    /** Opens a row and checks it; empty if its key was destroyed. */
    Optional<ArchivedRecord> open(SealedRecord stored) {
        Sealing mine = sealing.get();
        leaves.check(stored.index(), mine.entry(stored));
        boolean needsKey = stored.blob()[0] != Sealing.OPEN;
        Optional<byte[]> key = needsKey ? keys.dataKey(stored.bucket(), stored.index()) : Optional.of(new byte[0]);
        return key.map(k -> mine.unseal(k, new RecordId(origin, stored.index()), stored));
    }

    /** @throws ArchiveException if the log has another leaf at its place */
    void check(SealedRecord stored) {
        leaves.check(stored.index(), entry(stored));
    }

    /** The record's entry in the log, computed anew. */
    byte[] entry(SealedRecord stored) {
        return sealing.get().entry(stored);
    }

    /** Rows as they are stored, in log order. */
    List<RecordRows.Row> rows(Connection connection, long from, long to, int limit) throws SQLException {
        return RecordRows.selectRange(connection, from, to, limit, buckets::id);
    }

    /** Log entries of stored records, computed anew; ends before the first that is missing. */
    List<byte[]> entries(long from, int limit) {
        long end = from + Math.min(limit, PAGE);
        return inConnection(connection -> {
            List<byte[]> entries = new ArrayList<>();
            long at = from;
            for (List<RecordRows.Row> page = rows(connection, at, end, PAGE); !page.isEmpty(); page = rows(connection, at, end, PAGE)) {
                for (RecordRows.Row row : page) {
                    if (row.stored().index() != at) {
                        return entries;
                    }
                    entries.add(entry(row.stored()));
                    at++;
                }
            }
            return entries;
        });
    }

    /**
     * Opens each record with {@code from <= leaf index < to} whose key isn't destroyed, in log order.
     *
     * @param unread told of each that can't be opened or that {@code reader} refuses: it, its bucket's number or its key file was changed
     */
    void forEach(Connection connection, long from, long to, Consumer<ArchivedRecord> reader, BiConsumer<Long, ArchiveException> unread) throws SQLException {
        long at = from;
        for (List<RecordRows.Row> page = rowsOfAny(connection, at, to); !page.isEmpty(); page = rowsOfAny(connection, at, to)) {
            for (RecordRows.Row row : page) {
                try {
                    if (row.stored().bucket() == null) {
                        throw new ArchiveException("leaf index " + row.stored().index() + ": its bucket number is none that there is");
                    }
                    open(row.stored()).ifPresent(reader);
                } catch (ArchiveException e) {
                    unread.accept(row.stored().index(), e);
                }
                at = row.stored().index() + 1;
            }
        }
    }

    /** As {@link #rows}, but the bucket of a row whose bucket there isn't is null: one such row would hide its whole page. */
    private List<RecordRows.Row> rowsOfAny(Connection connection, long from, long to) throws SQLException {
        return RecordRows.selectRange(connection, from, to, PAGE, number -> buckets.find(number).map(BucketRow::id).orElse(null));
    }

    /** Opens each record of a bucket with a greater leaf index than {@code after} that can be opened, in log order. */
    void scan(Connection connection, BucketId bucket, long after, Consumer<ArchivedRecord> reader) throws SQLException {
        Optional<BucketRow> row = buckets.get(bucket);
        if (row.isEmpty()) {
            return;
        }
        long at = Math.max(row.get().first(), after + 1);
        long end = row.get().last() + 1;
        for (List<RecordRows.Row> page = rows(connection, at, end, PAGE); !page.isEmpty(); page = rows(connection, at, end, PAGE)) {
            for (RecordRows.Row each : page) {
                if (each.stored().bucket().equals(bucket)) {
                    open(each.stored()).ifPresent(reader);
                }
                at = each.stored().index() + 1;
            }
        }
    }

    /** Hands over what is found as it is opened, in log order: all of it may be larger than memory. */
    void find(RecordQuery query, Consumer<ArchivedRecord> reader) {
        List<BucketRow> candidates = buckets.all().stream().filter(b -> b.records() > 0 && overlaps(b, query)).toList();
        inConnection(connection -> {
            Found found = new Found(query, reader);
            if (query.with().isEmpty() && query.room().isEmpty()) {
                findByPlace(connection, query, candidates, found);
            } else {
                findByToken(connection, query, candidates, found);
            }
            return null;
        });
    }

    /** Takes what matches, up to the limit. */
    private final class Found {
        private final RecordQuery query;
        private final Consumer<ArchivedRecord> reader;
        private int left;

        Found(RecordQuery query, Consumer<ArchivedRecord> reader) {
            this.query = query;
            this.reader = reader;
            this.left = query.limit();
        }

        boolean isFull() {
            return left == 0;
        }

        void take(SealedRecord stored) {
            if (!isFull()) {
                open(stored).filter(matching(query)).ifPresent(record -> {
                    left--;
                    reader.accept(record);
                });
            }
        }
    }

    private void findByPlace(Connection connection, RecordQuery query, List<BucketRow> candidates, Found found)
            throws SQLException {
        Set<BucketId> wanted = new HashSet<>();
        candidates.forEach(b -> wanted.add(b.id()));
        long at = Math.max(query.after() + 1, candidates.stream().mapToLong(BucketRow::first).min().orElse(Long.MAX_VALUE));
        long end = candidates.stream().mapToLong(BucketRow::last).max().orElse(-1) + 1;
        while (at < end && !found.isFull()) {
            List<RecordRows.Row> page = RecordRows.selectRange(connection, at, end, PAGE, buckets::id);
            if (page.isEmpty()) {
                return;
            }
            for (RecordRows.Row row : page) {
                if (wanted.contains(row.stored().bucket())) {
                    found.take(row.stored());
                }
                at = row.stored().index() + 1;
            }
        }
    }

    private void findByToken(Connection connection, RecordQuery query, List<BucketRow> candidates, Found found)
            throws SQLException {
        PriorityQueue<Cursor> cursors = new PriorityQueue<>(java.util.Comparator.comparingLong(Cursor::head));
        for (BucketRow bucket : candidates) {
            Optional<BucketKey> key = keys.find(bucket.id());
            if (key.isPresent()) {
                for (long conversation : conversations(connection, key.get(), query)) {
                    add(cursors, new Cursor(after -> RecordRows.selectConversation(connection, conversation, after, PAGE), query.after()));
                }
            } else {
                // Look-up values died with the bucket's key: the few survivors are opened and looked at.
                List<Long> left = List.copyOf(keys.survivors(bucket.id()).map(s -> s.keySet()).orElse(java.util.Collections.emptySortedSet()));
                add(cursors, new Cursor(after -> left.stream().filter(i -> i > after).limit(PAGE).toList(), query.after()));
            }
        }
        while (!cursors.isEmpty() && !found.isFull()) {
            Cursor cursor = cursors.poll();
            Optional<RecordRows.Row> row = RecordRows.select(connection, cursor.take(), buckets::id);
            if (row.isPresent()) {
                found.take(row.get().stored());
            }
            add(cursors, cursor);
        }
    }

    private static void add(PriorityQueue<Cursor> cursors, Cursor cursor) throws SQLException {
        if (cursor.fill()) {
            cursors.add(cursor);
        }
    }

    private static Set<Long> conversations(Connection connection, BucketKey key, RecordQuery query) throws SQLException {
        Set<Long> numbers = null;
        if (query.with().isPresent()) {
            numbers = Conversations.withToken(connection, key.personToken(query.with().get()));
        }
        if (query.room().isPresent()) {
            Set<Long> inRoom = Conversations.withToken(connection, key.roomToken(query.room().get()));
            if (numbers != null) {
                inRoom.retainAll(numbers);
            }
            numbers = inRoom;
        }
        return new TreeSet<>(numbers);
    }

    private static Predicate<ArchivedRecord> matching(RecordQuery query) {
        return r -> r.id().index() > query.after()
                && query.from().map(t -> !r.capturedAt().isBefore(t)).orElse(true)
                && query.to().map(t -> r.capturedAt().isBefore(t)).orElse(true)
                && query.with().map(p -> r.record().people().contains(p)).orElse(true)
                && (query.room().isEmpty() || query.room().equals(r.record().room()))
                && (query.types().isEmpty() || query.types().contains(r.record().type()));
    }

    private static boolean overlaps(BucketRow bucket, RecordQuery query) {
        // Outcomes are kept in the bucket of their attempts, so a bucket may hold records of later days.
        Instant start = bucket.id().day().atStartOfDay(ZoneOffset.UTC).toInstant();
        return bucket.last() > query.after()
                && query.to().map(start::isBefore).orElse(true)
                && query.from().map(start.plus(Duration.ofDays(2))::isAfter).orElse(true);
    }

    private <T> T inConnection(Query<T> query) {
        try (Connection connection = database.getConnection()) {
            return query.run(connection);
        } catch (SQLException e) {
            throw new ArchiveException("the archive's database can't be read", e);
        }
    }

    /** Reads records by leaf index; those whose rows or keys are gone are left out. */
    List<ArchivedRecord> openAll(Collection<Long> indexes) {
        return inConnection(connection -> {
            List<ArchivedRecord> opened = new ArrayList<>();
            for (long index : indexes) {
                RecordRows.select(connection, index, buckets::id).flatMap(row -> open(row.stored())).ifPresent(opened::add);
            }
            return opened;
        });
    }

    private interface Query<T> {
        T run(Connection connection) throws SQLException;
    }

    private interface Pages {
        List<Long> after(long index) throws SQLException;
    }

    /** Leaf indexes of one conversation in ascending order, read page by page. */
    private static final class Cursor {
        private final Pages pages;
        private long last;
        private List<Long> page = List.of();
        private int at;

        Cursor(Pages pages, long after) {
            this.pages = pages;
            this.last = after;
        }

        /** @return false if there is nothing left */
        boolean fill() throws SQLException {
            if (at == page.size()) {
                page = pages.after(last);
                at = 0;
            }
            return at < page.size();
        }

        long head() {
            return page.get(at);
        }

        long take() {
            last = page.get(at++);
            return last;
        }
    }
}
