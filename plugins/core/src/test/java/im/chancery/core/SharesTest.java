package im.chancery.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Whoever wants how much: the room is never overfull, and never closed to somebody who has nothing in it. */
class SharesTest {
    private static final int LIMIT = 1_000;

    /** A room in which flows such as {@code "a/1"}, of origin {@code "a"}, take as much as they can get. */
    private static final class Room {
        private final Shares shares = new Shares(LIMIT);
        private final Map<String, Integer> flows = new HashMap<>();

        boolean takes(String flow, int size) {
            if (!shares.fits(origin(flow), flows.getOrDefault(flow, 0), size)) {
                return false;
            }
            shares.add(origin(flow), size);
            flows.merge(flow, size, Integer::sum);
            assertThat(shares.inAll()).isLessThanOrEqualTo(LIMIT);
            return true;
        }

        void givesBack(String flow, int size) {
            shares.remove(origin(flow), size);
            flows.merge(flow, -size, Integer::sum);
        }

        void fill(List<String> wanting, int size) {
            boolean more = true;
            while (more) {
                more = false;
                for (String flow : wanting) {
                    more |= takes(flow, size);
                }
            }
        }

        /** Each time one of an origin's leaves, whoever can takes its place. */
        void churn(List<String> wanting) {
            for (int i = 0; i < LIMIT * 5; i++) {
                String leaves = wanting.get(i % wanting.size());
                if (flows.getOrDefault(leaves, 0) > 0) {
                    givesBack(leaves, 1);
                }
                fill(wanting, 1);
            }
        }

        int of(String origin) {
            return flows.entrySet().stream().filter(flow -> origin(flow.getKey()).equals(origin)).mapToInt(Map.Entry::getValue).sum();
        }
    }

    private static String origin(String flow) {
        return flow.substring(0, flow.indexOf('/'));
    }

    private static List<String> flows(String origin, int count) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(origin + "/" + i);
        }
        return all;
    }

    @Example
    void oneFlowAloneGetsThreeFifthsAndManyOfAnOriginThreeQuarters() {
        Room room = new Room();
        room.fill(flows("a", 1), 1);
        assertThat(room.of("a")).isBetween(LIMIT * 3 / 5, LIMIT * 3 / 5 + 1);
        room.fill(flows("a", 100), 1);
        assertThat(room.of("a")).isBetween(LIMIT * 7 / 10, LIMIT * 3 / 4 + 1);
    }

    @Example
    void anOriginOfManyFlowsGetsNotMuchMoreThanOneOfFew() {
        Room room = new Room();
        List<String> wanting = new ArrayList<>(flows("a", 50));
        wanting.addAll(flows("b", 2));
        room.churn(wanting);
        assertThat(room.of("b")).isGreaterThan(LIMIT / 4);
        assertThat(room.of("a")).isLessThan(2 * room.of("b"));
        assertThat(room.takes("a/another", 1)).as("one who doesn't flood").isTrue();
        assertThat(room.takes("b/another", 1)).as("one who doesn't flood").isTrue();
    }

    @Example
    void oneStreamOfAnOriginLeavesRoomForItsOthers() {
        Room room = new Room();
        room.fill(flows("a", 20), 1);
        assertThat(room.takes("a/another", 1)).isTrue();
    }

    /** As large as the flood's: what is left of three quarters is less than one of them. */
    @Example
    void aFloodOfAnOriginLeavesRoomForItsOthersHoweverLargeTheirsAre() {
        Room room = new Room();
        room.fill(flows("a", 24), 6);
        for (String quiet : flows("b", 10)) {
            assertThat(room.takes(quiet.replace("b/", "a/quiet"), 6)).isTrue();
        }
    }

    @Example
    void whatIsGivenBackIsThereAgain() {
        Room room = new Room();
        room.fill(flows("a", 1), 1);
        assertThat(room.takes("a/0", 1)).isFalse();
        room.givesBack("a/0", 1);
        assertThat(room.takes("a/0", 1)).isTrue();
        room.givesBack("a/0", room.of("a"));
        assertThat(room.shares.inAll()).isZero();
        assertThat(room.shares.origins()).isZero();
    }

    @Example
    void theSmallestRoomHasRoomForOne() {
        assertThat(new Shares(1).fits("a", 0, 1)).isTrue();
        assertThat(new Shares(1).fits("a", 0, 2)).isFalse();
    }

    /** However many flood, of however many origins, and however much at a time. */
    @Property(tries = 200)
    void isNeverOverfullAndNeverClosedToANewcomer(@ForAll @Size(min = 1, max = 10) List<@IntRange(min = 1, max = 10) Integer> flowsOfOrigins,
            @ForAll @IntRange(min = 1, max = 3) int size) {
        Room room = new Room();
        List<String> wanting = new ArrayList<>();
        for (int origin = 0; origin < flowsOfOrigins.size(); origin++) {
            wanting.addAll(flows("flood" + origin, flowsOfOrigins.get(origin)));
        }
        room.fill(wanting, size);
        assertThat(room.takes("another/0", size)).isTrue();
    }
}
