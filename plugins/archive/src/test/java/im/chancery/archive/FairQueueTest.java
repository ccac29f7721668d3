package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Who comes when out of the writer's queue, and who finds a place in it. */
class FairQueueTest {
    private static final int LIMIT = 100;
    private static final List<String> SENDERS = List.of("ada@house.test/desk", "boris@house.test/phone", "pat@partner.test/x", "quinn@partner.test", "gateway.test");

    private final FairQueue queue = new FairQueue(LIMIT);

    private static Pending by(String sender, int number) {
        Map<String, String> fields = sender.isEmpty() ? Map.of() : Map.of(Fields.FROM, sender);
        return Pending.of(NewRecord.of(RecordType.ATTEMPT, "default", Set.of(), Optional.empty(), fields, Integer.toString(number)));
    }

    private int fill(String sender) {
        int taken = 0;
        while (queue.offer(by(sender, taken))) {
            taken++;
        }
        return taken;
    }

    private List<String> next(int count) {
        List<String> next = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Pending pending = queue.poll();
            next.add(pending.record.fields().getOrDefault(Fields.FROM, "own") + " " + pending.record.content());
        }
        return next;
    }

    @Example
    void originsTakeTurnsAndSoDoTheSendersOfOne() {
        fill("ada@house.test/desk");
        fill("boris@house.test/desk");
        queue.offer(by("pat@partner.test/x", 0));
        queue.offer(by("pat@partner.test/x", 1));
        queue.offer(by("", 0));
        assertThat(next(7)).containsExactly("ada@house.test/desk 0", "pat@partner.test/x 0", "own 0", "boris@house.test/desk 0", "pat@partner.test/x 1",
                "ada@house.test/desk 1", "boris@house.test/desk 1");
    }

    /** A person who floods by many clients is one sender. */
    @Example
    void aSendersClientsShareItsTurn() {
        queue.offer(by("ada@house.test/a", 0));
        queue.offer(by("ada@house.test/b", 1));
        queue.offer(by("boris@house.test/a", 2));
        assertThat(next(3)).containsExactly("ada@house.test/a 0", "boris@house.test/a 2", "ada@house.test/b 1");
    }

    @Example
    void aFloodLeavesPlacesForOthers() {
        assertThat(fill("pat@partner.test/x")).isBetween(LIMIT / 2, LIMIT * 2 / 3);
        assertThat(fill("quinn@partner.test/x")).as("another sender of the same origin").isPositive();
        assertThat(fill("ada@house.test/desk")).as("another origin").isPositive();
        assertThat(queue.offer(by("", 0))).as("the archive's own").isTrue();
        assertThat(queue.size()).isLessThanOrEqualTo(LIMIT);
    }

    /** What is sealed already waits as well. */
    @Example
    void aRecordKeepsItsPlaceUntilItLeaves() throws InterruptedException {
        int taken = fill("ada@house.test/desk");
        List<Pending> polled = new ArrayList<>();
        for (int i = 0; i < taken; i++) {
            polled.add(queue.poll());
        }
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.size()).isEqualTo(taken);
        assertThat(queue.offer(by("ada@house.test/desk", 0), 1)).isFalse();
        queue.leave(polled);
        assertThat(queue.size()).isZero();
        assertThat(queue.offer(by("ada@house.test/desk", 0), 1)).isTrue();
    }

    @Example
    void whoWaitsForAPlaceGetsTheNextOne() throws InterruptedException {
        fill("ada@house.test/desk");
        Thread waiting = new Thread(() -> {
            try {
                queue.offer(by("ada@house.test/desk", -1), 60_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        waiting.start();
        int before = queue.size();
        queue.leave(List.of(queue.poll()));
        waiting.join(60_000);
        assertThat(queue.size()).isEqualTo(before);
    }

    @Property(tries = 300)
    void eachSendersRecordsComeInTheirOrderAndNoneIsLost(@ForAll @Size(max = 300) List<@IntRange(max = 7) Integer> script) {
        FairQueue any = new FairQueue(LIMIT);
        Map<String, List<String>> put = new HashMap<>();
        Map<String, List<String>> got = new HashMap<>();
        int number = 0;
        for (int step : script) {
            if (step < SENDERS.size()) {
                Pending pending = by(SENDERS.get(step), number++);
                if (any.offer(pending)) {
                    put.computeIfAbsent(pending.flow.sender(), s -> new ArrayList<>()).add(pending.record.content());
                }
            } else {
                take(any, got);
            }
        }
        while (!any.isEmpty()) {
            take(any, got);
        }
        assertThat(got).isEqualTo(put);
        assertThat(any.size()).isZero();
    }

    private static void take(FairQueue from, Map<String, List<String>> got) {
        Pending pending = from.poll();
        if (pending != null) {
            got.computeIfAbsent(pending.flow.sender(), s -> new ArrayList<>()).add(pending.record.content());
            from.leave(List.of(pending));
        }
    }
}
