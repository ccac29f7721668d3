package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Each attempt has an outcome sooner or later, and is told of once. */
class OutcomesTest extends FailingDerby {
    @Override
    ArchiveConfig configured() {
        return Samples.derby(folder).withIntervals(Duration.ofHours(1), Duration.ofMillis(20));
    }

    /** Holds the committing thread up, at the first record after it was made, so that what comes meanwhile is one transaction. */
    private static final class Barrier implements Archive.AppendObserver {
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);

        @Override
        public void stored(RecordId id, NewRecord record, long nanos) {
            reached.countDown();
            try {
                open.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void attemptsOfTheTransactionThatTellsOfOthersShouldStillBeFoundWithoutAnOutcome() throws Exception {
        RecordId told;
        RecordId last;
        try (Archive archive = Archives.open(config, database, clock)) {
            told = Samples.store(archive, Samples.attempt("told", "a@x"));
            Barrier barrier = new Barrier();
            archive.observe(barrier);
            archive.append(note());
            barrier.reached.await();
            CompletableFuture<RecordId> untold = archive.append(Samples.attempt("untold", "b@x")).toCompletableFuture();
            await(() -> archive.status().queued() == 1);
            archive.outcome(told, Outcome.HANDED_ON);
            await(() -> archive.status().queued() == 2);
            barrier.open.countDown();
            last = untold.join();
            await(() -> archive.outcomes(List.of(told)).containsKey(told));
            assertThat(archive.outcomes(List.of(last))).isEmpty();

            assertThat(settledBelow()).as("where a start after a kill looks from").isLessThanOrEqualTo(last.index());
        }
        try (Archive archive = Archives.open(config, database, clock)) {
            assertThat(archive.outcomes(List.of(told, last))).containsExactlyInAnyOrderEntriesOf(
                    Map.of(told, Outcome.HANDED_ON, last, Outcome.UNKNOWN));
        }
    }

    @Test
    void twoFlushesAtOnceShouldTellOfAnAttemptOnce() throws Exception {
        try (Archive archive = Archives.open(config, database, clock)) {
            Samples.store(archive, Samples.attempt("old", "a@x"));
            clock.move(Duration.ofDays(40));
            RecordId told = Samples.store(archive, Samples.attempt("told", "a@x"));
            Barrier barrier = new Barrier();
            archive.observe(barrier);
            archive.append(note());
            barrier.reached.await();
            archive.outcome(told, Outcome.HANDED_ON);
            await(() -> archive.status().queued() == 1); // the background's flush waits for it
            Thread destroyer = new Thread(() -> archive.destroy(Samples.bucket("default", Samples.START), Samples.order(Set.of())));
            destroyer.start();
            await(() -> destroyer.getState() == Thread.State.BLOCKED || destroyer.getState() == Thread.State.WAITING);
            barrier.open.countDown();
            destroyer.join();

            assertThat(outcomeRecords(archive)).containsExactly(told.index() + " handed_on\n");
        }
    }

    /** Whoever reads that nothing is known yet may know it the moment after, before the archive has taken note that this is stored. */
    @Test
    void anOutcomeThatComesRightBehindTheUnknownOneShouldCount() {
        try (Archive archive = Archives.open(config, database, clock)) {
            for (int i = 0; i < 50; i++) {
                RecordId attempt = Samples.store(archive, Samples.attempt("attempt " + i, "a@x"));
                archive.outcome(attempt, Outcome.UNKNOWN);
                archive.outcome(attempt, Outcome.HANDED_ON);
                await(() -> archive.outcomes(List.of(attempt)).get(attempt) == Outcome.HANDED_ON);
            }
        }
    }

    /** A host whose link was lost tells again what may not have arrived; what isn't the same is the truth. */
    @Test
    void anOutcomeThatIsToldAgainShouldBeRecordedOnce() {
        RecordId told;
        RecordId other;
        try (Archive archive = Archives.open(config, database, clock)) {
            told = Samples.store(archive, Samples.attempt("told", "a@x"));
            other = Samples.store(archive, Samples.attempt("other", "a@x"));
            archive.outcome(told, Outcome.HANDED_ON);
            await(() -> archive.outcomes(List.of(told)).containsKey(told));
            archive.outcome(told, Outcome.HANDED_ON);
            archive.outcome(other, Outcome.UNKNOWN);
            await(() -> archive.outcomes(List.of(other)).containsKey(other));
        }
        try (Archive archive = Archives.open(config, database, clock)) {
            archive.outcome(told, Outcome.HANDED_ON);
            archive.outcome(other, Outcome.BOUNCED);
            await(() -> archive.outcomes(List.of(other)).get(other) == Outcome.BOUNCED);
            assertThat(String.join("", outcomeRecords(archive)).lines()).containsExactlyInAnyOrder(
                    told.index() + " handed_on", other.index() + " unknown", other.index() + " bounced");
        }
    }

    /** A host that was away tells of attempts of a node that has another name since. */
    @Test
    void anOutcomeOfAnotherLogsAttemptShouldBeForNoneHere() {
        try (Archive archive = Archives.open(config, database, clock)) {
            RecordId here = Samples.store(archive, Samples.attempt("here", "a@x"));
            archive.outcome(new RecordId("elsewhere", here.index()), Outcome.BOUNCED);
            archive.outcome(here, Outcome.HANDED_ON);
            await(() -> archive.outcomes(List.of(here)).containsKey(here));
            assertThat(archive.outcomes(List.of(here))).containsEntry(here, Outcome.HANDED_ON);
        }
    }

    @Test
    void aLateOutcomeThatCannotBePlacedShouldHoldUpNoOther() throws Exception {
        try (Archive archive = Archives.open(config, database, clock)) {
            RecordId late = Samples.store(archive, Samples.attempt("late", "a@x"));
            archive.outcome(late, Outcome.UNKNOWN);
            await(() -> archive.outcomes(List.of(late)).containsKey(late));
            execute("UPDATE archive_record SET bucket_id = bucket_id + 100 WHERE leaf_index = " + late.index());
            ListAppender<ILoggingEvent> told = new ListAppender<>();
            Logger log = (Logger) LoggerFactory.getLogger(OutcomeJournal.class);
            log.addAppender(told);
            told.start();
            archive.outcome(late, Outcome.HANDED_ON);
            for (int i = 0; i < 3; i++) {
                RecordId other = Samples.store(archive, Samples.attempt("other " + i, "a@x"));
                archive.outcome(other, Outcome.HANDED_ON);
                await(() -> archive.outcomes(List.of(other)).containsKey(other));
            }
            log.detachAppender(told);
            assertThat(told.list).as("told of once, not at each try").hasSize(1);
            execute("UPDATE archive_record SET bucket_id = bucket_id - 100 WHERE leaf_index = " + late.index());
            await(() -> archive.outcomes(List.of(late)).get(late) == Outcome.HANDED_ON);
        }
    }

    @Test
    void anArchiveShouldBeClosedAlsoWhileTheDatabaseIsAway() {
        BrokenDatabase broken = new BrokenDatabase(database);
        RecordId late;
        Archive archive = Archives.open(config, broken.source(), clock);
        late = Samples.store(archive, Samples.attempt("late", "a@x"));
        archive.outcome(late, Outcome.UNKNOWN);
        await(() -> archive.outcomes(List.of(late)).containsKey(late));
        broken.goAway();
        archive.outcome(late, Outcome.HANDED_ON);
        archive.close();

        Archives.open(config, database, clock).close();
        assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName).doesNotContain("archive-sealer", "archive-committer");
    }

    private static List<String> outcomeRecords(Archive archive) {
        List<String> contents = new ArrayList<>();
        archive.buckets().forEach(bucket -> archive.scan(bucket.id(), record -> {
            if (record.record().type() == RecordType.OUTCOME) {
                contents.add(record.record().content());
            }
        }));
        return contents;
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.getConnection(); Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isOne();
        }
    }

    private long settledBelow() throws SQLException {
        try (Connection connection = database.getConnection(); Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT settled_below FROM archive_node")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** A record that needs no outcome. */
    private static NewRecord note() {
        return NewRecord.of(RecordType.AUDIT, "audit", Set.of(), Optional.empty(), Map.of(Fields.ACTION, "x", Fields.ACTOR, "y"), "");
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
