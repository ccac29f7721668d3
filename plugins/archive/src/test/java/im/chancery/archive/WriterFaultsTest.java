package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.RecordId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is thrown in the archive's threads: nobody waits for ever, what was told stands, and it can be closed. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WriterFaultsTest extends FailingDerby {
    /** A clock that may fail, as any code may that runs out of memory. */
    private static final class FailingClock extends Samples.Hands {
        private final String thread;
        private final AtomicBoolean failing = new AtomicBoolean();

        FailingClock(String thread) {
            this.thread = thread;
        }

        @Override
        public Instant instant() {
            if (Thread.currentThread().getName().equals(thread) && failing.getAndSet(false)) {
                throw new OutOfMemoryError("as if");
            }
            return super.instant();
        }
    }

    @Test
    void anObserverThatThrowsShouldHoldUpNobody() {
        ConcurrentLinkedQueue<RecordId> told = new ConcurrentLinkedQueue<>();
        List<RecordId> stored;
        try (Archive archive = Archives.open(config, database, new Samples.Hands())) {
            archive.observe((id, record, nanos) -> {
                throw new IllegalStateException("an observer");
            });
            archive.observe((id, record, nanos) -> {
                throw new AssertionError("another one");
            });
            archive.observe((id, record, nanos) -> told.add(id));
            stored = Samples.store(archive, IntStream.range(0, 50).mapToObj(i -> Samples.attempt("said " + i, "a@x")).toList());
            assertThat(archive.status().available()).isTrue();
        }
        assertThat(told).containsAll(stored);
    }

    /** The committing thread seals what comes alone, the sealing thread what comes while another is stored. */
    @ParameterizedTest
    @ValueSource(strings = {"archive-sealer", "archive-committer"})
    void anErrorWhileARecordIsSealedShouldFailThatOne(String thread) {
        FailingClock clock = new FailingClock(thread);
        try (Archive archive = Archives.open(config, database, clock)) {
            CountDownLatch storing = new CountDownLatch(1);
            CompletableFuture<RecordId> failed = new CompletableFuture<>();
            archive.observe((id, record, nanos) -> {
                storing.countDown();
                await(() -> thread.equals("archive-committer") || failed.isDone());
            });
            CompletableFuture<RecordId> before = archive.append(Samples.attempt("recorded before", "a@x")).toCompletableFuture();
            await(() -> storing.getCount() == 0 && (before.isDone() || thread.equals("archive-sealer")));
            // Without this it may not be at the queue again yet, and the other one seals.
            await(() -> thread.equals("archive-sealer") || find(thread).getState() == Thread.State.TIMED_WAITING);
            clock.failing.set(true);
            archive.append(Samples.attempt("not recorded", "a@x")).whenComplete((id, failure) -> failed.complete(id));
            assertThat(failed.join()).isNull();
            Samples.store(archive, Samples.attempt("recorded", "a@x"));

            assertThat(Samples.contents(archive.find(Samples.with("a@x")))).containsExactly("recorded before", "recorded");
        }
    }

    /** PostgreSQL's driver asserts where a session was ended. */
    @Test
    void aConnectionThatCannotEvenBeGivenUpShouldNotEndTheWriter() {
        try (Archive archive = Archives.open(config, broken.source(), new Samples.Hands())) {
            broken.failBy(method -> {
                if (method.equals("executeBatch") || method.equals("rollback")) {
                    throw new AssertionError(method);
                }
            });
            assertThatThrownBy(() -> Samples.store(archive, Samples.attempt("not recorded", "a@x"))).hasCauseInstanceOf(ArchiveException.class);
            broken.comeBack();
            await(() -> archive.status().available());
            Samples.store(archive, Samples.attempt("recorded", "a@x"));

            assertThat(Samples.contents(archive.find(Samples.with("a@x")))).containsExactly("recorded");
        }
    }

    @Test
    void anErrorInTheBackgroundShouldNotEndCheckpoints() {
        FailingClock clock = new FailingClock("archive-background");
        try (Archive archive = Archives.open(config.withIntervals(Duration.ofMillis(20), Duration.ofMillis(20)), database, clock)) {
            clock.failing.set(true);
            RecordId first = Samples.store(archive, Samples.attempt("first", "a@x"));
            await(() -> archive.status().logFailures() == 1);

            await(() -> archive.status().logged() > first.index());
        }
    }

    /** Nothing is known that ends a thread; an interruption stands for what isn't. */
    @ParameterizedTest
    @ValueSource(strings = {"archive-sealer", "archive-committer"})
    void aWriterThatCannotGoOnShouldRefuseWhatWaitsAndWhatComes(String thread) throws Exception {
        CountDownLatch storing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        List<CompletableFuture<RecordId>> waiting = new ArrayList<>();
        RecordId stored;
        try (Archive archive = Archives.open(config, database, new Samples.Hands())) {
            stored = Samples.store(archive, Samples.attempt("stored", "a@x"));
            archive.observe((id, record, nanos) -> {
                storing.countDown();
                await(() -> go.getCount() == 0);
            });
            archive.append(Samples.attempt("holds up the others", "a@x"));
            storing.await();
            // More than there are places for, so that some aren't sealed yet.
            for (int i = 0; i < 3 * Pace.MOST; i++) {
                waiting.add(archive.append(Samples.attempt("waits " + i, "u" + i % 40 + "@x" + i % 20)).toCompletableFuture());
            }
            interrupt(thread);
            go.countDown();
            int refused = 0;
            for (CompletableFuture<RecordId> each : waiting) {
                refused += each.handle((id, failure) -> failure == null ? 0 : 1).join();
            }
            assertThat(refused).isPositive();
            assertThat(archive.status().available()).isFalse();
            assertThatThrownBy(() -> Samples.store(archive, Samples.attempt("comes", "a@x"))).isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(ArchiveException.class).hasMessageContaining("started again");
        }
        try (Archive archive = Archives.open(config, database, new Samples.Hands())) {
            assertThat(archive.open(stored).orElseThrow().record().content()).isEqualTo("stored");
            for (CompletableFuture<RecordId> each : waiting) {
                if (!each.isCompletedExceptionally()) {
                    assertThat(archive.open(each.join())).isPresent();
                }
            }
            Samples.store(archive, Samples.attempt("after a new start", "a@x"));
        }
    }

    /** What the archive records itself waits for a place; but not for one that nobody gives back any more. */
    @Test
    void nobodyShouldWaitForAPlaceWithAWriterThatIsGone() throws Exception {
        Archives.open(config, database, clock).close();
        KeyFolder keys = KeyFolder.open(config.keys(), config.password(), config.origin(), false, clock);
        RecordWriter writer = new RecordWriter(config.withQueue(16), database, keys, new Buckets(), clock, (batch, told) -> { });
        writer.start();
        interrupt("archive-committer");
        await(() -> !writer.available());
        for (int i = 0; i < 32; i++) {
            assertThat(writer.put(Pending.of(Samples.attempt("comes " + i, "a@x")))).isCompletedExceptionally();
        }
        writer.close();
        RecordWriter closed = new RecordWriter(config, database, keys, new Buckets(), clock, (batch, told) -> { });
        closed.start();
        closed.close();
        assertThat(closed.put(Pending.of(Samples.attempt("comes late", "a@x")))).isCompletedExceptionally();
    }

    private static void interrupt(String thread) {
        find(thread).interrupt();
    }

    private static Thread find(String name) {
        List<Thread> found = Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals(name)).toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }
}
