package im.chancery.tests.contracts.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Archives;
import im.chancery.archive.BucketId;
import im.chancery.archive.CheckpointSink;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import im.chancery.tests.contracts.SettableClock;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.jxmpp.jid.impl.JidCreate;

/**
 * One thing goes wrong at each operation of an archive's life in turn: it is opened, takes records and outcomes, signs a checkpoint,
 * destroys a bucket but for one record, changes its root key, and is closed. After each, it is opened again with nothing wrong, and
 * all it has promised must hold.
 */
public abstract class FaultContract {
    /** Each operation; or the first of some sorts, each kind of fault at others, and of all that are on files of keys. */
    private static final boolean ALL = Boolean.getBoolean("chancery.long");
    private static final int EVERY = 8;
    /** Rounds after which a new archive is taken, so that what is verified after each stays small. */
    private static final int ROUNDS = 60;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String CLASS = "default";
    private static final String PERSON = "ann@example.test";

    @TempDir
    protected Path folder;

    protected final Faults faults = new Faults();
    private final SettableClock clock = new SettableClock(Instant.parse("2026-03-01T12:00:00Z"));
    private Promises promises;
    private int archives;
    private int rounds;
    private FaultyFiles files;
    private ArchiveConfig whole;
    private ArchiveConfig faulty;
    private DataSource database;
    private FaultyDatabase faultyDatabase;

    @BeforeAll
    static void beginCheapPasswords() {
        CheapPasswords.begin();
    }

    @AfterAll
    static void endCheapPasswords() {
        CheapPasswords.end();
    }

    /** A new and empty database, without a pool. */
    protected abstract DataSource newDatabase() throws Exception;

    /** One fault after the other in the statements. */
    protected final void everyStatement(Faults.Kind kind) throws Exception {
        sweep(kind, true, false);
    }

    /** One fault after the other in the operations on files. */
    protected final void everyFileOperation(Faults.Kind kind) throws Exception {
        sweep(kind, false, false);
    }

    /** The same in the first start, which makes tables, keys and log. */
    protected final void everyStatementOfTheFirstStart(Faults.Kind kind) throws Exception {
        sweep(kind, true, true);
    }

    protected final void everyFileOperationOfTheFirstStart(Faults.Kind kind) throws Exception {
        sweep(kind, false, true);
    }

    private void sweep(Faults.Kind kind, boolean statements, boolean first) throws Exception {
        int faulted = ALL ? sweepAll(kind, statements, first) : sweepSome(kind, statements, first);
        System.out.printf("faults: %s, once at each of %,d %s %s%s%n", kind, faulted, ALL ? "operations" : "sorts of operations", statements ? "on the database" : "on files",
                first ? ", in a first start" : "");
    }

    private int sweepAll(Faults.Kind kind, boolean statements, boolean first) throws Exception {
        for (int at = 1;; at++) {
            faults.heal();
            prepare(first);
            faults.arm(at, kind);
            if (!round(kind + " at operation " + at, statements)) {
                return at - 1;
            }
        }
    }

    private int sweepSome(Faults.Kind kind, boolean statements, boolean first) throws Exception {
        prepare(first);
        assertThat(round("nothing wrong", statements)).isFalse();
        List<String> sorts = faults.takeSorts().stream().filter(sort -> !kind.cutsWrites() || sort.startsWith("write")).toList();
        assertThat(sorts).hasSizeGreaterThan(5);
        int faulted = 0;
        for (int i = 0; i < sorts.size(); i++) {
            boolean chosen = i % EVERY == kind.ordinal() % EVERY || kind.cutsWrites() || sorts.get(i).contains(".key");
            if (!chosen) {
                continue;
            }
            prepare(first);
            faults.arm(sorts.get(i), 1, kind);
            assertThat(round(kind + " at " + sorts.get(i), statements)).as("it came to pass: %s", sorts.get(i)).isTrue();
            faulted++;
        }
        return first && statements && kind == Faults.Kind.CRASHES ? faulted + sweepCommits(kind) : faulted;
    }

    /** Tables and the note that they are there may be of several transactions. */
    private int sweepCommits(Faults.Kind kind) throws Exception {
        for (int number = 1;; number++) {
            prepare(true);
            faults.arm(FaultyDatabase.COMMIT, number, kind);
            if (!round(kind + " at commit " + number, true)) {
                assertThat(number).isGreaterThan(5);
                return number - 1;
            }
        }
    }

