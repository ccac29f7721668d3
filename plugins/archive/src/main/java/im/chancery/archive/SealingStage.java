package im.chancery.archive;

import im.chancery.core.RecordId;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;

/**
 * The writer's first half: gives each record a time, a bucket and a leaf index, makes its bucket's key if need be, and
 * seals it. It runs ahead of the transaction; if that fails, indexes are given again with {@link #reseal}. Methods are
 * synchronized, because the committing thread reseals.
 */
final class SealingStage {
    private final String origin;
    private final Clock clock;
    private final KeyFolder keys;
    private final Buckets buckets;
    private final BlockingQueue<Pending> out;
    private final Sealing sealing = new Sealing();
    /** Buckets that take no more records: being destroyed. */
    private final Set<BucketId> closed = new HashSet<>();
    /** Buckets whose key was made or found by this stage, so that its creation is recorded or on its way to be. */
    private final Set<BucketId> announced = new HashSet<>();
    private long next;

    SealingStage(String origin, Clock clock, KeyFolder keys, Buckets buckets, BlockingQueue<Pending> out) {
        this.origin = origin;
        this.clock = clock;
        this.keys = keys;
        this.buckets = buckets;
        this.out = out;
    }

    /** Takes one from the queue: seals it and passes it on, or fails it. Blocks while the second half is behind. */
    void accept(Pending pending) throws InterruptedException {
        try {
            if (pending.isFence()) {
                close(pending.bucket.orElseThrow());
            } else {
                // Looked at once, so that a record's time is always of its bucket's day: holds rely on it.
                long now = clock.millis();
                BucketId bucket = admit(pending, now);
                if (opens(bucket)) {
                    accept(Pending.internal(AuditRecords.key("key.create", bucket)));
                }
                seal(pending, bucket, now);
            }
            out.put(pending);
        } catch (IOException e) {
            pending.done.completeExceptionally(new ArchiveException("the key folder can't be written", e));
        } catch (ArchiveException e) {
            pending.done.completeExceptionally(e);
        } catch (RuntimeException e) {
            pending.done.completeExceptionally(new ArchiveException("a record can't be sealed", e));
        }
    }

    private synchronized BucketId admit(Pending pending, long now) {
        BucketId bucket = pending.bucket.orElseGet(() -> new BucketId(pending.record.recordClass(),
                LocalDate.ofInstant(Instant.ofEpochMilli(now), ZoneOffset.UTC)));
        if (closed.contains(bucket) || buckets.get(bucket).map(b -> b.state() != BucketState.LIVE).orElse(false)) {
            throw new ArchiveException("bucket " + bucket + " was destroyed and takes no more records; is the clock right?");
        }
        return bucket;
    }

    /** Makes the key of a bucket that is new. @return true if so; its creation is recorded before the first record in it */
    private synchronized boolean opens(BucketId bucket) throws IOException {
        if (buckets.get(bucket).isPresent() || !announced.add(bucket)) {
            return false;
        }
        try {
            keys.create(bucket);
            return true;
        } catch (IOException | RuntimeException e) {
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

    /** Goes on from this index. Buckets that never came to be are announced again. */
    synchronized void restart(long index) {
        next = index;
        announced.clear();
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
