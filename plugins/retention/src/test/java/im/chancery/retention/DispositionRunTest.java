package im.chancery.retention;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.BucketId;
import im.chancery.archive.Fields;
import im.chancery.core.RecordId;
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
import java.util.concurrent.locks.LockSupport;
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
