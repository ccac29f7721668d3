package im.chancery.retention;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.BucketId;
import im.chancery.archive.BucketStatus;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.archive.verify.LeafSet;
import im.chancery.core.RecordId;
import im.chancery.retention.RetentionService.LegalHold;
import im.chancery.retention.RetentionService.NewHold;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which holds are in force.
 *
 * <p>The records say it: a HOLD record places a hold, a RELEASE record ends it. The table {@code retention_hold} is their
 * projection, and with the archive's destruction lock it is what puts a hold and a decision to destroy in order. Custodian,
 * room, matter and span stay in the sealed records; the table has record ids only.
 *
 * <p>A hold is placed in two steps: its record is appended and durable, then its row is inserted under the destruction
 * lock. {@link #changes} is held over both, and a decision to destroy, which runs under the destruction lock and must not
 * wait for {@code changes}, gives up with {@link Changing} if somebody has it. So a decision never falls between the two
 * steps: it comes before the record is durable's row, and then the hold counts what it came too late for, or it honours the
 * hold. If the second step fails, or the process dies before it, the projection is stale until {@link #recompute}, and no
 * decision is made on a stale projection. The archive's writer never takes the destruction lock, so waiting for an append
 * while holding {@code changes} is safe; nobody appends while holding the destruction lock.
 *
 * <p>Safe for many threads.
 */
final class HoldRegister {
    private static final Logger LOG = LoggerFactory.getLogger(HoldRegister.class);

    /** What an audit record of a new root key has as its action. */
    private static final String ROTATION = "key.rotate";

    /** And of a key that was destroyed, which a start does too where an older key folder has brought it back. */
    private static final String KEY_DESTROYED = "key.destroy";

    private final Archive archive;
    private final ReentrantLock changes = new ReentrantLock();
    /** The audit records that holds were read of, all that there were below {@link #readBelow}. Guarded by {@link #changes}. */
    private LeafSet read = new LeafSet();
    private long readBelow;
    /** All holds whose HOLD record can be opened, by id, oldest first. Replaced, never changed; guarded by {@link #changes} for writing. */
    private volatile Map<String, Entry> entries = Map.of();
    /** See {@link #owesRotation}. */
    private volatile boolean owesRotation;
    /** Whether {@link #entries} and the table may say less than the records. Guarded by {@link #changes}. */
    private boolean stale = true;

    /**
     * A hold as its records say.
     *
     * @param bucket  the bucket of the HOLD record
     * @param release the id of the RELEASE record; empty while the hold is in force
     */
    record Entry(LegalHold hold, BucketId bucket, Optional<String> release) {
        boolean inForce() {
            return release.isEmpty();
        }
    }

    /** What the table and the records agreed on inside a deciding transaction. */
    record View(Map<String, Entry> entries, List<NewHold> inForce) {
    }

    /** A hold is being placed or released, or the projection is stale: decide again after {@link #settle}. */
    static final class Changing extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Changing() {
            super("holds are changing", null, false, false);
        }
    }

    /** What somebody does under the destruction lock when a hold has come into force. */
    @FunctionalInterface
    interface InForce<T> {
        T run(Connection connection, LegalHold hold) throws SQLException;
    }

    HoldRegister(Archive archive) {
        this.archive = archive;
    }

    /**
     * Places a hold. When this returns its record is durable and every later decision to destroy honours it. Neither a table of
     * holds nor records that somebody has changed keep it from being placed; there is no decision until they are mended.
     *
     * @param then runs in the transaction that puts the hold into force
     */
    <T> T place(NewHold scope, String actor, InForce<T> then) {
        changes.lock();
        try {
            boolean known = isKnown();
            stale = true;
            RecordId id = append(HoldRecords.hold(scope, actor));
            ArchivedRecord record = archive.open(id).orElseThrow(() -> new ArchiveException("the hold's record " + id + " can't be found"));
            Entry entry = new Entry(HoldRecords.holdOf(record), record.bucket(), Optional.empty());
            T result = archive.excludingDestruction(connection -> {
                RetentionTables.deleteHold(connection, entry.hold().id()); // of a row that was forged for the ids to come
                RetentionTables.insertHold(connection, entry.hold().id(), Optional.empty());
                return then.run(connection, entry.hold());
            });
            put(entry);
            stale = !known;
            return result;
        } finally {
            changes.unlock();
        }
    }

    /**
     * Releases a hold. When this returns the release's record is durable.
     *
     * @throws NoSuchElementException if no hold of this id is in force
     */
    LegalHold release(String holdId, String actor) {
        changes.lock();
        try {
            recomputeIfStale();
            Entry entry = entries.get(holdId);
            if (entry == null || !entry.inForce()) {
                throw new NoSuchElementException("no hold " + holdId + " is in force");
            }
            stale = true;
            RecordId id = append(HoldRecords.release(holdId, actor));
            ArchivedRecord record = archive.open(id).orElseThrow(() -> new ArchiveException("the release's record " + id + " can't be found"));
            Entry released = released(entry, record);
            archive.excludingDestruction(connection -> {
                RetentionTables.updateHold(connection, holdId, released.release());
                return null;
            });
            put(released);
            stale = false;
            return released.hold();
        } finally {
            changes.unlock();
        }
    }

    /** All holds, released ones included, oldest first. */
    Collection<Entry> all() {
        settle();
        return entries.values();
    }

    /** Waits until no hold is being placed or released, and recomputes the projection if it is stale. */
    void settle() {
        changes.lock();
        try {
            recomputeIfStale();
        } finally {
            changes.unlock();
        }
    }

    /** A HOLD or RELEASE record may have been destroyed: the projection is to be recomputed before it is used again. */
    void recordsDestroyed() {
        changes.lock();
        try {
            stale = true;
        } finally {
            changes.unlock();
        }
    }

    /**
     * Reads every record of class {@code audit}, each opened and checked against the log, and sets the table to what they say.
     *
     * @throws ArchiveException if a record fails its check, or if the record of a hold in force isn't there
     */
    void recompute() {
        changes.lock();
        try {
            stale = true;
            Map<String, Entry> found = fromRecords();
            requireKnown(found);
            archive.excludingDestruction(connection -> {
                project(connection, found);
                return null;
            });
            entries = found;
            stale = false;
        } finally {
            changes.unlock();
        }
    }

    /**
     * The holds in force, for a decision to destroy. Called under the destruction lock; never waits.
     *
     * @throws Changing         if a hold is being placed or released at this moment
     * @throws ArchiveException if the table doesn't say what the records say
     */
    View view(Connection connection) throws SQLException {
        if (!changes.tryLock()) {
            throw new Changing();
        }
        try {
            if (stale) {
                throw new Changing();
            }
            Map<String, Entry> known = entries;
            Map<String, Optional<String>> rows = RetentionTables.holds(connection);
            if (!rows.equals(rowsOf(known))) {
                throw new ArchiveException("the table of holds was changed by somebody else since it was computed from the records; nothing is destroyed");
            }
            return new View(known, known.values().stream().filter(Entry::inForce).map(e -> e.hold().scope()).toList());
        } finally {
            changes.unlock();
        }
    }

    /** Whether all holds are known: a new one is placed even if not. */
    private boolean isKnown() {
        try {
            recomputeIfStale();
            return true;
        } catch (ArchiveException e) {
            LOG.warn("a hold is placed although the holds before it can't be told; nothing is destroyed until they can: {}", e.getMessage());
            return false;
        }
    }

    private void recomputeIfStale() {
        if (stale) {
            recompute();
        }
    }

    /**
     * Refuses unless the holds were read of all these records: who can write to the database could have one away for as long as that takes.
     *
     * @param present the leaves of class audit that have their record
     */
    void requireRead(LeafSet present) {
        changes.lock();
        try {
            LeafSet unread = present.copy();
            unread.remove(readBelow, Long.MAX_VALUE);
            read.forEachRange(unread::remove);
            if (unread.count() > 0) {
                stale = true;
                long[] first = {-1};
                unread.forEachRange((from, to) -> first[0] = first[0] < 0 ? from : first[0]);
                throw new ArchiveException(unread.count() + " of the audit records that are there now were not when holds were read, the first of them leaf index " + first[0]
                        + ": somebody else changes the database, and one may be a hold; nothing is destroyed");
            }
        } finally {
            changes.unlock();
        }
    }

    private Map<String, Entry> fromRecords() {
        readBelow = archive.status().committed();
        read = new LeafSet();
        Map<String, Entry> found = new LinkedHashMap<>();
        List<ArchivedRecord> releases = new ArrayList<>();
        AtomicLong certified = new AtomicLong(-1);
        AtomicLong rotated = new AtomicLong(-1);
        for (BucketStatus bucket : archive.buckets()) {
            if (bucket.id().recordClass().equals(RecordClasses.AUDIT)) {
                archive.scan(bucket.id(), record -> {
                    read.add(record.id().index(), record.id().index());
                    read(record, found, releases);
                    String action = record.record().fields().get(Fields.ACTION);
                    if (record.record().type() == RecordType.CERTIFICATE || KEY_DESTROYED.equals(action)) {
                        certified.accumulateAndGet(record.id().index(), Math::max);
                    } else if (ROTATION.equals(action)) {
                        rotated.accumulateAndGet(record.id().index(), Math::max);
                    }
                });
            }
        }
        // After all holds: by a clock that has gone back, a release may be of an earlier day than its hold.
        releases.forEach(release -> found.computeIfPresent(HoldRecords.releasedBy(release), (id, entry) -> released(entry, release)));
        owesRotation = certified.get() > rotated.get();
        return found;
    }

    /** Whether by the records, as the last recomputation has read them, something was destroyed and the root key hasn't been changed since: a crash, or a fault, came between. */
    boolean owesRotation() {
        return owesRotation;
    }

    private static void read(ArchivedRecord record, Map<String, Entry> found, List<ArchivedRecord> releases) {
        if (record.record().type() == RecordType.HOLD) {
            Entry entry = new Entry(HoldRecords.holdOf(record), record.bucket(), Optional.empty());
            found.put(entry.hold().id(), entry);
        } else if (record.record().type() == RecordType.RELEASE) {
            releases.add(record); // one whose hold is gone has outlived it in an earlier disposal, and says nothing any more
        }
    }

    private static Entry released(Entry entry, ArchivedRecord release) {
        LegalHold hold = entry.hold();
        Optional<Instant> at = Optional.of(release.capturedAt());
        return new Entry(new LegalHold(hold.id(), hold.scope(), hold.created(), hold.createdBy(), at), entry.bucket(), Optional.of(release.id().toString()));
    }

    /** A hold that this process knows to be in force doesn't end because its record is gone. */
    private void requireKnown(Map<String, Entry> found) {
        for (Entry known : entries.values()) {
            if (known.inForce() && !found.containsKey(known.hold().id())) {
                throw new ArchiveException("hold " + known.hold().id() + " was in force, but its record isn't in the archive any more;"
                        + " nothing is destroyed until it is restored; run the verifier: chancery verify --records");
            }
        }
    }

    private static void project(Connection connection, Map<String, Entry> found) throws SQLException {
        Map<String, Optional<String>> rows = RetentionTables.holds(connection);
        for (Map.Entry<String, Optional<String>> row : rows.entrySet()) {
            if (!found.containsKey(row.getKey())) {
                if (row.getValue().isEmpty()) {
                    throw new ArchiveException("hold " + row.getKey() + " is in force by the table of holds, but its record isn't in the archive;"
                            + " nothing is destroyed until the records are verified");
                }
                RetentionTables.deleteHold(connection, row.getKey());
            }
        }
        for (Map.Entry<String, Optional<String>> hold : rowsOf(found).entrySet()) {
            Optional<String> row = rows.get(hold.getKey());
            if (row == null) {
                LOG.warn("hold {} is in the records but not in the table of holds; its row is written", hold.getKey());
                RetentionTables.insertHold(connection, hold.getKey(), hold.getValue());
            } else if (!row.equals(hold.getValue())) {
                LOG.warn("hold {} is not in the table of holds as its records say; its row is corrected", hold.getKey());
                RetentionTables.updateHold(connection, hold.getKey(), hold.getValue());
            }
        }
    }

    private static Map<String, Optional<String>> rowsOf(Map<String, Entry> known) {
        Map<String, Optional<String>> rows = new LinkedHashMap<>();
        known.forEach((id, entry) -> rows.put(id, entry.release()));
        return rows;
    }

    private void put(Entry entry) {
        Map<String, Entry> next = new LinkedHashMap<>(entries);
        next.put(entry.hold().id(), entry);
        entries = next;
    }

    /** Waits until the record is on stable storage. */
    RecordId append(NewRecord record) {
        try {
            return archive.append(record).toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ArchiveException cause) {
                throw cause;
            }
            throw new ArchiveException("a record of type " + record.type() + " couldn't be appended", e.getCause());
        }
    }
}
