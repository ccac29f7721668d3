package im.chancery.retention;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.BucketId;
import im.chancery.archive.BucketState;
import im.chancery.archive.BucketStatus;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.archive.verify.LeafSet;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Retention over an archive. Its tables lie in the archive's database. Neither closes the archive nor starts a thread;
 * {@link DispositionRun} is the daily run.
 */
public final class ArchivedRetention implements RetentionService {
    /** Who has approved what the daily run destroys: the schedule itself. */
    static final String BY_SCHEDULE = "schedule";

    private static final Logger LOG = LoggerFactory.getLogger(ArchivedRetention.class);
    private static final int PAGE = 10_000;
    private static final int LONGEST_WAIT_SECONDS = 20;

    private final Archive archive;
    private final Clock clock;
    private final HoldRegister register;
    /** One disposal at a time. Never held together with a lock that a hold needs to be in force. */
    private final ReentrantLock disposals = new ReentrantLock();
    private volatile RetentionConfig config;
    private volatile Instant changed = Instant.MIN;

    private ArchivedRetention(Archive archive, RetentionConfig config, Clock clock) {
        this.archive = archive;
        this.config = config;
        this.clock = clock;
        this.register = new HoldRegister(archive);
    }

    /**
     * Retention over this archive.
     *
     * @param archive open, with interrupted destructions resumed; outlives this
     */
    public static ArchivedRetention open(Archive archive, RetentionConfig config, Clock clock) {
        RetentionTables.prepare(archive.dataSource());
        return new ArchivedRetention(archive, config, clock);
    }

    /** Makes retention's tables in a database that is to become an archive's, or brings them up to date. */
    public static void prepareTables(DataSource database) {
        RetentionTables.prepare(database);
    }

    /**
     * From now on these classes and schedules hold, also for a disposal that is running. A daily run that was due before is not made up: what a
     * shorter period makes due goes at the next time of day that the config names, and no minute earlier.
     */
    public void use(RetentionConfig newConfig) {
        changed = clock.instant();
        config = newConfig;
    }

    /**
     * When {@link #use} was called last; the beginning of time if never. No later than {@code now}: where the clock was ahead then and has been set right,
     * all that is known is that it was before.
     */
    Instant changed(Instant now) {
        if (changed.isAfter(now)) {
            changed = now;
        }
        return changed;
    }

    RetentionConfig config() {
        return config;
    }

    Archive archive() {
        return archive;
    }

    @Override
    public List<PlanEntry> plan() {
        Map<BucketId, Long> held = heldByBucket(register.all());
        RecordClasses classes = config.classes();
        return archive.buckets().stream()
                .filter(b -> b.state() != BucketState.DESTROYED)
                .map(b -> {
                    RetentionSchedule schedule = classes.schedule(b.id().recordClass());
                    return new PlanEntry(b.id(), b.state(), b.records(), schedule.due(b.countsFrom()), held.getOrDefault(b.id(), 0L), schedule.text());
                })
                .sorted(Comparator.comparing((PlanEntry e) -> e.due().orElse(LocalDate.MAX)).thenComparing(PlanEntry::bucket))
                .toList();
    }

    private Map<BucketId, Long> heldByBucket(Collection<HoldRegister.Entry> holds) {
        LeafSet counted = new LeafSet(); // bits: of some millions that are held, a set of numbers would take all of the engine's memory
        Map<BucketId, Long> held = new HashMap<>();
        holds.stream().filter(HoldRegister.Entry::inForce).forEach(entry -> find(entry.hold().scope(), record -> {
            long index = record.id().index();
            if (!counted.contains(index)) {
                counted.add(index, index);
                held.merge(record.bucket(), 1L, Long::sum);
            }
        }));
        return held;
    }

    private void find(NewHold scope, Consumer<ArchivedRecord> reader) {
        long[] last = {-1};
        int[] read = new int[1];
        do {
            read[0] = 0;
            archive.find(new RecordQuery(scope.from(), scope.to(), scope.custodian(), scope.room(), Set.of(), last[0], PAGE), record -> {
                read[0]++;
                last[0] = record.id().index();
                reader.accept(record);
            });
        } while (read[0] == PAGE);
    }

    @Override
    public HoldResult hold(NewHold hold, String actor) {
        HoldScope.check(hold);
        HoldResult placed = register.place(hold, named(actor), (connection, legalHold) -> new HoldResult(legalHold, 0, tooLate(connection, hold)));
        awaitDestructions(hold);
        long[] covered = {0};
        find(hold, record -> covered[0]++);
        LOG.info("hold {} is in force: {} records held, at most {} too late", placed.hold().id(), covered[0], placed.tooLate());
        return new HoldResult(placed.hold(), covered[0], placed.tooLate());
    }

