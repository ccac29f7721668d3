package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.Exchange;
import im.chancery.core.RecordId;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/** How much is remembered of messages that rooms may give ids; what comes of it is in {@code RecordingGateTest}. */
class AssignedIdsTest {
    private static final Exchange SAID = TestExchanges.roomMessage("ada@localhost/a", "hall@rooms.localhost", "hello", "ada@localhost");
    private static final int OCCUPANTS = 2_500;
    private static final int MOST_MESSAGES = 10_000;

    private final Set<BareJid> occupants = IntStream.range(0, OCCUPANTS)
            .mapToObj(i -> JidCreate.bareFromOrThrowUnchecked("person" + i + "@localhost")).collect(Collectors.toSet());
    private final AssignedIds ids = new AssignedIds();

    /** Hosts tell of the occupants anew with each message. */
    @Test
    void theNewestOfARoomTakeAnIdHoweverFullItIsAndShareItsPeople() {
        LongStream.rangeClosed(0, MOST_MESSAGES).forEach(i -> said(i, occupants));
        List<NewRecord> told = told(MOST_MESSAGES);
        assertThat(told).hasSize(MOST_MESSAGES);
        assertThat(told).allSatisfy(record -> assertThat(record.people()).isSameAs(told.get(0).people()));
        assertThat(told.get(0).people()).isEqualTo(occupants);
        assertThat(told(MOST_MESSAGES)).as("once each").isEmpty();
    }

    /** A room that gives no ids takes none away. */
    @Test
    void ofAFullRoomWhoseOccupantsChangeFewerAreRemembered() {
        int messages = 1_000;
        for (int i = 0; i < messages; i++) {
            Set<BareJid> there = new HashSet<>(occupants);
            there.add(JidCreate.bareFromOrThrowUnchecked("guest" + i + "@partner.example"));
            said(i, there);
        }
        List<NewRecord> told = told(messages);
        Set<Set<BareJid>> people = Collections.newSetFromMap(new IdentityHashMap<>());
        told.forEach(record -> people.add(record.people()));
        assertThat(people.stream().mapToInt(Set::size).sum()).isBetween(100_000, 200_000);
        assertThat(told.get(told.size() - 1).people()).as("the newest").contains(JidCreate.bareFromOrThrowUnchecked("guest999@partner.example"));
        said(messages, Set.of());
        assertThat(told(messages)).as("room is made again").hasSize(1);
    }

    /** An address may have two kilobytes. */
    @Test
    void longAddressesCountForMore() {
        String longest = "p".repeat(1_000) + "@" + "d".repeat(60) + ".example";
        for (int i = 0; i < MOST_MESSAGES; i++) {
            said(i, Set.of(JidCreate.bareFromOrThrowUnchecked(i + longest), JidCreate.bareFromOrThrowUnchecked("q" + i + longest)));
        }
        assertThat(told(MOST_MESSAGES)).hasSizeBetween(5_000, 8_000);
    }

    private void said(long index, Set<BareJid> people) {
        ids.recorded(new RecordId("node", index), SAID, new NewRecord(RecordType.ATTEMPT, "default", people, Optional.of(SAID.to().asBareJid()), new TreeMap<>(), ""));
    }

    /** The records of ids for the attempts up to the last one, oldest first. */
    private List<NewRecord> told(long last) {
        return LongStream.rangeClosed(0, last).mapToObj(i -> ids.assigned(new RecordId("node", i), "given").stream()).flatMap(found -> found).toList();
    }
}
