package im.chancery.retention;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.RecordId;
import im.chancery.retention.RetentionService.HoldResult;
import im.chancery.retention.RetentionService.NewHold;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Holds are placed while a disposal runs: each is in time, or told that it is too late; never both, never neither. */
class HoldRaceTest {
    private static final int DAYS = 24;
    private static final int HOLDERS = 4;

    @Test
    void everyHoldIsInTimeOrTooLate() throws Exception {
        try (House house = new House("default", "1 day", "audit", "7 years").open()) {
            List<RecordId> said = new ArrayList<>();
            for (int day = 0; day < DAYS; day++) {
                house.clock.set(House.at(House.DAY.plusDays(day), 12));
                said.add(house.say("default", "text", "p" + day + "@x"));
            }
            house.clock.set(House.at(House.DAY.plusDays(DAYS + 2), 3));
            List<HoldResult> results = race(house);
            int held = 0;
            for (int day = 0; day < DAYS; day++) {
                boolean opens = house.opens(said.get(day));
                held += opens ? 1 : 0;
                assertThat(results.get(day)).as("day %s", day).extracting(HoldResult::held, HoldResult::tooLate)
                        .containsExactly(opens ? 1L : 0L, opens ? 0L : 1L);
            }
            assertThat(house.retention.dispose(false, "olga")).as("what was in time stays").hasSize(held);
            assertThat(house.retention.holds()).hasSize(DAYS);
        }
    }

    /** The disposal begins with the oldest day and the holders with the newest, so that they meet on the way. */
    private static List<HoldResult> race(House house) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(HOLDERS + 1);
        try {
            CountDownLatch start = new CountDownLatch(1);
            Future<?> disposal = threads.submit(() -> {
                start.await();
                return house.retention.dispose(false, "olga");
            });
            List<Future<HoldResult>> holds = new ArrayList<>();
            for (int day = DAYS - 1; day >= 0; day--) {
                NewHold scope = scope(day);
                holds.add(0, threads.submit(() -> {
                    start.await();
                    return house.retention.hold(scope, "ruth");
                }));
            }
            start.countDown();
            List<HoldResult> results = new ArrayList<>();
            for (Future<HoldResult> hold : holds) {
                results.add(hold.get(2, TimeUnit.MINUTES));
            }
            disposal.get(2, TimeUnit.MINUTES);
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    private static NewHold scope(int day) {
        LocalDate date = House.DAY.plusDays(day);
        Instant from = House.at(date, 0);
        return new NewHold("m", Optional.of(House.jid("p" + day + "@x")), Optional.empty(), Optional.of(from), Optional.of(from.plus(Duration.ofDays(1))));
    }
}
