package im.chancery.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.BucketId;
import im.chancery.archive.BucketStatus;
import im.chancery.archive.Fields;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DispositionRunTest {
    /** Under "1 day" what was captured on {@link House#DAY} may go on this day. */
    private static final LocalDate DUE = House.DAY.plusDays(2);

    private House house;

    @BeforeEach
    void open() throws Exception {
        house = new House("default", "1 day", "audit", "7 years").open();
    }

    @AfterEach
    void close() throws Exception {
        house.close();
    }

    @Test
    void runsOnceADayAtItsTime() {
        DispositionRun run = new DispositionRun(house.retention, house.clock);
        RecordId first = house.say("default", "one", "ada@x");
        house.clock.set(House.at(DUE.minusDays(1), 4));
        run.tick();
        house.clock.set(House.at(DUE, 2));
        run.tick();
        assertThat(house.opens(first)).as("an hour before its time").isTrue();
        house.clock.set(House.at(DUE, 3));
        run.tick();
        assertThat(house.opens(first)).isFalse();
        assertThat(RetentionTables.lastRun(house.archive.dataSource())).contains(House.at(DUE, 3));
        house.clock.set(House.at(DUE, 23));
        run.tick();
        assertThat(RetentionTables.lastRun(house.archive.dataSource())).as("not twice a day").contains(House.at(DUE, 3));
    }

    @Test
    void movesTheKeysOfWhatStaysToANewRootKey() throws Exception {
        RecordId held = house.say("default", "kept", "ada@x");
        RecordId going = house.say("default", "gone", "ben@x");
        house.retention.hold(House.custodian("ada@x"), "officer");
        house.clock.set(House.at(DUE.minusDays(1), 12));
        RecordId live = house.say("default", "today's", "ben@x");
        Path keys = house.archiveConfig().keys().resolve("buckets/north/default");
        byte[] before = Files.readAllBytes(keys.resolve(DUE.minusDays(1) + ".key"));
        house.clock.set(House.at(DUE, 3));

        new DispositionRun(house.retention, house.clock).tick();

        assertThat(house.opens(going)).isFalse();
        assertThat(house.opens(held)).isTrue();
        assertThat(house.opens(live)).isTrue();
        // The file that was there before is wrapped under a root key that is gone, should its bytes turn up again.
        assertThat(Files.readAllBytes(keys.resolve(DUE.minusDays(1) + ".key"))).isNotEqualTo(before);
        List<String> rotations = new ArrayList<>();
        house.archive.scan(new BucketId("audit", DUE), record -> {
            if ("key.rotate".equals(record.record().fields().get(Fields.ACTION))) {
                rotations.add(record.record().fields().get(Fields.ACTOR));
            }
        });
        assertThat(rotations).containsExactly("schedule");
        house.restart();
        assertThat(house.opens(held)).isTrue();
        assertThat(house.opens(live)).isTrue();
    }

    @Test
    void makesUpAMissedRunAtStart() {
        new DispositionRun(house.retention, house.clock).tick();
        RecordId id = house.say("default", "one", "ada@x");
        house.restart();
        house.clock.set(House.at(DUE.plusDays(5), 17));
        new DispositionRun(house.retention, house.clock).tick();
        assertThat(house.opens(id)).isFalse();
    }

    @Test
    void whatAShorterPeriodMakesDueWaitsForTheNextTimeOfTheRun() throws Exception {
        DispositionRun run = new DispositionRun(house.retention, house.clock);
        RecordId id = house.say("default", "one", "ada@x");
        house.retention.use(House.config("default", "1 year", "audit", "7 years"));
        house.clock.set(House.at(DUE, 4));
        run.tick();
        assertThat(house.opens(id)).as("under the longer period").isTrue();
        house.clock.set(House.at(DUE, 12));
        house.retention.use(RetentionConfig.read(Nodes.of(Map.of("retention", Map.of("run-at", "11:00", "classes",
                List.of(Map.of("name", "default", "period", "1 day"), Map.of("name", "audit", "period", "7 years")))))));
        run.tick();
        assertThat(house.opens(id)).as("the run's new time has passed today").isTrue();
        house.clock.set(House.at(DUE.plusDays(1), 11));
        run.tick();
        assertThat(house.opens(id)).isFalse();
    }

    @Test
    void doesNotRunAgainAfterARestartOnTheSameDay() {
        DispositionRun run = new DispositionRun(house.retention, house.clock);
        house.clock.set(House.at(DUE, 4));
        run.tick();
        Instant ended = RetentionTables.lastRun(house.archive.dataSource()).orElseThrow();
        house.restart();
        house.clock.set(House.at(DUE, 20));
        new DispositionRun(house.retention, house.clock).tick();
        assertThat(RetentionTables.lastRun(house.archive.dataSource())).contains(ended);
    }

    @Test
    void triesAFailedRunAgainAfterAQuarterOfAnHour() throws SQLException {
        RecordId id = house.say("default", "one", "ada@x");
        house.clock.set(House.at(DUE, 3));
        sql("INSERT INTO retention_hold (hold_id, release_id) VALUES ('north/77', NULL)");
        DispositionRun run = new DispositionRun(house.retention, house.clock);
        run.tick();
        assertThat(house.opens(id)).isTrue();
        assertThat(RetentionTables.lastRun(house.archive.dataSource())).isEmpty();
        sql("DELETE FROM retention_hold");
        house.clock.advance(Duration.ofMinutes(14));
        run.tick();
        assertThat(house.opens(id)).isTrue();
        house.clock.advance(Duration.ofMinutes(1));
        run.tick();
        assertThat(house.opens(id)).isFalse();
    }

    @Test
    void anErrorIsNotItsEnd() throws Exception {
        RecordId id = house.say("default", "one", "ada@x");
        house.archive.close();
        AtomicBoolean fails = new AtomicBoolean();
        Thread mine = Thread.currentThread();
        house.open(source -> (DataSource) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
            if (Thread.currentThread() == mine && fails.get()) {
                throw new StackOverflowError("in the middle of it");
            }
            return method.invoke(source, arguments);
        }));
        house.clock.set(House.at(DUE, 3));
        DispositionRun run = new DispositionRun(house.retention, house.clock);
        fails.set(true);
        run.tick();
        fails.set(false);
        house.clock.advance(Duration.ofMinutes(15));
        run.tick();
        assertThat(house.opens(id)).isFalse();
    }

    @Test
    void aBucketThatCannotBeDecidedDoesNotKeepTheDaysAfterIt() throws Exception {
        house.retention.hold(House.custodian("zed@x"), "officer"); // or nothing would have to be opened
        house.archive.outcome(house.say("default", "its key is damaged", "ada@x"), Outcome.HANDED_ON);
        house.restart(); // its outcome is recorded; a start opens what has none, and the newest outcomes
        house.clock.set(House.at(House.DAY.plusDays(1), 12));
        RecordId going = house.say("default", "a day later", "ada@x");
        house.archive.outcome(going, Outcome.HANDED_ON);
        house.archive.close();
        Path key = house.archiveConfig().keys().resolve("buckets/north/default/" + House.DAY + ".key");
        byte[] bytes = Files.readAllBytes(key);
        bytes[bytes.length - 1] ^= 1;
        Files.write(key, bytes);
        house.open();
        DispositionRun run = new DispositionRun(house.retention, house.clock);
        house.clock.set(House.at(DUE.plusDays(1), 3));
        run.tick();
        assertThat(house.opens(going)).isFalse();
        house.clock.advance(Duration.ofMinutes(15));
        run.tick();
        assertThat(actions()).as("not approved four times an hour").containsOnlyOnce("disposition.approve");
        for (int day = 2; day < 20; day++) {
            house.clock.set(House.at(DUE.plusDays(day), 3));
            run.tick();
        }
        RecordId later = house.say("default", "after three weeks", "ada@x");
        house.clock.set(House.at(DUE.plusDays(21), 3));
        run.tick();
        assertThat(house.opens(later)).as("the clock was right all the time").isFalse();
        assertThatThrownBy(() -> house.retention.dispose(false, "olga")).hasMessageContaining("1 of 1 due buckets couldn't be disposed of");
    }

    private List<String> actions() {
        List<String> actions = new ArrayList<>();
        house.archive.buckets().stream().map(BucketStatus::id).filter(bucket -> bucket.recordClass().equals("audit"))
                .forEach(bucket -> house.archive.scan(bucket, record -> actions.add(record.record().fields().getOrDefault(Fields.ACTION, ""))));
        return actions;
    }

    @Test
    void runsInAThreadOfItsOwnAndEndsWithIt() throws Exception {
        RecordId id = house.say("default", "one", "ada@x");
        house.clock.set(House.at(DUE, 3));
        try (DispositionRun run = DispositionRun.start(house.retention, house.clock)) {
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (RetentionTables.lastRun(house.archive.dataSource()).isEmpty() && System.nanoTime() < deadline) {
                LockSupport.parkNanos(1_000_000);
            }
            assertThat(run).isNotNull();
        }
        assertThat(house.opens(id)).isFalse();
        // an executor has ended a moment before its thread has
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (runs("disposition-run") && System.nanoTime() < deadline) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(runs("disposition-run")).isFalse();
    }

    private static boolean runs(String thread) {
        return Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.getName().equals(thread));
    }

    @Test
    void destroysNothingByAClockThatIsAMonthAheadUntilSomebodySaysThatItIsRight() {
        new DispositionRun(house.retention, house.clock).tick();
        RecordId id = house.say("default", "one", "ada@x");
        Instant right = house.clock.instant();
        house.clock.set(House.at(House.DAY.plusDays(31), 12));
        house.restart();
        new DispositionRun(house.retention, house.clock).tick();
        assertThat(house.opens(id)).as("its engine was started by the wrong clock").isTrue();
        assertThat(RetentionTables.lastRun(house.archive.dataSource())).contains(right);

        house.clock.set(right.plus(Duration.ofHours(1)));
        DispositionRun run = new DispositionRun(house.retention, house.clock);
        run.tick();
        assertThat(house.opens(id)).as("the clock is right again").isTrue();

        house.clock.set(House.at(House.DAY.plusDays(31), 12));
        run.tick();
        assertThat(house.opens(id)).isTrue();
        house.retention.dispose(false, "olga");
        assertThat(house.opens(id)).as("somebody has said that it is right").isFalse();
        RecordId later = house.say("default", "two", "ada@x");
        house.clock.set(House.at(House.DAY.plusDays(33), 3));
        run.tick();
        assertThat(house.opens(later)).as("and the daily run goes on").isFalse();
    }

    @Test
    void goesOnOnceAClockThatWasAheadIsSetRight() {
        DispositionRun run = new DispositionRun(house.retention, house.clock);
        run.tick();
        house.clock.set(House.at(House.DAY.plusDays(13), 12));
        run.tick();
        house.clock.set(House.at(House.DAY, 13));
        RecordId id = house.say("default", "one", "ada@x");
        house.clock.set(House.at(DUE.minusDays(1), 3));
        run.tick();
        house.clock.set(House.at(DUE, 2));
        run.tick();
        assertThat(house.opens(id)).as("an hour before its time").isTrue();
        house.clock.set(House.at(DUE, 3));
        run.tick();
        assertThat(house.opens(id)).isFalse();
    }

    @Test
    void aShorterPeriodThatCameByAClockThatWasAheadWaitsForTheNextRunOnly() throws Exception {
        DispositionRun run = new DispositionRun(house.retention, house.clock);
        house.retention.use(House.config("default", "1 year", "audit", "7 years"));
        RecordId id = house.say("default", "one", "ada@x");
        Instant right = House.at(DUE, 12);
        house.clock.set(right.plus(Duration.ofDays(10)));
        house.retention.use(House.config("default", "1 day", "audit", "7 years"));
        house.clock.set(right);
        run.tick();
        assertThat(house.opens(id)).as("today's run was due before the change").isTrue();
        house.clock.set(House.at(DUE.plusDays(1), 3));
        run.tick();
        assertThat(house.opens(id)).isFalse();
    }

    @Test
    void destroysNothingWhenTheClockHasGoneAheadOfTheTimeThatHasPassed() {
        AtomicLong steady = new AtomicLong();
        DispositionRun run = new DispositionRun(house.retention, house.clock, steady::get);
        run.tick();
        RecordId id = house.say("default", "one", "ada@x");
        Instant right = house.clock.instant();
        house.clock.set(House.at(DUE, 4));
        run.tick();
        assertThat(house.opens(id)).isTrue();
        house.clock.set(right.plus(Duration.ofHours(1)));
        steady.set(Duration.ofHours(1).toNanos());
        run.tick();
        steady.addAndGet(Duration.between(house.clock.instant(), House.at(DUE, 3)).toNanos());
        house.clock.set(House.at(DUE, 3));
        run.tick();
        assertThat(house.opens(id)).as("that day has really come").isFalse();
    }

    @Test
    void keepsWhatAClockThatHadGoneBackCapturedAsLongAsWhatCameBefore() {
        DispositionRun run = new DispositionRun(house.retention, house.clock);
        RecordId early = house.say("default", "on its day", "ada@x");
        house.clock.set(House.at(House.DAY.plusDays(1), 12));
        house.say("default", "a day later", "ada@x");
        house.clock.set(House.at(House.DAY, 12));
        RecordId back = house.say("default", "by a clock that has gone back", "ada@x");
        assertThat(house.retention.plan()).filteredOn(entry -> entry.bucket().equals(new BucketId("default", House.DAY)))
                .singleElement().satisfies(entry -> assertThat(entry.due()).contains(DUE.plusDays(1)));
        house.clock.set(House.at(DUE, 3));
        run.tick();
        assertThat(house.opens(back)).isTrue();
        assertThat(house.opens(early)).as("it is in the same bucket").isTrue();
        house.clock.set(House.at(DUE.plusDays(1), 3));
        run.tick();
        assertThat(house.opens(back)).isFalse();
        assertThat(house.opens(early)).isFalse();
    }

    @Test
    void destroysOnItsDayWhatHasItsOutcomeAfterMidnight() {
        RecordId id = house.say("default", "before midnight", "ada@x");
        house.clock.set(House.at(House.DAY.plusDays(1), 0));
        house.say("default", "after midnight", "ada@x");
        house.archive.outcome(id, Outcome.HANDED_ON);
        house.restart();
        assertThat(house.archive.outcomes(List.of(id))).containsEntry(id, Outcome.HANDED_ON);
        house.clock.set(House.at(DUE, 3));
        new DispositionRun(house.retention, house.clock).tick();
        assertThat(house.opens(id)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "03:00, 2026-11-22T03:00:00Z, 2026-11-22T03:00:00Z",
        "03:00, 2026-11-22T02:59:59.999Z, 2026-11-21T03:00:00Z",
        "00:00, 2026-11-22T00:00:00Z, 2026-11-22T00:00:00Z",
        "23:59, 2026-01-01T23:58:00Z, 2025-12-31T23:59:00Z",
    })
    void knowsTheLatestTimeItShouldHaveRun(LocalTime runAt, Instant now, Instant latest) {
        assertThat(DispositionRun.latest(runAt, now)).isEqualTo(latest);
    }

    private void sql(String statement) throws SQLException {
        try (Connection connection = house.archive.dataSource().getConnection(); Statement run = connection.createStatement()) {
            run.execute(statement);
        }
    }
}
