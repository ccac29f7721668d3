package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.AbstractList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The buckets are read by every thread while they are read anew from the database. */
class BucketsTest {
    private final BucketRow destroyed = new BucketRow(1, Samples.bucket("default", Samples.START), BucketState.DESTROYED, 0, 9, 0);
    private final BucketRow rolledBack = new BucketRow(2, Samples.bucket("audit", Samples.START), BucketState.LIVE, 10, 11, 2);

    @Test
    void noBucketShouldBeMissingWhileTheyAreReadAnew() {
        Buckets buckets = new Buckets();
        buckets.reload(List.of(destroyed, rolledBack));

        buckets.reload(new AbstractList<>() {
            @Override
            public BucketRow get(int index) {
                // What another thread would see at this moment: were it nothing, a destroyed bucket would get a new key.
                assertThat(buckets.get(destroyed.id())).contains(destroyed);
                assertThat(buckets.id(1)).isEqualTo(destroyed.id());
                return destroyed;
            }

            @Override
            public int size() {
                return 1;
            }
        });

        assertThat(buckets.all()).containsExactly(destroyed);
        assertThat(buckets.nextNumber()).isEqualTo(2);
    }
}
