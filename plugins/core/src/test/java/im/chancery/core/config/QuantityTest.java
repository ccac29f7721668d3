package im.chancery.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Period;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
    @Test
    void readsPeriods() {
        assertThat(Quantity.period("1 day")).contains(Period.ofDays(1));
        assertThat(Quantity.period("90 days")).contains(Period.ofDays(90));
        assertThat(Quantity.period("2 weeks")).contains(Period.ofWeeks(2));
        assertThat(Quantity.period("6 months")).contains(Period.ofMonths(6));
        assertThat(Quantity.period("99999 years")).contains(Period.ofYears(99999));
    }

    @Test
    void readsDurations() {
        assertThat(Quantity.duration("250 ms")).contains(Duration.ofMillis(250));
        assertThat(Quantity.duration("5 s")).contains(Duration.ofSeconds(5));
        assertThat(Quantity.duration("3 min")).contains(Duration.ofMinutes(3));
        assertThat(Quantity.duration("999999999 h")).contains(Duration.ofHours(999999999));
    }

    @Test
    void readsSizes() {
        assertThat(Quantity.size("1 B")).contains(1L);
        assertThat(Quantity.size("2 KiB")).contains(2048L);
        assertThat(Quantity.size("64 MiB")).contains(64L << 20);
        assertThat(Quantity.size("999999999 GiB")).contains(999999999L << 30);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "90", "days", "90days", "90  days", " 90 days", "90 days ", "90 days\n", "-1 days", "0 days", "09 days", "1.5 days",
        "90 Days", "90 d", "5 seconds", "5 m", "64 MB", "64 mib", "100000 days", "1000000000 s", "9999999999 B", "٣ days"})
    void refusesWhatIsNotAnAmountWithItsUnit(String text) {
        assertThat(Quantity.period(text)).isEmpty();
        assertThat(Quantity.duration(text)).isEmpty();
        assertThat(Quantity.size(text)).isEmpty();
    }

    @Test
    void doesNotTakeOneKindForAnother() {
        assertThat(Quantity.period("5 s")).isEmpty();
        assertThat(Quantity.duration("5 days")).isEmpty();
        assertThat(Quantity.size("5 s")).isEmpty();
    }
}
