package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.RecordsVerifier;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import im.chancery.core.RecordId;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The database goes away at every statement of a destruction in turn; after a restart it is finished, once. */
class InterruptedDestructionTest {
    private static final int EVERY = 3;

    @TempDir
    Path folder;
    private final Samples.Hands clock = new Samples.Hands();

    @Test
    void aDestructionCutShortAnywhereShouldBeFinishedOnOpening() throws Exception {
        ArchiveConfig config = Samples.derby(folder);
        var database = Databases.open(config);
        int destructions = 0;
        boolean whole = false;
        for (int fuse = 1; !whole; fuse += EVERY) {
            BucketId bucket = Samples.bucket("default", clock.instant());
            FailingDatabase failing = new FailingDatabase(database);
            Archive archive = Archives.open(config, failing.source(), clock);
            List<RecordId> ids = Samples.store(archive, IntStream.range(0, 6).mapToObj(i -> Samples.attempt("said " + i, "a@x")).toList());
            clock.move(Duration.ofDays(2));
            failing.statementsLeft.set(fuse);
            try {
                archive.destroy(bucket, Samples.order(Set.of(ids.get(2).index())));
                whole = failing.statementsLeft.get() > 0;
            } catch (RuntimeException e) {
                assertThat(failing.statementsLeft.get()).isNotPositive();
            }
            failing.statementsLeft.set(Integer.MAX_VALUE);
            archive.close();
            archive = Archives.open(config, database, clock);
            if (archive.buckets().stream().anyMatch(b -> b.id().equals(bucket) && b.state() == BucketState.LIVE)) {
                archive.destroy(bucket, Samples.order(Set.of(ids.get(2).index()))); // it was never decided
            }
            destructions++;
            assertThat(archive.certificates()).hasSize(destructions);
            assertThat(archive.open(ids.get(2)).orElseThrow().record().content()).isEqualTo("said 2");
            Archive opened = archive;
            assertThatThrownBy(() -> opened.open(ids.get(3))).isInstanceOf(ArchiveException.Destroyed.class);
            archive.close();
        }
        assertThat(destructions).isGreaterThan(5);
        VerifierKey key = VerifierKey.parse(Files.readString(config.verifierKey()));
        Verification log = LogVerifier.verify(config.log(), key, List.of());
        try (Connection connection = database.getConnection()) {
            assertThat(RecordsVerifier.verify(config.log(), key, log, connection).findings()).isEmpty();
        }
        database.close();
        Databases.shutDown(config);
    }

    @Test
    void keysKeptButNotYetDestroyedShouldBeRepeated() {
        ArchiveConfig config = Samples.derby(folder);
        BucketId bucket = Samples.bucket("default", clock.instant());
        RecordId kept;
        RecordId gone;
        try (Archive archive = Archives.open(config, clock)) {
            kept = Samples.store(archive, Samples.attempt("kept", "a@x"));
            gone = Samples.store(archive, Samples.attempt("gone", "a@x"));
        }
        // As a crash leaves it: decided, the survivors file is there, and so is the bucket's key.
        KeyFolder keys = KeyFolder.open(config.keys(), config.password(), config.origin(), false, clock);
        var database = Databases.open(config);
        try (Connection connection = database.getConnection()) {
            BucketRow row = BucketRows.selectAll(connection).stream().filter(b -> b.id().equals(bucket)).findFirst().orElseThrow();
            Set<Long> go = RecordRows.selectRange(connection, row.first(), row.last() + 1, 100, n -> n == row.number() ? bucket : null).stream()
                    .map(RecordRows.Row::stored).filter(r -> bucket.equals(r.bucket()) && r.index() != kept.index())
                    .map(SealedRecord::index).collect(Collectors.toSet());
            Buckets buckets = new Buckets();
            buckets.put(row);
            DestructionRows.insert(connection, new Decisions("node-1", buckets, null, new NoteSigner("node-1", keys.root())).sign(
                    new DestructionRow(1, row.number(), DestructionRow.Step.DECIDED.code(), "default: 30 days", "schedule", "2026-12-31",
                            LeafRanges.of(go).toString(), LeafRanges.of(Set.of(kept.index())).toString(), -1, Optional.empty())));
            BucketRows.update(connection, row.with(BucketState.DESTROYING, row.records()));
            keys.keepSurvivors(bucket, new java.util.TreeMap<>(java.util.Map.of(kept.index(), keys.dataKey(bucket, kept.index()).orElseThrow())));
        } catch (SQLException | java.io.IOException e) {
            throw new AssertionError(e);
        }
        database.close();
        Databases.shutDown(config);

        clock.move(Duration.ofDays(2));
        try (Archive archive = Archives.open(config, clock)) {
            assertThat(archive.certificates()).hasSize(1);
            assertThat(archive.open(kept).orElseThrow().record().content()).isEqualTo("kept");
            assertThatThrownBy(() -> archive.open(gone)).isInstanceOf(ArchiveException.Destroyed.class);
            assertThat(config.keys().resolve("buckets/node-1/default/" + bucket.day() + ".key")).doesNotExist();
        }
        Samples.assertVerifies(config);
    }

    /** A data source whose statements fail once a fuse has burnt down. */
    private static final class FailingDatabase {
        private final AtomicInteger statementsLeft = new AtomicInteger(Integer.MAX_VALUE);
        private final DataSource whole;

        FailingDatabase(DataSource whole) {
            this.whole = whole;
        }

        DataSource source() {
            return (DataSource) proxy(DataSource.class, whole);
        }

        private Object proxy(Class<?> type, Object target) {
            return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
                boolean executes = method.getName().startsWith("execute") || method.getName().equals("commit");
                if (executes && statementsLeft.getAndDecrement() <= 0) {
                    throw new SQLRecoverableException("the database went away");
                }
                try {
                    Object result = method.invoke(target, args);
                    if (result instanceof Connection) {
                        return proxy(Connection.class, result);
                    }
                    return result instanceof PreparedStatement ? proxy(PreparedStatement.class, result) : result;
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            });
        }
    }
}
