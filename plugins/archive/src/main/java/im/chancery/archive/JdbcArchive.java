package im.chancery.archive;

import im.chancery.archive.verify.LeafSet;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The archive: puts writer, reader, outcomes, log and destruction together. */
final class JdbcArchive extends StoredArchive implements Archive {
    private static final Logger LOG = LoggerFactory.getLogger(JdbcArchive.class);

    private final ArchiveConfig config;
    private final DataSource database;
    private final Runnable closing;
    private final Buckets buckets = new Buckets();
    private final KeyFolder keys;
    private final RecordWriter writer;
    private final RecordReader reader;
    private final StoredRecords records;
    private final OutcomeJournal outcomes = new OutcomeJournal();
    private final OutcomeJournal.AttemptLookup settled = new OutcomeJournal.AttemptLookup() {
        @Override
        public Optional<BucketId> bucketOf(long index) {
            return reader.bucketOf(index).filter(JdbcArchive.this::isLive);
        }

        @Override
        public Map<Long, Outcome> outcomes(Collection<Long> indexes) {
            return records.outcomesAt(indexes);
        }
    };
    private final HighWaterMark mark;
    private final NoteSigner signer;
    private final LogIntegrator log;
    private final Decisions decided;
    private final Destruction destruction;
    private final RecordsCheck check;
    private final List<SinkDelivery> sinks = new ArrayList<>();
    private final List<AppendObserver> observers = new CopyOnWriteArrayList<>();
    private final AtomicLong batches = new AtomicLong();
    private final AtomicLong logFailures = new AtomicLong();
    /** Held while a destruction is decided and by {@link #excludingDestruction}. */
    private final ReentrantLock decisions = new ReentrantLock(true);
    /** Held through a whole destruction, and through a change of root key. */
    private final ReentrantLock keyChanges = new ReentrantLock(true);
    private final ScheduledExecutorService background = Executors.newScheduledThreadPool(2, r -> new Thread(r, "archive-background"));

    private JdbcArchive(ArchiveConfig config, DataSource database, Clock clock, Runnable closing, KeyFolder keys) {
        this.config = config;
        this.database = database;
        this.closing = closing;
        this.keys = keys;
        this.signer = new NoteSigner(config.origin(), keys.root());
        this.mark = new HighWaterMark(config.keys(), config.origin());
        LogFolder folder = new LogFolder(config.log());
        this.reader = new RecordReader(config.origin(), database, keys, buckets, new LeafTiles(folder, this::logged));
        this.writer = new RecordWriter(config, database, keys, buckets, clock, this::stored);
        Decisions decided = new Decisions(config.origin(), buckets, reader, signer);
        this.records = new StoredRecords(config.origin(), database, buckets, reader, decided, writer::size);
        this.log = new LogIntegrator(config.origin(), folder, mark, signer, clock, reader::entries, writer::size);
        this.check = new RecordsCheck(folder, buckets, reader, decided);
        this.destruction = new Destruction(database, buckets, keys, reader, writer, decided, clock);
        this.decided = decided;
    }

    private long logged() {
        return log.size();
    }

    /** @param closing run at the end of {@link #close}; not if opening fails */
    static JdbcArchive open(ArchiveConfig config, DataSource database, Clock clock, Runnable closing) {
        try {
            Databases.prepare(database);
            boolean first;
            try (Connection connection = database.getConnection()) {
                NodeRow.check(connection, config.origin());
                first = RecordRows.nextIndex(connection) == 0;
            }
            KeyFolder keys = KeyFolder.open(config.keys(), config.password(), config.origin(), first, clock);
            JdbcArchive archive = new JdbcArchive(config, database, clock, closing, keys);
            archive.start();
            return archive;
        } catch (SQLException e) {
            throw new ArchiveException("the archive can't be opened", e);
        }
    }

    private void start() throws SQLException {
        try {
            List<String> predecessors;
            try (Connection connection = database.getConnection()) {
                buckets.reload(BucketRows.selectAll(connection));
                long size = RecordRows.nextIndex(connection);
                log.resume(size);
                predecessors = size == 0 ? mark.predecessors(keys.root()) : List.of();
                NodeRow.claim(connection, config.origin());
            }
            publishVerifierKey();
            config.sinks().forEach(sink -> sinks.add(new SinkDelivery(sink)));
            writer.start();
            if (writer.size() == 0) {
                Stages.join(writer.put(Pending.of(AuditRecords.firstStart(config.origin(), signer.verifierKey(), predecessors))));
            }
            recordMove();
            resumeWhatWasDecided();
            destroyReturned();
            try (Connection connection = database.getConnection()) {
                outcomes.recover(connection, reader);
            }
            integrate();
            every(config.outcomeInterval(), this::flushOutcomes);
            every(config.checkpointInterval(), this::integrate);
        } catch (IOException e) {
            stop();
            throw new ArchiveException("the log folder or the key folder's mark can't be read", e);
        } catch (SQLException | RuntimeException e) {
            stop();
            throw e;
        }
    }

