package im.chancery.engine.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** One stream's order, and when nothing of it is kept in mind any more. */
class LaneTest {
    /** Something that waits, until the test says that it is ready. */
    private static final class Thing implements Lane.Waiting {
        private boolean isReady;

        @Override
        public boolean isReady() {
            return isReady;
        }

        @Override
        public String origin() {
            return "example.test";
        }

        @Override
        public int size() {
            return 10;
        }
    }

    private final Lane lane = new Lane("example.test");
    private final Thing first = new Thing();
    private final Thing second = new Thing();

    @Test
    void givesOneAtATimeInOrder() {
        lane.add(first);
        lane.add(second);
        second.isReady = true;
        assertThat(lane.take()).isNull();
        first.isReady = true;
        assertThat(lane.take()).isSameAs(first);
        assertThat(lane.take()).as("somebody has the lane").isNull();
        assertThat(lane.size()).isEqualTo(20);
        lane.finished(first);
        assertThat(lane.size()).isEqualTo(10);
        assertThat(lane.take()).isSameAs(second);
    }

    @Test
    void whatIsPutBackKeepsItsPlace() {
        lane.add(first);
        lane.add(second);
        first.isReady = true;
        second.isReady = true;
        lane.putBack(lane.take());
        assertThat(lane.take()).isSameAs(first);
        assertThat(lane.size()).isEqualTo(20);
    }

    @Test
    void nothingStaysBehindNothing() {
        assertThat(lane.addBehind(first)).isFalse();
        lane.add(second);
        second.isReady = true;
        lane.take();
        assertThat(lane.addBehind(first)).as("the one before is just being finished").isTrue();
    }

    @Test
    void closesOnceItIsEmptyAndTakesNothingThen() {
        first.isReady = true;
        lane.add(first);
        assertThat(lane.closeIfOver()).isFalse();
        lane.finished(lane.take());
        assertThat(lane.closeIfOver()).isTrue();
        assertThat(lane.add(second)).isFalse();
        assertThat(lane.addBehind(second)).isFalse();
    }
}