    /** What is being destroyed can be read for a moment more, but isn't held. The hold is in force already: its answer waits, and not for ever. */
    private void awaitDestructions(NewHold hold) {
        if (archive.buckets().stream().anyMatch(b -> b.state() == BucketState.DESTROYING && HoldScope.touches(hold, b.id().day()))) {
            try {
                if (disposals.tryLock(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
                    disposals.unlock();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static long tooLate(Connection connection, NewHold hold) throws SQLException {
        return RetentionTables.destroyed(connection).entrySet().stream()
                .filter(e -> HoldScope.touches(hold, e.getKey().day()))
                .mapToLong(Map.Entry::getValue).sum();
    }

    @Override
    public List<LegalHold> holds() {
        return register.all().stream().map(HoldRegister.Entry::hold).toList();
    }

    @Override
    public LegalHold release(String holdId, String actor) {
        LegalHold released = register.release(holdId, named(actor));
        LOG.info("hold {} is released", holdId);
        return released;
    }

    @Override
    public List<Disposal> dispose(boolean dryRun, String approvedBy) {
        String approver = named(approvedBy);
        if (approver.contains("@")) {
            throw new IllegalArgumentException("a disposal is approved under a name, not an address: it stays in the certificate for ever");
        }
        if (dryRun) {
            recomputeHolds();
            return each(due(), this::preview).orThrow();
        }
        disposals.lock();
        try {
            Instant now = clock.instant();
            if (archive.buckets().stream().anyMatch(b -> b.state() == BucketState.DESTROYING)) {
                archive.resumeDestructions();
            }
            recomputeHolds();
            List<BucketStatus> due = due();
            if (!due.isEmpty()) {
                register.append(approval(due, approver));
            }
            Round round = each(due, bucket -> destroy(bucket, approver));
            try {
                if (register.owesRotation() || round.done().stream().anyMatch(d -> d.certificate().isPresent())) {
                    // Files of keys that were replaced may lie in free blocks of the key folder's disk: nothing opens them any more.
                    archive.rotateRootKey(approver);
                }
            } catch (ArchiveException e) {
                round.fails(e);
            } finally {
                // A person who disposes of what is due has said, too, that the clock is right; whatever else is wrong.
                RetentionTables.noteRun(archive.dataSource(), now);
            }
            return round.orThrow();
        } finally {
            disposals.unlock();
        }
    }

    /** In this order: a record that was put away before holds were read is then found to be missing; one that has been put back since, not to have been read. */
    private void recomputeHolds() {
        register.recompute();
        register.requireRead(archive.requireRecords());
    }

    /** Buckets that are due today, oldest first. Warns of classes that the config doesn't name. */
    private List<BucketStatus> due() {
        RecordClasses classes = config.classes();
        List<BucketStatus> all = archive.buckets().stream()
                .filter(b -> b.state() == BucketState.LIVE || b.state() == BucketState.PARTIAL).toList();
        all.stream().map(b -> b.id().recordClass()).distinct().filter(c -> !classes.knows(c))
                .forEach(c -> LOG.warn("class '{}' is in the archive but not in the config: its records are kept", c));
        LocalDate today = today();
        return all.stream().filter(b -> classes.schedule(b.id().recordClass()).isDue(b.countsFrom(), today)).toList();
    }

    private NewRecord approval(List<BucketStatus> due, String approver) {
        RecordClasses classes = config.classes();
        String content = due.stream().map(b -> b.id() + " under " + classes.schedule(b.id().recordClass()).text()).collect(Collectors.joining("\n"));
        return NewRecord.of(RecordType.AUDIT, RecordClasses.AUDIT, Set.of(), Optional.empty(),
                Map.of(Fields.ACTION, "disposition.approve", Fields.ACTOR, approver), content);
    }

    /** What becomes of one bucket; empty if it isn't due any more, or if there is nothing to say of it. */
    @FunctionalInterface
    private interface Step {
        Optional<Disposal> take(BucketStatus bucket);
    }

    /** Goes on past a bucket that can't be decided, so that one changed record doesn't keep all others from their end. */
    private static Round each(List<BucketStatus> due, Step step) {
        List<Disposal> done = new ArrayList<>();
        List<RuntimeException> failures = new ArrayList<>();
        for (BucketStatus bucket : due) {
            try {
                step.take(bucket).filter(d -> d.destroyed() > 0 || d.held() > 0).ifPresent(done::add);
            } catch (RuntimeException e) {
                LOG.error("bucket {} can't be disposed of", bucket.id(), e);
                failures.add(e);
            }
        }
        return new Round(due.size(), done, failures);
    }

    /** What became of all that was due. */
    private record Round(int due, List<Disposal> done, List<RuntimeException> failures) {
        /** Something else has failed too: throws that, or where something couldn't be disposed of, why, with that beside it. */
        void fails(ArchiveException also) {
            try {
                orThrow();
            } catch (ArchiveException e) {
                e.addSuppressed(also);
                throw e;
            }
            throw also;
        }

        List<Disposal> orThrow() {
            if (failures.isEmpty()) {
                return done;
            }
            ArchiveException failure = new ArchiveException(failures.size() + " of " + due + " due buckets couldn't be disposed of, the first because: "
                    + failures.get(0).getMessage(), failures.get(0));
            failures.stream().skip(1).forEach(failure::addSuppressed);
            throw failure;
        }
    }

    private Optional<Disposal> preview(BucketStatus bucket) {
        HoldRegister.View view = undisturbed(() -> archive.excludingDestruction(register::view));
        Survivors survivors = new Survivors(bucket.id(), view);
        if (!Survivors.arePossible(bucket.id(), view)) {
            return Optional.of(new Disposal(bucket.id(), bucket.records(), 0, 0, Optional.empty()));
        }
        archive.scan(bucket.id(), survivors::add);
        return Optional.of(new Disposal(bucket.id(), survivors.going(), survivors.held(), survivors.kept(), Optional.empty()));
    }

    private Optional<Disposal> destroy(BucketStatus bucket, String approver) {
        return undisturbed(() -> {
            RetentionConfig deciding = config; // the period and the day in the certificate are of one config
            RetentionSchedule schedule = deciding.classes().schedule(bucket.id().recordClass());
            LocalDate today = today();
            if (!schedule.isDue(bucket.countsFrom(), today)) {
                return Optional.empty();
            }
            Decision decision = new Decision(bucket, deciding);
            Optional<String> certificate = archive.destroy(bucket.id(),
                    new Archive.DestructionOrder(schedule.text(), approver, today.plus(deciding.keyCopiesKept()), decision::survivors));
            if (certificate.isPresent() && bucket.id().recordClass().equals(RecordClasses.AUDIT)) {
                register.recordsDestroyed();
            }
            Disposal disposal = decision.disposal(certificate);
            LOG.info("bucket {}: {} records destroyed, {} held, {} kept", bucket.id(), disposal.destroyed(), disposal.held(), disposal.kept());
            return Optional.of(disposal);
        });
    }

    /** Tries again for as long as holds or schedules change in the middle of a decision. */
    private <T> T undisturbed(Supplier<T> decision) {
        while (true) {
            try {
                return decision.get();
            } catch (HoldRegister.Changing e) {
                register.settle();
            }
        }
    }

    /** The decision on one bucket, taken in the transaction that begins its destruction. */
    private final class Decision {
        private final BucketStatus bucket;
        private final RetentionConfig deciding;
        private long destroyed;
        private long held;
        private long kept;

        Decision(BucketStatus bucket, RetentionConfig deciding) {
            this.bucket = bucket;
            this.deciding = deciding;
        }

        Set<Long> survivors(Connection connection, Iterable<ArchivedRecord> records) throws SQLException {
            if (config != deciding) {
                throw new HoldRegister.Changing();
            }
            HoldRegister.View view = register.view(connection);
            Survivors survivors = new Survivors(bucket.id(), view);
            destroyed = bucket.records();
            if (Survivors.arePossible(bucket.id(), view)) {
                records.forEach(survivors::add);
                destroyed = survivors.going();
            }
            held = survivors.held();
            kept = survivors.kept();
            if (destroyed > 0) {
                RetentionTables.addDestroyed(connection, bucket.id(), destroyed);
            }
            return survivors.staying();
        }

        Disposal disposal(Optional<String> certificate) {
            return new Disposal(bucket.id(), destroyed, held, kept, certificate);
        }
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    private static String named(String operator) {
        if (operator.isBlank()) {
            throw new IllegalArgumentException("an operator's name is needed");
        }
        return operator;
    }
}
