package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Small transactions for a slow store, large ones for a quick one, and places for two of them. */
class PaceTest {
    private static final long QUICK = Pace.LONG_NANOS;
    private static final long SLOW = Pace.LONG_NANOS + 1;

    private final Pace pace = new Pace();

    private void transaction(int records, long nanos) throws InterruptedException {
        for (int i = 0; i < records; i++) {
            pace.awaitPlace();
        }
        pace.ended(records, nanos);
    }

    @Example
    void aStoreThatIsSlowGetsLessAtATimeAndMoreAgainWhenItIsQuick() throws InterruptedException {
        assertThat(pace.most()).isEqualTo(512);
        transaction(512, 4 * Pace.LONG_NANOS / 3);
        assertThat(pace.most()).isEqualTo(384);
        transaction(384, 100 * Pace.LONG_NANOS);
        transaction(192, 100 * Pace.LONG_NANOS);
        transaction(96, 100 * Pace.LONG_NANOS);
        assertThat(pace.most()).isEqualTo(48);
        transaction(48, 100 * Pace.LONG_NANOS);
        assertThat(pace.most()).isEqualTo(32);
        transaction(32, 100 * Pace.LONG_NANOS);
        assertThat(pace.most()).isEqualTo(32);
        assertThat(pace.places()).isEqualTo(64);
        transaction(1, QUICK);
        assertThat(pace.most()).isEqualTo(64);
        assertThat(pace.places()).isEqualTo(128);
    }

    /** Few records that take long have met a slow disk: more at a time wouldn't have been slower. */
    @Example
    void fewRecordsThatTakeLongChangeLittle() throws InterruptedException {
        transaction(1, SLOW);
        assertThat(pace.most()).isEqualTo(512);
        transaction(2, SLOW);
        assertThat(pace.most()).isEqualTo(511);
    }

    /** While one transaction is stored the next one can be sealed, and no more than that. */
    @Property
    void thereArePlacesForTwoTransactions(@ForAll @Size(max = 50) List<@IntRange(min = 1, max = 1024) Integer> transactions)
            throws InterruptedException {
        Pace any = new Pace();
        int sealed = 0;
        for (int drawn : transactions) {
            for (; any.places() > 0; sealed++) {
                any.awaitPlace();
            }
            int records = Math.min(any.most(), drawn / 2 + 1);
            sealed -= records;
            any.ended(records, drawn % 2 == 0 ? QUICK : SLOW);
            assertThat(any.most()).isBetween(Pace.LEAST, Pace.MOST);
            assertThat(any.places()).isNotNegative();
            assertThat(sealed + any.places()).isEqualTo(2 * any.most());
        }
    }
}
