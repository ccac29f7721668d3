package im.chancery.retention;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.BucketId;
import im.chancery.archive.BucketStatus;
import im.chancery.core.RecordId;
import im.chancery.retention.RetentionService.Disposal;
import im.chancery.retention.RetentionService.LegalHold;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;

/**
 * Random lives of an archive against a model of a few lines: nothing held is ever destroyed, everything due and not held
 * is gone after a disposal, and the counts are right. Periods are short, that of the audit class shortest, so that
 * records of holds and releases fall due themselves.
 */
class RetentionModelTest {
    private static final Map<String, Integer> DAYS = Map.of("default", 30, "deals", 60, "audit", 20);

    /** What the model knows of a message. */
    private record Message(RecordId id, Set<String> people, BucketId bucket) {
    }

    /** One thing that happens; {@code n} is whatever number it needs. */
    private record Action(Kind kind, int n) {
        @Override
        public String toString() {
            return kind + " " + n;
        }
    }

    private enum Kind {
        SAY, HOLD, RELEASE, ADVANCE, DISPOSE, RESTART, LOSE_ROWS
    }

    @Property(tries = 12, shrinking = ShrinkingMode.BOUNDED)
    void nothingHeldGoesAndEverythingDueAndNotHeldIsGone(@ForAll("lives") List<Action> life) throws Exception {
        try (House house = new House("default", "30 days", "deals", "60 days", "audit", "20 days").open()) {
            Life lived = new Life(house);
            for (Action action : life) {
                lived.take(action);
            }
            lived.take(new Action(Kind.DISPOSE, 0));
        }
    }

    @Provide
    Arbitrary<List<Action>> lives() {
        Arbitrary<Kind> kinds = Arbitraries.frequency(Tuple.of(8, Kind.SAY), Tuple.of(3, Kind.HOLD), Tuple.of(3, Kind.RELEASE), Tuple.of(5, Kind.ADVANCE),
                Tuple.of(4, Kind.DISPOSE), Tuple.of(1, Kind.RESTART), Tuple.of(1, Kind.LOSE_ROWS));
        return kinds.flatMap(k -> Arbitraries.integers().between(0, 39).map(n -> new Action(k, n))).list().ofMinSize(10).ofMaxSize(50);
    }

    /** A house and its model, side by side. */
    private static final class Life {
        private final House house;
        private final List<Message> alive = new ArrayList<>();
        private final List<Message> dead = new ArrayList<>();
        private final Map<String, String> holds = new LinkedHashMap<>();

        Life(House house) {
            this.house = house;
        }

        void take(Action action) throws SQLException {
            switch (action.kind()) {
                case SAY -> say(action.n());
                case HOLD -> hold("p" + action.n() % 5 + "@x");
                case RELEASE -> release(action.n());
                case ADVANCE -> house.clock.advance(Duration.ofDays(1 + action.n()));
                case DISPOSE -> dispose();
                case RESTART -> house.restart();
                case LOSE_ROWS -> loseRows();
            }
        }

        private void say(int n) {
            Set<String> people = new TreeSet<>(List.of("p" + n % 5 + "@x", "p" + n / 8 + "@x"));
            String recordClass = n % 3 == 0 ? "deals" : "default";
            alive.add(new Message(house.say(recordClass, "text " + n, people.toArray(String[]::new)), people, new BucketId(recordClass, house.today())));
        }

        private void hold(String who) {
            RetentionService.HoldResult result = house.retention.hold(House.custodian(who), "ruth");
            assertThat(result.held()).isEqualTo(alive.stream().filter(m -> m.people().contains(who)).count());
            assertThat(result.tooLate()).isGreaterThanOrEqualTo(dead.stream().filter(m -> m.people().contains(who)).count());
            holds.put(result.hold().id(), who);
        }

        private void release(int n) {
            if (!holds.isEmpty()) {
                String id = List.copyOf(holds.keySet()).get(n % holds.size());
                house.retention.release(id, "ruth");
                holds.remove(id);
            }
        }

        /** As if the process had died after the records of all holds were durable and before their rows were. */
        private void loseRows() throws SQLException {
            house.archive.close();
            house.open();
            try (Connection connection = house.archive.dataSource().getConnection(); Statement delete = connection.createStatement()) {
                delete.executeUpdate("DELETE FROM retention_hold");
            }
        }

        private void dispose() {
            Map<BucketId, Long> records = house.archive.buckets().stream().collect(Collectors.toMap(BucketStatus::id, BucketStatus::records));
            Map<BucketId, Long> heldByBucket = new TreeMap<>();
            List<Message> going = new ArrayList<>();
            for (Message m : alive) {
                if (isDue(m.bucket())) {
                    if (m.people().stream().anyMatch(holds::containsValue)) {
                        heldByBucket.merge(m.bucket(), 1L, Long::sum);
                    } else {
                        going.add(m);
                    }
                }
            }
            List<Disposal> dry = house.retention.dispose(true, "olga");
            List<Disposal> real = house.retention.dispose(false, "olga");
            alive.removeAll(going);
            dead.addAll(going);

            // Records of the audit class may go between the two, because the first of them to go lets others go.
            assertThat(counts(real)).containsAllEntriesOf(counts(dry));
            for (Disposal d : real) {
                assertThat(d.destroyed() + d.held() + d.kept()).as("all of %s", d.bucket()).isEqualTo(records.get(d.bucket()));
                if (!d.bucket().recordClass().equals("audit")) {
                    assertThat(d.held()).as("held of %s", d.bucket()).isEqualTo(heldByBucket.getOrDefault(d.bucket(), 0L));
                }
            }
            assertThat(real).extracting(Disposal::bucket).containsAll(heldByBucket.keySet()).containsAll(going.stream().map(Message::bucket).toList());
            assertThat(alive).allSatisfy(m -> assertThat(house.opens(m.id())).as("%s is due: %s", m, isDue(m.bucket())).isTrue());
            assertThat(dead).allSatisfy(m -> assertThat(house.opens(m.id())).as("%s", m).isFalse());
            assertThat(house.retention.holds().stream().filter(h -> h.released().isEmpty()).map(LegalHold::id)).containsExactlyInAnyOrderElementsOf(holds.keySet());
        }

        private static Map<BucketId, String> counts(List<Disposal> disposals) {
            return disposals.stream().filter(d -> !d.bucket().recordClass().equals("audit"))
                    .collect(Collectors.toMap(Disposal::bucket, d -> d.destroyed() + " " + d.held() + " " + d.kept()));
        }

        private boolean isDue(BucketId bucket) {
            LocalDate due = bucket.day().plusDays(1 + DAYS.get(bucket.recordClass()));
            return !house.today().isBefore(due);
        }
    }
}
