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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jxmpp.jid.BareJid;

class HoldScopeTest {
    private static final Instant NOON = House.at(House.DAY, 12);

    @Test
    void joinsItsCriteriaByAnd() {
        NewHold both = new NewHold("m", Optional.of(House.jid("ada@x")), Optional.of(House.jid("board@rooms.x")), Optional.empty(), Optional.empty());
        assertThat(HoldScope.covers(both).test(record(NOON, "board@rooms.x", "ada@x"))).isTrue();
        assertThat(HoldScope.covers(both).test(record(NOON, "board@rooms.x", "bob@x"))).isFalse();
        assertThat(HoldScope.covers(both).test(record(NOON, "lunch@rooms.x", "ada@x"))).isFalse();
        assertThat(HoldScope.covers(both).test(record(NOON, null, "ada@x"))).isFalse();
    }

    /** Pairs of one address, as a keyboard writes it and as a host has it. */
    @ParameterizedTest
    @CsvSource({"ju\u0308rgen@x, j\u00fcrgen@x", "\uff41da@x, ada@x", "ada@xn--bcher-kva.example, ada@b\u00fccher.example",
            "ada@bu\u0308cher.example, ada@xn--bcher-kva.example", "ada@x\u3002example, ada@x.example"})
    void coversANameInEachFormThatUnicodeHasForIt(String typed, String there) {
        NewHold custodian = new NewHold("m", Optional.of(House.jid(typed)), Optional.empty(), Optional.empty(), Optional.empty());
        assertThat(HoldScope.covers(custodian).test(record(NOON, null, there))).isTrue();
        assertThat(HoldScope.covers(custodian).test(record(NOON, null, "jurgen@x"))).isFalse();
        NewHold room = new NewHold("m", Optional.empty(), Optional.of(House.jid(typed)), Optional.empty(), Optional.empty());
        assertThat(HoldScope.covers(room).test(record(NOON, there, "bob@x"))).isTrue();
        assertThat(HoldScope.covers(room).test(record(NOON, "jurgen@x", "bob@x"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"j\u00fcrgen@xn--", "j\u00fcrgen@xn--99999999999", "j\u00fcrgen@..x"})
    void comparesNamesWhoseDomainIsNone(String address) {
        BareJid odd = House.jid(address);
        NewHold custodian = new NewHold("m", Optional.of(odd), Optional.empty(), Optional.empty(), Optional.empty());
        assertThat(HoldScope.covers(custodian).test(record(NOON, null, address))).isTrue();
        assertThat(HoldScope.covers(custodian).test(record(NOON, null, "ju\u0308rgen@" + odd.getDomain()))).isTrue();
        assertThat(HoldScope.covers(custodian).test(record(NOON, null, "ada@x"))).isFalse();
    }

    @Test
    void holdsThroughADisposalWhatWasSaidUnderANameThatIsTypedInAnotherForm() throws Exception {
        try (House house = new House("default", "1 day", "audit", "7 years").open()) {
            RecordId said = house.say("default", "evidence", "j\u00fcrgen@x", "bob@x");
            RecordId other = house.say("default", "lunch", "bob@x");
            house.retention.hold(House.custodian("ju\u0308rgen@x"), "ruth");
            house.clock.advance(Duration.ofDays(3));
            house.retention.dispose(false, "schedule");
            assertThat(house.opens(said)).isTrue();
            assertThat(house.opens(other)).isFalse();
        }
    }

    /** A bucket that a span doesn't touch isn't looked into, so whatever a span covers must be in a bucket that it touches. */
    @Property
    void touchesTheDayOfEverythingItCovers(@ForAll("instants") Instant from, @ForAll("instants") Instant to, @ForAll("instants") Instant captured) {
        NewHold scope = new NewHold("m", Optional.of(House.jid("ada@x")), Optional.empty(), Optional.of(from), Optional.of(to));
        if (HoldScope.covers(scope).test(record(captured, null, "ada@x"))) {
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
