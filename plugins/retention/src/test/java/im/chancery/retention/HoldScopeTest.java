package im.chancery.retention;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.BucketId;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.RecordId;
import im.chancery.retention.RetentionService.NewHold;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class HoldScopeTest {
    private static final Instant NOON = House.at(House.DAY, 12);

    @Test
    void joinsItsCriteriaByAnd() {
        NewHold both = new NewHold("m", Optional.of(House.jid("ada@x")), Optional.of(House.jid("board@rooms.x")), Optional.empty(), Optional.empty());
        assertThat(HoldScope.covers(both, record(NOON, "board@rooms.x", "ada@x"))).isTrue();
        assertThat(HoldScope.covers(both, record(NOON, "board@rooms.x", "bob@x"))).isFalse();
        assertThat(HoldScope.covers(both, record(NOON, "lunch@rooms.x", "ada@x"))).isFalse();
        assertThat(HoldScope.covers(both, record(NOON, null, "ada@x"))).isFalse();
    }

    /** A bucket that a span doesn't touch isn't looked into, so whatever a span covers must be in a bucket that it touches. */
    @Property
    void touchesTheDayOfEverythingItCovers(@ForAll("instants") Instant from, @ForAll("instants") Instant to, @ForAll("instants") Instant captured) {
        NewHold scope = new NewHold("m", Optional.of(House.jid("ada@x")), Optional.empty(), Optional.of(from), Optional.of(to));
        if (HoldScope.covers(scope, record(captured, null, "ada@x"))) {
            assertThat(HoldScope.touches(scope, LocalDate.ofInstant(captured, ZoneOffset.UTC))).isTrue();
        }
    }

    @Test
    void doesNotTouchADayThatEndsWhereItStartsOrStartsWhereItEnds() {
        Instant midnight = House.at(House.DAY, 0);
        NewHold from = new NewHold("m", Optional.empty(), Optional.empty(), Optional.of(midnight), Optional.empty());
        assertThat(HoldScope.touches(from, House.DAY.minusDays(1))).isFalse();
        assertThat(HoldScope.touches(from, House.DAY)).isTrue();
        NewHold to = new NewHold("m", Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(midnight));
        assertThat(HoldScope.touches(to, House.DAY.minusDays(1))).isTrue();
        assertThat(HoldScope.touches(to, House.DAY)).isFalse();
    }

    @Provide
    Arbitrary<Instant> instants() {
        return Arbitraries.longs().between(-72 * 3600, 72 * 3600).edgeCases(e -> e.add(0L, 43_200L, -43_200L, 43_199L))
                .map(seconds -> NOON.plus(Duration.ofSeconds(seconds)));
    }

    private static ArchivedRecord record(Instant captured, String room, String person) {
        return new ArchivedRecord(new RecordId("north", 1), new BucketId("default", LocalDate.ofInstant(captured, ZoneOffset.UTC)), captured,
                NewRecord.of(RecordType.ATTEMPT, "default", Set.of(House.jid(person)), Optional.ofNullable(room).map(House::jid), Map.of(), "text"));
    }
}
