package im.chancery.archive;

import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** The archive: puts writer, reader, outcomes, log and destruction together. */
final class JdbcArchive implements Archive {
    private final ArchiveConfig config;
    private final DataSource database;
    private final Runnable closing;
    private final Buckets buckets = new Buckets();
    private final KeyFolder keys;
    private final RecordWriter writer;
    private final RecordReader reader;
    private final OutcomeJournal outcomes = new OutcomeJournal();
    private final ReentrantLock destructionLock = new ReentrantLock();
    private final ScheduledExecutorService background = Executors.newScheduledThreadPool(1, r -> new Thread(r, "archive-outcomes"));

    private JdbcArchive(ArchiveConfig config, DataSource database, Clock clock, Runnable closing, KeyFolder keys) {
        this.config = config;
        this.database = database;
        this.closing = closing;
        this.keys = keys;
        this.reader = new RecordReader(config.origin(), database, keys, buckets, (index, entry) -> { });
        this.writer = new RecordWriter(config, database, keys, buckets, clock, this::stored);
    }

    /** @param closing run at the end of {@link #close}; not if opening fails */
    static JdbcArchive open(ArchiveConfig config, DataSource database, Clock clock, Runnable closing) {
        try {
            Databases.prepare(database);
            boolean first = NodeRow.claim(database, config.origin());
            KeyFolder keys = KeyFolder.open(config.keys(), config.password(), config.origin(), first, clock);
            JdbcArchive archive = new JdbcArchive(config, database, clock, closing, keys);
            archive.start();
            return archive;
        } catch (SQLException e) {
            throw new ArchiveException("the archive can't be opened", e);
        }
    }

    private void start() throws SQLException {
        writer.start();
        try (Connection connection = database.getConnection()) {
            outcomes.recover(connection, reader);
        }
        if (writer.size() == 0) {
            writer.put(Pending.of(AuditRecords.firstStart(config.origin(), ""))).join();
        }
        long millis = config.outcomeInterval().toMillis();
        background.scheduleWithFixedDelay(() -> outcomes.flush(writer, this::takesOutcomes), millis, millis, TimeUnit.MILLISECONDS);
    }

    private void stored(List<Pending> batch, boolean told) {
        for (Pending pending : batch) {
            if (pending.record.type() == RecordType.ATTEMPT) {
                outcomes.attempted(pending.sealed.index(), pending.sealed.bucket());
                if (!told) {
                    outcomes.outcome(pending.sealed.index(), Outcome.UNKNOWN);
                }
            }
        }
    }

    private Optional<BucketId> takesOutcomes(long index) {
        return reader.bucketOf(index).filter(b -> buckets.get(b).map(row -> row.state() == BucketState.LIVE).orElse(false));
    }

    @Override
    public CompletionStage<RecordId> append(NewRecord record) {
        return writer.offer(Pending.of(record));
    }

    @Override
    public void outcome(RecordId attempt, Outcome outcome) {
        outcomes.outcome(attempt.index(), outcome);
    }

    @Override
    public List<ArchivedRecord> find(RecordQuery query) {
        return reader.find(query);
    }

    @Override
    public Optional<ArchivedRecord> open(RecordId id) {
        if (!id.origin().equals(config.origin()) || id.index() >= writer.size()) {
            return Optional.empty();
        }
        return Optional.of(reader.stored(id.index()).flatMap(reader::open).orElseThrow(
                () -> new ArchiveException.Destroyed("record " + id + " was destroyed")));
    }

    @Override
    public Map<RecordId, Outcome> outcomes(Collection<RecordId> attempts) {
        List<Long> candidates = inConnection(c -> OutcomeJournal.candidates(c, attempts));
        Map<Long, Outcome> known = new HashMap<>();
        for (ArchivedRecord record : reader.openAll(candidates)) {
            OutcomeJournal.parse(record.record().content()).forEach((index, outcome) ->
                    known.merge(index, outcome, (old, late) -> late == Outcome.UNKNOWN ? old : late));
        }
        Map<RecordId, Outcome> asked = new HashMap<>();
        for (RecordId id : attempts) {
            Outcome outcome = id.origin().equals(config.origin()) ? known.get(id.index()) : null;
            if (outcome != null) {
                asked.put(id, outcome);
            }
        }
        return asked;
    }

    @Override
    public List<BucketStatus> buckets() {
        return buckets.all().stream().map(b -> new BucketStatus(b.id(), b.state(), b.records()))
                .sorted(java.util.Comparator.comparing(BucketStatus::id)).toList();
    }

    @Override
    public void scan(BucketId bucket, Consumer<ArchivedRecord> each) {
        inConnection(c -> {
            reader.scan(c, bucket, each);
            return null;
        });
    }

    @Override
    public String checkpoint() {
        throw new ArchiveException("no checkpoint yet");
    }

    @Override
    public String integrate() {
        throw new ArchiveException("no checkpoint yet");
    }

    @Override
    public <T> T excludingDestruction(TransactionWork<T> work) {
        destructionLock.lock();
        try {
            return inConnection(connection -> {
                connection.setAutoCommit(false);
                try {
                    T result = work.run(connection);
                    connection.commit();
                    return result;
                } finally {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
            });
        } finally {
            destructionLock.unlock();
        }
    }

    @Override
    public Optional<String> destroy(BucketId bucket, DestructionOrder order) {
        throw new ArchiveException("destruction is not there yet");
    }

    @Override
    public void resumeDestructions() {
    }

    @Override
    public DataSource dataSource() {
        return database;
    }

    @Override
    public void close() {
        background.shutdown();
        outcomes.giveUp();
        outcomes.flush(writer, this::takesOutcomes);
        writer.close();
        closing.run();
    }

    private <T> T inConnection(TransactionWork<T> work) {
        try (Connection connection = database.getConnection()) {
            return work.run(connection);
        } catch (SQLException e) {
            throw new ArchiveException("the archive's database failed", e);
        }
    }
}
