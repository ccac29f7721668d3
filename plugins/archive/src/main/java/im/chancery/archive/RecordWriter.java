package im.chancery.archive;

import im.chancery.core.RecordId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer. Records pass a bounded and fair queue, and are sealed and then stored by a committing thread, as many as have
 * come meanwhile in one transaction (group commit). While it is at work, a sealing thread seals ahead. Stages of what was to be
 * stored complete on a third thread, so that what callers hang on to them can't hold up the writer.
 *
 * <p>If a transaction fails, its records fail with it and the next ones take their indexes: the log has no gap. If even
 * that can't be told, because the connection was lost during the commit, nothing is stored until the database has been
 * asked how far it got; records that turn out to be stored although their stage failed are handed to the listener as
 * such. A database that has gone back behind what was committed is never written to again.
 *
 * <p>No record waits for a thread that is gone: where one of the two can't go on, everything is refused until a new start.
 */
final class RecordWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RecordWriter.class);
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long LOOK_AROUND_MILLIS = 50;

    /** Told of what was committed, in log order, on the committing thread, before the stages complete. */
    interface Listener {
        /** @param told false if the stages have failed already, because it wasn't known then */
        void stored(List<Pending> batch, boolean told);
    }

    private final String origin;
    private final DataSource database;
    private final Buckets buckets;
    private final Conversations conversations;
    private final Listener listener;
    private final FairQueue queue;
    private final BlockingQueue<Pending> sealed = new ArrayBlockingQueue<>(Pace.TRANSACTIONS * Pace.MOST);
    private final Pace pace = new Pace();
    private final SealingStage sealing;
    private final ExecutorService completions = Executors.newSingleThreadExecutor(r -> new Thread(r, "archive-completions"));
    private final Thread sealer = new Thread(this::sealAll, "archive-sealer");
    private final Thread committer = new Thread(this::commitAll, "archive-committer");
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Held from taking a record out of the queue until it is among the sealed ones, so that they are in the order of their indexes. */
    private final ReentrantLock turn = new ReentrantLock();
    /** Whether the committing thread is at the queue, and looks at it again before it turns to a transaction. */
    private volatile boolean atQueue;

    private AppendTransaction transaction;
    private volatile long next;
    private volatile boolean available = true;
    /** Whether one of the threads couldn't go on: nothing is stored any more. */
    private volatile boolean broken;
    /** Whether nobody takes anything off the queue any more, since this is closed. */
    private volatile boolean ended;
    /** The database session that has the writer's lock, or had it last. */
    private volatile int session;
    private volatile boolean suspect;
    /** Whether it has connected before: from then on nobody else may have written. */
    private boolean begun;
    /** A batch whose commit failed, until the database has been asked whether it has it. */
    private List<Pending> inDoubt = List.of();
    /** Whether the last batch that was in doubt turned out to be stored. */
    private boolean doubtWasStored;
    /** The archive's own records of a failed batch. Nobody else would append them again. */
    private final List<Pending> retained = new ArrayList<>();
    private long lastAttempt;

    RecordWriter(ArchiveConfig config, DataSource database, KeyFolder keys, Buckets buckets, java.time.Clock clock, Listener listener) {
        this.origin = config.origin();
        this.database = database;
        this.buckets = buckets;
        this.conversations = new Conversations(keys);
        this.listener = listener;
        this.queue = new FairQueue(config.queue());
        this.sealing = new SealingStage(origin, clock, keys, buckets);
    }

    /** Connects, reads how far the log got, and starts. */
    void start() throws SQLException {
        connect();
        sealer.start();
        committer.start();
    }

    /** Queues a record; its stage fails at once if the queue has no place for it. Never blocks. */
    CompletableFuture<RecordId> offer(Pending pending) {
        if (closed.get() || broken) {
            pending.done.completeExceptionally(gone());
        } else if (!queue.offer(pending)) {
            pending.done.completeExceptionally(new ArchiveException.Overloaded("the archive's queue has no place for more of this sender (" + depth() + " records wait)"));
        } else {
            queued();
        }
        return pending.done;
    }

    /** Queues a record and waits for a place. For the archive's own records. */
    CompletableFuture<RecordId> put(Pending pending) {
        try {
            boolean queued = false;
            while (!queued && !broken && !closed.get()) {
                queued = queue.offer(pending, 100);
            }
            if (!queued) {
                pending.done.completeExceptionally(gone());
            }
            queued();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            pending.done.completeExceptionally(new ArchiveException("interrupted", e));
        }
        return pending.done;
    }

    /** Lets a bucket take no more records; when the stage completes, all of its records are decided. */
    CompletableFuture<RecordId> fence(BucketId bucket) {
        return put(Pending.fence(bucket));
    }

    void reopen(BucketId bucket) {
        sealing.reopen(bucket);
    }

    /** How many records are committed: the log's size as the database has it. */
    long size() {
        return next;
    }

    /** How many records wait for their transaction. */
    int depth() {
        return queue.size();
    }

    /** Has the database asked anew: somebody found that the writer's session is gone. An idle writer wouldn't notice. */
    void suspect() {
        suspect = true;
    }

    /** The session for {@link WriterLock#share}. */
    int session() {
        return session;
    }

    boolean available() {
        return available && !broken;
    }

    /** Seals what comes while the committing thread is at work. */
    private void sealAll() {
        try {
            while (!broken && (!closed.get() || !queue.isEmpty())) {
                if (!sealAhead()) {
                    LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(LOOK_AROUND_MILLIS));
                }
            }
        } catch (InterruptedException | RuntimeException | Error e) {
            giveUp(e);
        }
    }

    /** @return false if there is nothing to seal for the sealing thread */
    private boolean sealAhead() throws InterruptedException {
        refuseInterruption();
        if (atQueue || queue.isEmpty() || !turn.tryLock()) {
            return false;
        }
        try {
            seal(queue.poll());
        } finally {
            turn.unlock();
        }
        return true;
    }

    /** So that an interrupted thread ends, also one that never has to wait. */
    private static void refuseInterruption() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private void seal(Pending pending) throws InterruptedException {
        if (pending == null) {
            return;
        }
        if (broken) {
            pending.done.completeExceptionally(gone());
            return;
        }
        try {
            List<Pending> ready = new ArrayList<>(2);
            sealing.accept(pending, ready);
            if (!ready.contains(pending)) {
                queue.leave(List.of(pending)); // it has failed
            }
            for (Pending each : ready) {
                pace.awaitPlace();
                sealed.put(each);
            }
        } catch (InterruptedException | RuntimeException | Error e) {
            pending.done.completeExceptionally(gone());
            throw e;
        }
    }

    private void commitAll() {
        List<Pending> batch = new ArrayList<>(Pace.MOST);
        try {
            while (sealer.isAlive() || !sealed.isEmpty()) {
                commitNext(batch);
            }
        } catch (InterruptedException | RuntimeException | Error e) {
            giveUp(e);
            awaitSealer();
            sealed.drainTo(batch);
            batch.forEach(p -> p.done.completeExceptionally(gone()));
        }
    }

    /** Stores what is sealed, after a wait for it, or sees to the connection if nothing comes. A method of its own, which is compiled; the loop around it never returns. */
    private void commitNext(List<Pending> batch) throws InterruptedException {
        Pending first = next();
        if (first != null) {
            batch.add(first);
            sealed.drainTo(batch, pace.most() - 1);
            wakeSealer();
            queue.leave(batch);
            long began = System.nanoTime();
            commit(batch);
            pace.ended(batch.size(), System.nanoTime() - began);
            batch.clear();
        } else if (suspect) {
            suspect = false;
            disconnect();
            reconnect();
        } else if (transaction == null) {
            reconnect(); // nobody may send anything while it isn't available
        }
    }

    /** Waits for a sealed record. Where nothing is sealed ahead the committing thread seals for itself: a handover less for a message that comes alone. */
    private Pending next() throws InterruptedException {
        refuseInterruption();
        Pending first = sealed.poll();
        if (first == null && (broken || !turn.tryLock())) {
            first = sealed.poll(LOOK_AROUND_MILLIS, TimeUnit.MILLISECONDS); // the sealing thread has one in hand, or is about to end
        } else if (first == null) {
            try {
                first = sealed.poll();
                if (first == null) {
                    atQueue = true;
                    seal(queue.poll(LOOK_AROUND_MILLIS));
                    first = sealed.poll();
                }
            } finally {
                atQueue = false;
                turn.unlock();
            }
        }
        return first;
    }

    /** After a record has come, and before the committing thread turns away from the queue: one of the two sees the other. */
    private void wakeSealer() {
        if (!atQueue && !queue.isEmpty()) {
            LockSupport.unpark(sealer);
        }
    }

    /** One of the threads can't go on. Everything that waits fails, and everything that comes. */
    private void giveUp(Throwable why) {
        broken = true;
        sealer.interrupt(); // it may wait for a place that nobody frees any more
        refuseIfEnded();
        LOG.error("the archive's writer can't go on; nothing is recorded until it is started again", why);
    }

    private void queued() {
        wakeSealer();
        refuseIfEnded(); // so that none comes in unseen
    }

    private void refuseIfEnded() {
        for (Pending left = broken || ended ? queue.poll() : null; left != null; left = queue.poll()) {
            left.done.completeExceptionally(gone());
        }
    }

    private ArchiveException gone() {
        return new ArchiveException(broken ? "the archive's writer has failed; nothing is recorded until it is started again" : "the archive is closed");
    }

    /** It was interrupted, and ends soon. */
    private void awaitSealer() {
        boolean interrupted = false;
        while (sealer.isAlive()) {
            try {
                sealer.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void commit(List<Pending> drained) {
        boolean away = transaction == null && !reconnect();
        List<Pending> batch = new ArrayList<>(retained); // once it is known which of them are stored
        retained.clear();
        List<Pending> fences = new ArrayList<>(0);
        for (Pending pending : drained) {
            (pending.isFence() ? fences : batch).add(pending);
        }
        if (away) {
            fail(batch, new ArchiveException("the archive's database is away"));
        } else if (!batch.isEmpty()) {
            store(batch);
        }
        complete(fences, () -> fences.forEach(f -> f.done.complete(new RecordId(origin, next))));
    }

    private void store(List<Pending> batch) {
        try {
            long index = next;
            for (Pending pending : batch) {
                if (pending.sealed.index() != index) {
                    sealing.reseal(pending, index);
                }
                index++;
            }
            transaction.store(batch);
        } catch (SQLException | RuntimeException | Error e) {
            // Errors too: PostgreSQL's driver asserts where a session was ended, and without this thread nothing would be stored or refused again.
            LOG.error("storing a batch of {} records at {} failed", batch.size(), next, e);
            disconnect();
            inDoubt = batch;
            if (!reconnect() || !doubtWasStored) {
                fail(batch, new ArchiveException("the archive's database failed", e));
            }
            return;
        }
        next = batch.get(batch.size() - 1).sealed.index() + 1;
        succeed(batch, true);
    }

    /** @param told false if the stages have failed already */
    private void succeed(List<Pending> batch, boolean told) {
        try {
            listener.stored(batch, told);
        } catch (RuntimeException | Error e) {
            LOG.error("{} records from {} on are stored, but not everybody could be told", batch.size(), batch.get(0).sealed.index(), e);
        }
        complete(batch, () -> batch.forEach(p -> p.done.complete(new RecordId(origin, p.sealed.index()))));
    }

    private void fail(List<Pending> batch, ArchiveException why) {
        batch.stream().filter(p -> p.internal).forEach(retained::add);
        complete(batch, () -> batch.stream().filter(p -> !p.internal).forEach(p -> p.done.completeExceptionally(why)));
    }

    private void complete(List<Pending> any, Runnable completion) {
        if (!any.isEmpty()) {
            completions.execute(completion);
        }
    }

    /** Runs work after the stages of the transaction that are being completed; at once if this is closed. */
    void afterStages(Runnable work) {
        try {
            completions.execute(work);
        } catch (RejectedExecutionException e) {
            work.run();
        }
    }

    private void disconnect() {
        if (transaction != null) {
            transaction.close();
            transaction = null;
        }
        available = false;
    }

    /** Tries to go on after a failure, not more often than every 250 ms. */
    private boolean reconnect() {
        long now = System.nanoTime();
        if (lastAttempt != 0 && now - lastAttempt < RETRY_NANOS) {
            return false;
        }
        lastAttempt = now;
        try {
            connect();
            lastAttempt = 0;
            LOG.info("the archive's database is back; the log goes on at {}", next);
            return true;
        } catch (SQLException | RuntimeException | Error e) {
            LOG.warn("the archive's database is still away: {}", e.toString());
            return false;
        }
    }

    /** Connects and resolves what was in doubt: what the database has is stored, whatever the stage said. */
    private void connect() throws SQLException {
        Connection connection = database.getConnection();
        try {
            connection.setAutoCommit(false);
            int taken = WriterLock.take(connection);
            long found = RecordRows.nextIndex(connection);
            buckets.reload(BucketRows.selectAll(connection));
            conversations.reload(connection);
            connection.commit();
            transaction = new AppendTransaction(connection, buckets, conversations);
            resolve(connection, found, begun && taken != WriterLock.NONE);
            next = found;
            sealing.restart(found);
            session = taken;
            begun = true;
            available = true;
        } catch (SQLException | RuntimeException | Error e) {
            transaction = null;
            try (connection) {
                connection.rollback();
                WriterLock.release(connection);
                connection.commit();
            } catch (SQLException lost) {
                e.addSuppressed(lost);
            }
            throw e;
        }
    }

    /**
     * Decides what was in doubt: it is stored if the very blob is, under whose index somebody else's may be. If its stages
     * have failed meanwhile, the listener is told.
     *
     * @param othersMayWrite whether another process could have stored what this one doesn't know of
     * @throws ArchiveException if another one has; nothing is ever stored beside or after it
     */
    private void resolve(Connection connection, long found, boolean othersMayWrite) throws SQLException {
        if (found < next) {
            throw new ArchiveException("the archive's database has gone back: " + next + " records were committed, it has "
                    + found + "; restore it, or start with a new origin");
        }
        List<Pending> doubtful = inDoubt;
        doubtWasStored = !doubtful.isEmpty() && isStored(connection, doubtful.get(0).sealed);
        long ours = next + (doubtWasStored ? doubtful.size() : 0);
        if (othersMayWrite && found != ours) {
            throw new ArchiveException("another engine has written to the archive's database: it has " + found + " records, this one knows of " + ours
                    + "; stop one of them, and start this one anew with the newest folders");
        }
        inDoubt = List.of();
        if (doubtWasStored) {
            retained.removeAll(doubtful);
            succeed(doubtful, doubtful.stream().noneMatch(p -> p.done.isDone()));
        }
    }

    private boolean isStored(Connection connection, SealedRecord record) throws SQLException {
        return RecordRows.select(connection, record.index(), buckets::id).map(row -> Arrays.equals(row.stored().blob(), record.blob())).orElse(false);
    }

    /** Stores what is queued, then stops. */
    @Override
    public void close() {
        closed.set(true);
        try {
            sealer.join();
            committer.join();
            completions.shutdown();
            completions.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        disconnect();
        ended = true;
        refuseIfEnded();
    }
}
