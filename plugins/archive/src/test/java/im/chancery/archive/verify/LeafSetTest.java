package im.chancery.archive.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LeafSetTest {
    private static final int SIZE = 200_000;

    @Test
    void holdsWhatASetOfBitsHolds() {
        Random random = new Random(20261125);
        LeafSet leaves = new LeafSet();
        BitSet bits = new BitSet();
        for (int i = 0; i < 2_000; i++) {
            int first = random.nextInt(SIZE);
            int last = first - 1 + random.nextInt(i % 10 == 0 ? 70_000 : 20);
            if (random.nextBoolean()) {
                leaves.add(first, last);
                bits.set(first, last + 1);
            } else {
                leaves.remove(first, last);
                bits.clear(first, last + 1);
            }
            if (i % 100 == 0) {
                assertThat(ranges(leaves)).isEqualTo(ranges(bits));
                assertThat(leaves.count()).isEqualTo(bits.cardinality());
                assertThat(leaves.isEmpty()).isEqualTo(bits.isEmpty());
                assertThat(IntStream.range(0, SIZE + 70_000).filter(leaves::contains).toArray()).as("contained").isEqualTo(bits.stream().toArray());
            }
        }
        LeafSet copy = leaves.copy();
        leaves.remove(0, Long.MAX_VALUE);
        assertThat(ranges(leaves)).isEmpty();
        assertThat(leaves.count()).isZero();
        assertThat(leaves.isEmpty()).isTrue();
        assertThat(ranges(copy)).as("a copy is its own").isEqualTo(ranges(bits));
    }

    @Test
    void joinsRangesOverItsPagesAndTakesAnyIndex() {
        LeafSet leaves = new LeafSet();
        leaves.add(65_000, 200_000);
        leaves.add(1L << 60, 1L << 60);
        leaves.add(5, 4);
        assertThat(ranges(leaves)).containsExactly("65000-200000", (1L << 60) + "-" + (1L << 60));
    }

    private static List<String> ranges(LeafSet leaves) {
        List<String> ranges = new ArrayList<>();
        leaves.forEachRange((first, last) -> ranges.add(first + "-" + last));
        return ranges;
    }

    private static List<String> ranges(BitSet bits) {
        List<String> ranges = new ArrayList<>();
        for (int from = bits.nextSetBit(0); from >= 0; from = bits.nextSetBit(bits.nextClearBit(from))) {
            ranges.add(from + "-" + (bits.nextClearBit(from) - 1));
        }
        return ranges;
    }
}