    private void prepare(boolean first) throws Exception {
        if (first || rounds++ % ROUNDS == 0) {
            make("archive" + archives++);
            if (!first) {
                Archives.open(whole, database, clock).close();
            }
            faults.takeSorts();
        }
    }

    /** @return whether something went wrong */
    private boolean round(String where, boolean statements) {
        List<RuntimeException> failures = new ArrayList<>();
        assertTimeoutPreemptively(PATIENCE, () -> live(statements ? whole : faulty, statements ? faultyDatabase.source() : database, failures), where);
        boolean struck = !faults.struck().isEmpty();
        String after = where + ": " + faults.struck();
        if (!struck) {
            assertThat(failures).as(after).isEmpty();
        }
        faults.heal();
        faultyDatabase.endSessions();
        assertTimeoutPreemptively(PATIENCE, () -> reopen(after), after);
        assertThat(files.notErased()).as(after).isEmpty();
        return struck;
    }

    private void make(String name) throws Exception {
        files = new FaultyFiles(faults);
        Path home = folder.resolve(name);
        whole = config(home);
        faulty = config(files.path(home));
        database = newDatabase();
        faultyDatabase = new FaultyDatabase(database, faults);
        promises = new Promises(whole);
    }

    private ArchiveConfig config(Path home) {
        return ArchiveConfig.derby("node-1", home.resolve("data"), home.resolve("keys"), () -> "not a secret".toCharArray())
                .withIntervals(Duration.ofHours(1), Duration.ofMillis(20)).withSinks(List.of(new Published()));
    }

    private void live(ArchiveConfig config, DataSource source, List<RuntimeException> failures) {
        Archive[] opened = new Archive[1];
        step(failures, () -> opened[0] = Archives.open(config, source, clock));
        if (opened[0] == null) {
            return;
        }
        Archive archive = opened[0];
        BucketId bucket = new BucketId(CLASS, LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
        List<RecordId> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            append(archive, CLASS, failures).ifPresent(ids::add);
        }
        append(archive, "other", failures);
        ids.stream().limit(1).forEach(id -> archive.outcome(id, Outcome.HANDED_ON));
        step(failures, archive::integrate);
        clock.advance(Duration.ofDays(2));
        Set<Long> survivor = ids.stream().limit(1).map(RecordId::index).collect(Collectors.toSet());
        promises.ordered(bucket, survivor);
        step(failures, () -> archive.destroy(bucket, new Archive.DestructionOrder("default: 1 day", "schedule", LocalDate.of(2036, 1, 1),
                (connection, records) -> survivor)));
        step(failures, () -> archive.rotateRootKey("ruth"));
        append(archive, CLASS, failures);
        step(failures, archive::close);
    }

    private Optional<RecordId> append(Archive archive, String recordClass, List<RuntimeException> failures) {
        String content = "said " + promises.acknowledged();
        BucketId bucket = new BucketId(recordClass, LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
        CompletableFuture<RecordId> stage = archive.append(NewRecord.of(RecordType.ATTEMPT, recordClass, Set.of(JidCreate.bareFromOrThrowUnchecked(PERSON)),
                Optional.empty(), Map.of(), content)).toCompletableFuture();
        RecordId[] id = new RecordId[1];
        step(failures, () -> id[0] = stage.join());
        if (id[0] != null) {
            promises.acknowledged(id[0].index(), bucket, content);
            assertThat(files.isSynced(promises.key(bucket), whole.keys())).as("the key was on stable storage before record %s; %s", id[0], faults.struck()).isTrue();
        }
        return Optional.ofNullable(id[0]);
    }

    private static void step(List<RuntimeException> failures, Runnable step) {
        try {
            step.run();
        } catch (CompletionException e) {
            assertThat(e).hasCauseInstanceOf(ArchiveException.class);
            failures.add(e);
        } catch (RuntimeException e) {
            failures.add(e);
        }
    }

    private void reopen(String where) throws Exception {
        Archive archive = Archives.open(whole, database, clock);
        try (archive) {
            promises.assertKept(archive, where);
            clock.advance(Duration.ofMinutes(1));
            archive.append(NewRecord.of(RecordType.NODE, "audit", Set.of(), Optional.empty(), Map.of(), "goes on")).toCompletableFuture().join();
        }
        try (Connection connection = database.getConnection()) {
            promises.assertVerifies(connection, where);
        }
    }

    private final class Published implements CheckpointSink {
        @Override
        public String name() {
            return "list";
        }

        @Override
        public void publish(String checkpoint) {
            promises.signed(checkpoint, "published");
        }
    }
}
