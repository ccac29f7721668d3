package im.chancery.archive;

import im.chancery.core.RecordId;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The writer's first half: gives each record a time, a bucket and a leaf index, makes its bucket's key if need be, and
 * seals it. It runs ahead of the transaction; if that fails, indexes are given again with {@link #reseal}. Methods that look at
 * what is shared are synchronized, because the committing thread reseals; {@link #accept} is called by one thread at a time, which the writer sees to.
 */
final class SealingStage {
    private final String origin;
    private final Clock clock;
    private final KeyFolder keys;
    private final Buckets buckets;
    private final Sealing sealing = new Sealing();
    /** Buckets that take no more records: being destroyed. */
    private final Set<BucketId> closed = new HashSet<>();
    /** Buckets whose key was made or found by this stage, so that its creation is recorded or on its way to be. */
    private final Set<BucketId> announced = new HashSet<>();
    /** Today's bucket of each record class, one object for all its records: it is a key of many maps, where equal ones cost more. */
    private final Map<String, BucketId> todays = new HashMap<>();
    private long next;

    SealingStage(String origin, Clock clock, KeyFolder keys, Buckets buckets) {
        this.origin = origin;
        this.clock = clock;
        this.keys = keys;
        this.buckets = buckets;
    }

    /** Takes one from the queue: seals it and adds it to what goes on, after the record of its bucket's key if that is new; or fails it. */
    void accept(Pending pending, List<Pending> out) {
        try {
            take(pending, out);
        } catch (IOException e) {
            pending.done.completeExceptionally(new ArchiveException("the key folder can't be written", e));
        } catch (ArchiveException e) {
            pending.done.completeExceptionally(e);
        } catch (RuntimeException | Error e) {
            pending.done.completeExceptionally(new ArchiveException("a record can't be sealed", e));
        }
    }

    private void take(Pending pending, List<Pending> out) throws IOException {
        if (pending.isFence()) {
            close(pending.bucket.orElseThrow());
        } else {
            // Looked at once, so that a record's time is always of its bucket's day: holds rely on it.
            long now = clock.millis();
            BucketId bucket = admit(pending, now);
            if (opens(bucket)) {
                announce(bucket, out);
            }
            seal(pending, bucket, now);
        }
        out.add(pending);
    }

    /** Without the record of its key nothing goes into a bucket; the next record tries again. */
    private void announce(BucketId bucket, List<Pending> out) throws IOException {
        try {
            take(Pending.internal(AuditRecords.key("key.create", bucket)), out);
        } catch (IOException | RuntimeException | Error e) {
            forget(bucket);
            throw e;
        }
    }

    private synchronized void forget(BucketId bucket) {
        announced.remove(bucket);
    }

    private synchronized BucketId admit(Pending pending, long now) {
        BucketId bucket = pending.bucket.orElseGet(() -> today(pending.record.recordClass(), now));
        if (closed.contains(bucket) || buckets.get(bucket).map(b -> b.state() != BucketState.LIVE).orElse(false)) {
            throw new ArchiveException("bucket " + bucket + " was destroyed and takes no more records; is the clock right?");
        }
        return bucket;
    }

    private BucketId today(String recordClass, long now) {
        LocalDate day = LocalDate.ofInstant(Instant.ofEpochMilli(now), ZoneOffset.UTC);
        BucketId known = todays.get(recordClass);
        if (known == null || !known.day().equals(day)) {
            known = new BucketId(recordClass, day);
            todays.put(recordClass, known);
        }
        return known;
    }

    /** Makes the key of a bucket that is new. @return true if so; its creation is recorded before the first record in it */
    private synchronized boolean opens(BucketId bucket) throws IOException {
        if (buckets.get(bucket).isPresent() || !announced.add(bucket)) {
            return false;
        }
        try {
            keys.create(bucket);
            return true;
        } catch (IOException | RuntimeException | Error e) {
            announced.remove(bucket);
            throw e;
        }
    }

    private synchronized void seal(Pending pending, BucketId bucket, long now) {
        place(pending, bucket, now, next);
        next++;
    }

    /** Seals again for another index, because records ahead of it were not stored. What follows it moves up. */
    synchronized void reseal(Pending pending, long index) {
        place(pending, pending.sealed.bucket(), pending.sealed.capturedAt(), index);
        next = index + 1;
    }

    /** Goes on from this index. What was announced stays so: the writer keeps these records until they are stored. */
    synchronized void restart(long index) {
        next = index;
    }

    synchronized void close(BucketId bucket) {
        closed.add(bucket);
    }

    /** Undoes a fence's closing: nothing was destroyed after all. */
    synchronized void reopen(BucketId bucket) {
        closed.remove(bucket);
    }

    private void place(Pending pending, BucketId bucket, long capturedAt, long index) {
        RecordId id = new RecordId(origin, index);
        byte[] blob = pending.record.type() == RecordType.CERTIFICATE
                ? Sealing.open(capturedAt, pending.body)
                : sealing.seal(keys.find(bucket).orElseThrow(() -> new ArchiveException(
                        "bucket " + bucket + ": its key is gone; restore the key folder")).dataKey(id), id, bucket, capturedAt, pending.body);
        pending.sealed = new SealedRecord(index, bucket, capturedAt, blob);
        pending.entry = sealing.entry(pending.sealed);
    }
}