    /** A move to another database is recorded by the first start on it, once. */
    private void recordMove() throws SQLException {
        Optional<String> moved;
        try (Connection connection = database.getConnection()) {
            moved = NodeRow.moved(connection);
        }
        moved.ifPresent(what -> Stages.join(writer.put(Pending.of(AuditRecords.moved(what), (connection, index, first) -> NodeRow.forgetMove(connection)))));
    }

    private void publishVerifierKey() throws IOException {
        String key = signer.verifierKey() + "\n";
        if (Files.exists(config.verifierKey())) {
            String found = Files.readString(config.verifierKey());
            if (!found.equals(key)) {
                throw new ArchiveException(config.verifierKey() + ": found " + found.strip() + "; the key folder's log key is " + key.strip());
            }
        } else {
            DurableFiles.write(config.verifierKey(), key.getBytes(StandardCharsets.UTF_8));
            DurableFiles.sync(config.data());
        }
    }

    private void every(Duration interval, Runnable work) {
        background.scheduleWithFixedDelay(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                LOG.error("background work of the archive failed; it is tried again", e);
            }
        }, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void stored(List<Pending> batch, boolean told) {
        long now = System.nanoTime();
        log.added(batch);
        for (Pending pending : batch) {
            if (pending.record.type() == RecordType.ATTEMPT) {
                outcomes.attempted(pending.sealed.index(), pending.sealed.bucket());
                if (!told) {
                    outcomes.outcome(pending.sealed.index(), Outcome.UNKNOWN);
                }
            }
        }
        batches.incrementAndGet();
        observers.forEach(observer -> tell(observer, batch, now));
    }

    /** Of all records, even if it throws at one: they are stored, and others wait. */
    private void tell(AppendObserver observer, List<Pending> batch, long now) {
        boolean logged = false;
        for (Pending pending : batch) {
            try {
                observer.stored(new RecordId(config.origin(), pending.sealed.index()), pending.record, now - pending.queuedAt);
            } catch (RuntimeException | Error e) {
                if (!logged) {
                    LOG.error("an observer of the archive failed at leaf index {}", pending.sealed.index(), e);
                }
                logged = true;
            }
        }
    }

    private void flushOutcomes() {
        outcomes.flush(writer, settled, this::isLive);
    }

    private boolean isLive(BucketId bucket) {
        return buckets.get(bucket).map(row -> row.state() == BucketState.LIVE).orElse(false);
    }

    @Override
    public CompletionStage<RecordId> append(NewRecord record) {
        return writer.offer(Pending.of(record));
    }

    @Override
    public void afterStages(Runnable work) {
        writer.afterStages(work);
    }

    @Override
    public void outcome(RecordId attempt, Outcome outcome) {
        if (!attempt.origin().equals(config.origin())) {
            LOG.warn("an outcome of {} is dropped: this node is {}", attempt, config.origin());
            return;
        }
        outcomes.outcome(attempt.index(), outcome);
    }

    @Override
    public void observe(AppendObserver observer) {
        observers.add(observer);
    }

    @Override
    StoredRecords records() {
        return records;
    }

    @Override
    public String checkpoint() {
        return log.checkpoint();
    }

    @Override
    public String integrate() {
        long before = log.size();
        String checkpoint;
        try {
            checkpoint = log.integrate();
        } catch (RuntimeException | Error e) {
            logFailures.incrementAndGet();
            throw e;
        }
        if (log.size() != before) {
            sinks.forEach(sink -> sink.offer(checkpoint));
        }
        return checkpoint;
    }

    @Override
    public String verifierKey() {
        return signer.verifierKey();
    }

    @Override
    public ArchiveStatus status() {
        return new ArchiveStatus(writer.available(), writer.depth(), writer.size(), log.size(), batches.get(),
                logFailures.get(), sinks.stream().map(SinkDelivery::status).toList());
    }

