package im.chancery.archive;

import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers outcomes and appends them as OUTCOME records, one for all attempts of a bucket and of a block of 256 leaf
 * indexes. The block is a clear column, by which the outcome of an attempt is found.
 *
 * <p>Which attempts have none is known without a mark on each row: every attempt below {@code settled_below} has one, so
 * that after a crash only the newest records have to be looked at. An attempt of which nothing is heard for 30 s, six
 * times a host's deadline, gets {@link Outcome#UNKNOWN}; an outcome that comes later still is recorded after it, and counts.
 * Safe for many threads.
 */
final class OutcomeJournal {
    private static final Logger LOG = LoggerFactory.getLogger(OutcomeJournal.class);
    static final int BLOCK_BITS = 8;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private record Open(BucketId bucket, long since) {
    }

    private final ConcurrentSkipListMap<Long, Open> open = new ConcurrentSkipListMap<>();
    private final ConcurrentMap<Long, Outcome> waiting = new ConcurrentHashMap<>();
    /** What was told of as waiting because it couldn't be placed. */
    private final Set<Long> unplaced = ConcurrentHashMap.newKeySet();
    /** Where a file couldn't be read just then: the next start looks there again. */
    private volatile long lookAgainFrom = Long.MAX_VALUE;

    /** An attempt was stored. */
    void attempted(long index, BucketId bucket) {
        open.put(index, new Open(bucket, System.nanoTime()));
    }

    /** Notes an outcome for the next flush. The first one noted for an attempt counts, but for {@link Outcome#UNKNOWN}, which may be stored already and not be taken out yet. */
    void outcome(long index, Outcome outcome) {
        waiting.merge(index, outcome, (noted, later) -> noted == Outcome.UNKNOWN ? later : noted);
    }

    int waiting() {
        return waiting.size();
    }

    /** Gives up on every attempt that is still open. */
    void giveUp() {
        open.keySet().forEach(index -> waiting.putIfAbsent(index, Outcome.UNKNOWN));
    }

    /**
     * Appends what is waiting, one call after the other, or two would append the same. What is recorded already, since a host tells again what may have been lost
     * with its link, is not recorded twice. What can't be appended now stays for the next flush; what a destroyed bucket can't take any
     * more is dropped.
     *
     * @param live whether a bucket takes records
     */
    synchronized void flush(RecordWriter writer, AttemptLookup lookup, Predicate<BucketId> live) {
        long now = System.nanoTime();
        for (Map.Entry<Long, Open> oldest : open.entrySet()) {
            if (now - oldest.getValue().since() < PATIENCE_NANOS) {
                break;
            }
            waiting.putIfAbsent(oldest.getKey(), Outcome.UNKNOWN);
        }
        dropRepeated(lookup);
        List<CompletableFuture<?>> stages = new ArrayList<>();
        grouped(lookup, live).forEach((bucket, blocks) -> blocks.forEach((block, outcomes) -> stages.add(append(writer, bucket, block, outcomes))));
        stages.forEach(OutcomeJournal::await);
    }

    private void dropRepeated(AttemptLookup lookup) {
        List<Long> settled = waiting.keySet().stream().filter(index -> !open.containsKey(index)).toList();
        if (settled.isEmpty()) {
            return;
        }
        try {
            lookup.outcomes(settled).forEach(waiting::remove);
        } catch (ArchiveException e) {
            LOG.debug("what is recorded already of late outcomes can't be read now", e); // twice is better than not at all
        }
    }

    /** What is waiting, by bucket and block, without what can't be recorded now or at all. */
    private Map<BucketId, Map<Long, TreeMap<Long, Outcome>>> grouped(AttemptLookup lookup, Predicate<BucketId> live) {
        Map<BucketId, Map<Long, TreeMap<Long, Outcome>>> groups = new HashMap<>();
        boolean readable = true;
        for (Map.Entry<Long, Outcome> entry : waiting.entrySet()) {
            long index = entry.getKey();
            Open attempt = open.get(index);
            BucketId bucket;
            try {
                if (attempt == null && !readable) {
                    continue;
                }
                bucket = attempt != null ? attempt.bucket() : lookup.bucketOf(index).orElse(null);
            } catch (ArchiveException e) {
                if (unplaced.add(index)) { // it is tried ten times a second
                    LOG.warn("the outcome for leaf index {} waits until its bucket can be read: {}", index, e.toString());
                }
                readable = !(e.getCause() instanceof SQLException); // a database that is away may take its time to say so, for each of them
                continue;
            }
            unplaced.remove(index);
            if (bucket == null || !live.test(bucket)) {
                LOG.warn("an outcome for leaf index {} is dropped: no attempt there takes one", index);
                open.remove(index);
                waiting.remove(index);
            } else {
                groups.computeIfAbsent(bucket, b -> new HashMap<>()).computeIfAbsent(index >>> BLOCK_BITS, b -> new TreeMap<>()).put(index, entry.getValue());
            }
        }
        return groups;
    }

