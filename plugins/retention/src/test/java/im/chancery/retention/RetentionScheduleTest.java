package im.chancery.retention;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetentionScheduleTest {

    @ParameterizedTest
    @CsvSource({
        // day of capture, period, first day on which it may go
        "2026-11-22, P1D, 2026-11-24",
        "2026-11-22, P90D, 2027-02-21",
        "2026-12-31, P1Y, 2028-01-01",
        "2027-01-30, P1M, 2027-03-01",
        "2027-01-31, P1M, 2027-03-01",
        "2027-02-28, P1Y, 2028-03-01",
        "2028-02-28, P1Y, 2029-03-01",
        "2028-02-29, P1Y, 2029-03-01",
        "2028-02-29, P4Y, 2032-03-01",
        "2026-11-22, P7Y, 2033-11-23",
    })
    void fallsDueAfterTheEndOfTheDayAndTheWholePeriod(LocalDate day, Period period, LocalDate due) {
        assertThat(schedule(period).due(day)).contains(due);
        assertThat(schedule(period).isDue(day, due.minusDays(1))).isFalse();
        assertThat(schedule(period).isDue(day, due)).isTrue();
    }

    @Test
    void neverFallsDueWhenKeptForEverOrUnknown() {
        RetentionSchedule forever = new RetentionSchedule("x", Optional.empty(), "x: forever");
        assertThat(forever.due(LocalDate.EPOCH)).isEmpty();
        assertThat(forever.isDue(LocalDate.EPOCH, LocalDate.of(9999, 1, 1))).isFalse();
        assertThat(RetentionSchedule.unknown("x").isDue(LocalDate.EPOCH, LocalDate.of(9999, 1, 1))).isFalse();
    }

    @Property
    void keepsEveryRecordOfTheDayForTheWholePeriod(@ForAll("days") LocalDate day, @ForAll("periods") Period period,
            @ForAll @IntRange(max = 86_399) int second) {
        ZonedDateTime captured = day.atTime(LocalTime.ofSecondOfDay(second)).atZone(ZoneOffset.UTC);
        ZonedDateTime due = schedule(period).due(day).orElseThrow().atStartOfDay(ZoneOffset.UTC);
        assertThat(due).isAfter(captured.plus(period));
        assertThat(due).isAfterOrEqualTo(day.plusDays(1).atStartOfDay(ZoneOffset.UTC).plus(period));
    }

    @Property
    void aLaterDayNeverFallsDueEarlier(@ForAll("days") LocalDate day, @ForAll("periods") Period period, @ForAll @IntRange(min = 1, max = 400) int later) {
        assertThat(schedule(period).due(day.plusDays(later)).orElseThrow()).isAfterOrEqualTo(schedule(period).due(day).orElseThrow());
    }

    @Property
    void aLongerPeriodNeverFallsDueEarlier(@ForAll("days") LocalDate day, @ForAll("periods") Period period, @ForAll @IntRange(min = 1, max = 40) int longer) {
        for (Period more : new Period[] {period.plusDays(longer), period.plusMonths(longer), period.plusYears(longer)}) {
            assertThat(schedule(more).due(day).orElseThrow()).isAfterOrEqualTo(schedule(period).due(day).orElseThrow());
        }
    }

    /** The most is 28 February and a month: counted from its end, which is 1 March, that is 1 April, four days after 28 March. */
    @Property
    void keepsNothingMuchLongerThanThePeriod(@ForAll("days") LocalDate day, @ForAll("periods") Period period) {
        assertThat(schedule(period).due(day).orElseThrow()).isBeforeOrEqualTo(day.plus(period).plusDays(4));
    }

    @Test
    void aMonthFromTheEndOfFebruaryEndsWithMarch() {
        assertThat(schedule(Period.ofMonths(1)).due(LocalDate.of(2027, 2, 28))).contains(LocalDate.of(2027, 4, 1));
    }

    @Provide
    Arbitrary<LocalDate> days() {
        return Arbitraries.longs().between(LocalDate.of(2000, 1, 1).toEpochDay(), LocalDate.of(2110, 1, 1).toEpochDay()).map(LocalDate::ofEpochDay);
    }

    @Provide
    Arbitrary<Period> periods() {
        Arbitrary<Integer> n = Arbitraries.integers().between(1, 120);
        return Arbitraries.oneOf(n.map(Period::ofDays), n.map(Period::ofWeeks), n.map(Period::ofMonths), n.map(Period::ofYears));
    }

    private static RetentionSchedule schedule(Period period) {
        return new RetentionSchedule("default", Optional.of(period), "default: " + period);
    }
}
