package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Small transactions for a slow store, large ones for a quick one, and as many places as the next one has. */
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
        transaction(512, 2 * Pace.LONG_NANOS);
        assertThat(pace.most()).isEqualTo(256);
        transaction(256, 100 * Pace.LONG_NANOS);
        assertThat(pace.most()).isEqualTo(64);
        transaction(64, 100 * Pace.LONG_NANOS);
        assertThat(pace.most()).isEqualTo(64);
        assertThat(pace.places()).isEqualTo(64);
        transaction(1, QUICK);
        assertThat(pace.most()).isEqualTo(128);
        assertThat(pace.places()).isEqualTo(128);
    }

    /** One record that takes long has met a slow disk: more at a time wouldn't have been slower. */
    @Example
    void fewRecordsThatTakeLongChangeLittle() throws InterruptedException {
        transaction(1, SLOW);
        assertThat(pace.most()).isEqualTo(511);
    }

    @Property
    void thereAreAlwaysAsManyPlacesAsTheNextTransactionHas(@ForAll @Size(max = 50) List<@IntRange(min = 1, max = 1024) Integer> transactions)
            throws InterruptedException {
        Pace any = new Pace();
        for (int drawn : transactions) {
            int records = Math.min(any.most(), drawn / 2 + 1);
            for (int i = 0; i < records; i++) {
                any.awaitPlace();
            }
            any.ended(records, drawn % 2 == 0 ? QUICK : SLOW);
            assertThat(any.most()).isBetween(Pace.LEAST, Pace.MOST);
            assertThat(any.places()).isEqualTo(any.most());
        }
    }
}