    private CompletableFuture<RecordId> append(RecordWriter writer, BucketId bucket, long block,
            TreeMap<Long, Outcome> outcomes) {
        NewRecord record = NewRecord.of(RecordType.OUTCOME, bucket.recordClass(), Set.of(), Optional.empty(), Map.of(), format(outcomes));
        return writer.put(Pending.of(record, bucket, (connection, index, first) -> settle(connection, index, first, block, outcomes.keySet())))
                .whenComplete((id, failure) -> {
                    if (failure == null) {
                        outcomes.forEach((attempt, outcome) -> {
                            open.remove(attempt);
                            waiting.remove(attempt, outcome);
                        });
                    }
                });
    }

    private static void await(CompletableFuture<?> stage) {
        try {
            stage.join();
        } catch (CompletionException e) {
            LOG.warn("outcomes wait for the next try: {}", e.getCause().toString());
        }
    }

    /** Runs in the transaction that stores the OUTCOME record. Attempts that it stores as well aren't open yet, and have no outcome. */
    private void settle(Connection connection, long index, long first, long block, Collection<Long> attempts) throws SQLException {
        update(connection, "INSERT INTO archive_outcome_block (block, leaf_index) VALUES (?, ?)", block, index);
        long settled = Math.min(first, lookAgainFrom);
        for (long attempt : open.keySet()) {
            if (!attempts.contains(attempt)) {
                settled = Math.min(settled, attempt);
                break;
            }
        }
        update(connection, "UPDATE archive_node SET settled_below = ?", settled);
    }

    /** Finds the attempts that have no outcome, at start-up, and notes {@link Outcome#UNKNOWN} for each. One record that is damaged keeps no node from starting. */
    void recover(Connection connection, RecordReader reader) throws SQLException {
        long settled;
        try (PreparedStatement select = connection.prepareStatement("SELECT settled_below FROM archive_node");
                ResultSet rows = select.executeQuery()) {
            settled = rows.next() ? rows.getLong(1) : 0;
        }
        Map<Long, ArchiveException> unread = new TreeMap<>();
        reader.forEach(connection, settled, Long.MAX_VALUE, record -> {
            if (record.record().type() == RecordType.ATTEMPT) {
                attempted(record.id().index(), record.bucket());
            } else if (record.record().type() == RecordType.OUTCOME) {
                parse(record.record().content()).keySet().forEach(open::remove);
            }
        }, unread::put);
        if (!unread.isEmpty()) {
            LOG.error("while outcomes were recovered, leaf index {} couldn't be read: an attempt there may stay without an outcome, and one that an outcome there tells of"
                    + " has an unknown one besides; run the verifier. Why not the first: {}", LeafRanges.of(unread.keySet()), unread.values().iterator().next().getMessage());
        }
        unread.values().removeIf(why -> !(why.getCause() instanceof IOException));
        lookAgainFrom = unread.isEmpty() ? Long.MAX_VALUE : unread.keySet().iterator().next();
        giveUp();
    }

    /** The leaf indexes of the OUTCOME records that may tell of these attempts, ascending. */
    static List<Long> candidates(Connection connection, Collection<Long> attempts) throws SQLException {
        Set<Long> blocks = new TreeSet<>();
        attempts.forEach(index -> blocks.add(index >>> BLOCK_BITS));
        Set<Long> found = new TreeSet<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT leaf_index FROM archive_outcome_block WHERE block = ?")) {
            for (long block : blocks) {
                select.setLong(1, block);
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        found.add(rows.getLong(1));
                    }
                }
            }
        }
        return List.copyOf(found);
    }

    /** The content of an OUTCOME record: a line {@code INDEX OUTCOME} for each attempt, ascending. */
    static String format(TreeMap<Long, Outcome> outcomes) {
        StringBuilder text = new StringBuilder();
        outcomes.forEach((index, outcome) -> text.append(index).append(' ').append(outcome.name().toLowerCase(Locale.ROOT)).append('\n'));
        return text.toString();
    }

    /**
     * Reads what {@link #format} wrote.
     *
     * @throws ArchiveException if the text has another form
     */
    static Map<Long, Outcome> parse(String content) {
        Map<Long, Outcome> outcomes = new TreeMap<>();
        for (String line : content.lines().toList()) {
            int space = line.indexOf(' ');
            try {
                outcomes.put(Long.parseLong(line.substring(0, Math.max(space, 0))),
                        Outcome.valueOf(line.substring(space + 1).toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                throw new ArchiveException("an OUTCOME record has a line of another form", e);
            }
        }
        return outcomes;
    }

    private static void update(Connection connection, String sql, long... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setLong(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }

    /** Tells of attempts that aren't open any more. */
    interface AttemptLookup {
        /** The bucket, if it can still take an outcome. */
        Optional<BucketId> bucketOf(long index);

        /** What is recorded as their outcomes. */
        Map<Long, Outcome> outcomes(Collection<Long> indexes);
    }
}