    @Override
    public <T> T excludingDestruction(TransactionWork<T> work) {
        decisions.lock();
        try {
            return records.inConnection(connection -> {
                connection.setAutoCommit(false);
                try {
                    if (!WriterLock.share(connection, writer.session())) {
                        writer.suspect();
                        throw new ArchiveException("the engine has lost its lock on the database, and another engine may have it; nothing is decided");
                    }
                    T result = work.run(connection);
                    connection.commit();
                    return result;
                } finally {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
            });
        } finally {
            decisions.unlock();
        }
    }

    @Override
    public Optional<String> destroy(BucketId bucket, DestructionOrder order) {
        keyChanges.lock();
        try {
            BucketState state = destruction.admit(bucket, order).state();
            if (state == BucketState.DESTROYED) {
                return Optional.empty();
            }
            if (state == BucketState.DESTROYING) {
                throw new ArchiveException("bucket " + bucket + " is being destroyed already; resume that first");
            }
            flushOutcomes();
            Stages.join(writer.fence(bucket));
            return decide(bucket, order).map(this::proceed);
        } finally {
            keyChanges.unlock();
        }
    }

    @Override
    public LeafSet requireRecords() {
        keyChanges.lock();
        try {
            integrate();
            return check.run(database, SignedCheckpoint.read(log.checkpoint(), config.origin(), signer, "the log's checkpoint"));
        } finally {
            keyChanges.unlock();
        }
    }

    private Optional<DestructionRow> decide(BucketId bucket, DestructionOrder order) {
        try {
            requireRecords();
            BucketRow row = buckets.get(bucket).orElseThrow();
            return excludingDestruction(connection -> destruction.decide(connection, row, order));
        } finally {
            learn(bucket);
        }
    }

    /** Asks the database what was decided, since a failure doesn't tell: only what isn't being destroyed takes records again. */
    private void learn(BucketId bucket) {
        BucketRow now = records.inConnection(BucketRows::selectAll).stream().filter(row -> row.id().equals(bucket)).findFirst().orElseThrow();
        buckets.put(now);
        if (now.state() != BucketState.DESTROYING) {
            writer.reopen(bucket);
        }
    }

    @Override
    public void resumeDestructions() {
        keyChanges.lock();
        try {
            records.inConnection(decided::unfinished).forEach(this::proceed); // all are checked before one goes on
        } finally {
            keyChanges.unlock();
        }
    }

    /** Messages are recorded all the same where a row or a key is wrong: or one that is damaged, or whoever can write one, could stop a house from talking. */
    private void resumeWhatWasDecided() {
        try {
            resumeDestructions();
        } catch (ArchiveException e) {
            if (e.getCause() instanceof SQLException) {
                throw e; // the database is away, and nothing can be recorded in it
            }
            LOG.error("messages are recorded all the same, but what was decided isn't destroyed, until a start or a disposal can: {}", e.getMessage());
        }
    }

    /** An older copy of the key folder has the older root key too, under which copies of what is destroyed again are wrapped. */
    private void destroyReturned() {
        keyChanges.lock();
        try {
            if (records.inConnection(destruction::destroyReturned)) {
                LOG.warn("the key folder is an older copy: keys that were destroyed since were in it, and are destroyed again");
                rotateRootKey("key folder restored");
            }
        } catch (ArchiveException e) {
            if (e.getCause() instanceof SQLException) {
                throw e;
            }
            LOG.error("the root key isn't changed, and copies of keys that were destroyed again may still open; run chancery key rotate: {}", e.getMessage());
        } finally {
            keyChanges.unlock();
        }
    }

    private String proceed(DestructionRow row) {
        try {
            return destruction.proceed(row);
        } catch (SQLException | IOException e) {
            throw new ArchiveException("destruction of bucket " + buckets.id(row.bucket()) + " was cut short; it goes on when resumed", e);
        }
    }

    @Override
    public void rotateRootKey(String actor) {
        keyChanges.lock();
        try {
            KeyFolder.Rotation done = keys.rotate();
            Stages.join(writer.put(Pending.of(AuditRecords.rotation(actor, done.generation(), done.files()))));
        } catch (IOException e) {
            throw new ArchiveException("the root key was changed in part; rotate again", e);
        } finally {
            keyChanges.unlock();
        }
    }

    @Override
    public DataSource dataSource() {
        return database;
    }

    @Override
    public void close() {
        background.shutdown();
        try {
            background.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        outcomes.giveUp();
        each(List.of(this::flushOutcomes, writer::close, this::integrate, this::stop, closing));
    }

    /** Each of the steps, in their order, even where one before it has thrown: or the folders would stay locked. */
    private static void each(List<Runnable> steps) {
        if (!steps.isEmpty()) {
            try {
                steps.get(0).run();
            } finally {
                each(steps.subList(1, steps.size()));
            }
        }
    }

    /** Ends all threads. */
    private void stop() {
        background.shutdownNow();
        writer.close();
        sinks.forEach(SinkDelivery::close);
    }
}
