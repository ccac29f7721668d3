package im.chancery.engine.edge;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import im.chancery.core.Outcome;
import im.chancery.engine.config.EdgeOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.slf4j.LoggerFactory;

/** Whatever comes in whatever order: each stanza ends once, in its stream's order, each attempt has one outcome, and nothing stays behind. */
class EdgePropertyTest {
    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final List<String> ADDRESSES = List.of("bob@example.test", "pat@partner.test", "tea@rooms.example.test", "tea@rooms.example.test/Eve",
            "example.test", "b".repeat(1024) + "@example.test");
    private static final List<String> PEOPLE = List.of("ada@example.test", "bob@example.test", "eve@example.test");

    private static final Logger LOG = (Logger) LoggerFactory.getLogger(Edge.class);

    private enum Doing {
        MESSAGE, PRESENCE, GOODBYE, IQ, BEHIND, ALLOW, REFUSE, FAIL, RELEASE, TIME, ROOM
    }

    /**
     * What happens.
     *
     * @param number picks a stream, an attempt, a room's occupant or what else there is to pick
     * @param other  picks an address
     * @param flag   whether the host fails at a stanza's end; whether the newest task is run first
     */
    record Step(Doing doing, int number, int other, boolean flag) {
    }

    /** A stanza, or what isn't one, on its stream. */
    private record Brought(String stream, TestStanza stanza, boolean wentOnAtOnce) {
    }

    /** One run of a script. */
    private static final class Run {
        private final ScriptedGate gate = new ScriptedGate();
        private final TestHost host = TestHost.withRooms();
        private final HandExecutor releasers = new HandExecutor();
        private final List<Brought> brought = new ArrayList<>();
        private final List<TestStanza> wentOn = new ArrayList<>();
        private final Map<Integer, Boolean> recorded = new ConcurrentHashMap<>();
        private long now;
        private final Edge edge = new Edge(gate, host, new EdgeOptions(DEADLINE, 8_000), releasers, () -> now);

        void play(Step step) {
            String stream = "stream " + step.number() % 4;
            String ada = "ada@example.test/" + step.number() % 4;
            String to = ADDRESSES.get(step.other() % ADDRESSES.size());
            switch (step.doing()) {
                case MESSAGE -> arrives(stream, TestStanza.message("m", ada, to), step);
                case PRESENCE -> arrives(stream, TestStanza.presence("p", ada, to), step);
                case GOODBYE -> arrives(stream, new TestStanza("<presence type='unavailable' from='" + ada + "' to='" + to + "'/>"), step);
                case IQ -> arrives(stream, new TestStanza("<iq type='get' id='i' from='" + ada + "' to='" + to + "'><q xmlns='q'/></iq>"), step);
                case BEHIND -> {
                    TestStanza item = ending(new TestStanza("<message/>"), step.flag());
                    brings(stream, item, edge.passes(stream, item));
                }
                case ALLOW, REFUSE, FAIL -> answer(step);
                case RELEASE -> releasers.runOne(!step.flag());
                case TIME -> {
                    now += Duration.ofMillis(500L * (step.number() % 4)).toNanos();
                    releasers.runRepeated();
                }
                case ROOM -> host.occupy("tea@rooms.example.test", step.flag() ? "Eve" : "Bob", step.other() % 4 == 3 ? null : PEOPLE.get(step.other() % 3));
            }
        }

        private void arrives(String stream, TestStanza stanza, Step step) {
            Edge.Source source = step.number() % 4 == 0 ? Edge.Source.OUTSIDE : Edge.Source.CLIENT;
            brings(stream, stanza, edge.arrives(stream, source, ending(stanza, step.flag())));
        }

        private TestStanza ending(TestStanza stanza, boolean fails) {
            return stanza.atEnd(() -> {
                if (stanza.ends().contains("on")) {
                    wentOn.add(stanza);
                }
                if (fails) {
                    throw new IllegalStateException("the host is full");
                }
            });
        }

        private void brings(String stream, TestStanza stanza, boolean goesOn) {
            brought.add(new Brought(stream, stanza, goesOn));
            if (goesOn) {
                wentOn.add(stanza);
            }
        }

        private void answer(Step step) {
            if (gate.asked() == 0) {
                return;
            }
            int attempt = step.number() % gate.asked();
            if (step.doing() == Doing.FAIL) {
                gate.recordNothing(attempt);
            } else if (step.doing() == Doing.ALLOW) {
                gate.allow(attempt);
            } else {
                gate.refuse(attempt);
            }
            recorded.putIfAbsent(attempt, step.doing() != Doing.FAIL);
        }

        /** The rest gets no verdict until it is too late. */
        void end() {
            now += DEADLINE.plusSeconds(1).toNanos();
            releasers.runRepeated();
            releasers.run();
            for (int attempt = 0; attempt < gate.asked(); attempt++) {
                gate.allow(attempt);
                recorded.putIfAbsent(attempt, true);
            }
            releasers.run();
        }

        void check() {
            assertThat(edge.waiting()).isZero();
            assertThat(edge.lanes()).isZero();
            assertThat(brought).allSatisfy(one -> assertThat(one.stanza().ends()).hasSize(one.wentOnAtOnce() ? 0 : 1));
            for (int i = 0; i < 4; i++) {
                String stream = "stream " + i;
                List<TestStanza> inOrder = brought.stream().filter(one -> one.stream().equals(stream)).map(Brought::stanza).toList();
                assertThat(wentOn.stream().filter(inOrder::contains).toList()).isEqualTo(inOrder.stream().filter(wentOn::contains).toList());
            }
            for (int attempt = 0; attempt < gate.asked(); attempt++) {
                assertThat(gate.outcomes(attempt)).as("attempt %s", attempt).hasSize(recorded.get(attempt) ? 1 : 0);
            }
        }
    }

    /** Each fault that a script asks for would be logged. */
    @BeforeContainer
    static void logNothing() {
        LOG.setLevel(Level.OFF);
    }

    @AfterContainer
    static void logAgain() {
        LOG.setLevel(null);
    }

    @Provide
    Arbitrary<List<Step>> scripts() {
        return Combinators.combine(Arbitraries.of(Doing.class), Arbitraries.integers().between(0, 40), Arbitraries.integers().between(0, 40), Arbitraries.of(true, false))
                .as(Step::new).list().ofMaxSize(60);
    }

    @Property(tries = 2_000)
    void everyStanzaEndsOnceAndNothingStays(@ForAll("scripts") List<Step> script) {
        Run run = new Run();
        script.forEach(run::play);
        run.end();
        run.check();
    }

    /** Many streams, verdicts and ends of streams at once, on the edge's own threads; and it is closed while much is held. */
    @Example
    void manyThreadsLoseNothing() throws InterruptedException {
        int streams = 6;
        int each = 1_000;
        ScriptedGate gate = new ScriptedGate();
        Edge edge = new Edge(gate, TestHost.withRooms(), new EdgeOptions(Duration.ofMinutes(1), 1L << 30));
        Map<Integer, List<Integer>> order = new ConcurrentHashMap<>();
        List<TestStanza> stanzas = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(streams + 2);
        for (int stream = 0; stream < streams; stream++) {
            int number = stream;
            List<Integer> own = new ArrayList<>();
            order.put(stream, own);
            List<TestStanza> sent = new ArrayList<>();
            for (int i = 0; i < each; i++) {
                int at = i;
                String xml = i % 3 == 0 ? "<iq type='get' id='i' from='ada@example.test/x' to='example.test'/>"
                        : "<message from='ada@example.test/x' to='bob@example.test'/>";
                sent.add(new TestStanza(xml).atEnd(() -> own.add(at)));
            }
            stanzas.addAll(sent);
            threads.execute(() -> {
                for (TestStanza stanza : sent) {
                    if (edge.arrives(number, number % 2 == 0 ? Edge.Source.CLIENT : Edge.Source.OUTSIDE, stanza)) {
                        stanza.handOn();
                    }
                }
            });
        }
        int asked = streams * (each - (each + 2) / 3);
        AtomicInteger next = new AtomicInteger();
        for (int i = 0; i < 2; i++) {
            threads.execute(() -> {
                for (int attempt = next.getAndIncrement(); attempt < asked; attempt = next.getAndIncrement()) {
                    gate.awaitAsked(attempt + 1);
                    if (attempt % 7 == 0) {
                        gate.refuse(attempt);
                    } else {
                        gate.allow(attempt);
                    }
                }
            });
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        edge.close();
        assertThat(edge.waiting()).isZero();
        assertThat(edge.lanes()).isZero();
        assertThat(stanzas).allSatisfy(stanza -> assertThat(stanza.ends()).hasSize(1));
        assertThat(order.values()).allSatisfy(own -> assertThat(own).hasSize(each).isSorted());
        for (int attempt = 0; attempt < asked; attempt++) {
            assertThat(gate.outcomes(attempt)).containsExactly(attempt % 7 == 0 ? Outcome.BOUNCED : Outcome.HANDED_ON);
        }
    }

    /** Of two joins to one room that get their verdicts at once, one has been asked about with the other there. */
    @Example
    void twoThreadsLetNoTwoIntoARoomUnseen() throws InterruptedException {
        int rooms = 500;
        ScriptedGate gate = new ScriptedGate();
        Edge edge = new Edge(gate, TestHost.withRooms(), new EdgeOptions(Duration.ofMinutes(1), 1L << 30));
        for (int room = 0; room < rooms; room++) {
            String address = "r" + room + "@rooms.example.test/";
            int first = gate.asked();
            edge.arrives("ada", Edge.Source.CLIENT, TestStanza.presence("p", "ada@example.test/x", address + "Ada"));
            edge.arrives("bob", Edge.Source.CLIENT, TestStanza.presence("p", "bob@example.test/x", address + "Bob"));
            CountDownLatch ready = new CountDownLatch(2);
            Thread other = new Thread(() -> allowTogether(gate, first, ready));
            other.start();
            allowTogether(gate, first + 1, ready);
            other.join();
            gate.awaitAsked(first + 3);
            assertThat(gate.exchange(first + 2).room().orElseThrow().occupants()).hasSize(1);
            gate.allow(first + 2);
        }
        edge.close();
        assertThat(gate.asked()).isEqualTo(3 * rooms);
    }

    private static void allowTogether(ScriptedGate gate, int attempt, CountDownLatch ready) {
        ready.countDown();
        while (ready.getCount() > 0) {
            Thread.onSpinWait();
        }
        gate.allow(attempt);
    }

    /** Closing waits for what is held, and takes nothing meanwhile. */
    @Example
    void closingWaitsForVerdicts() throws InterruptedException {
        ScriptedGate gate = new ScriptedGate();
        Edge edge = new Edge(gate, TestHost.withRooms(), new EdgeOptions(Duration.ofMinutes(1), 1L << 30));
        TestStanza held = TestStanza.message("m", "ada@example.test/x", "bob@example.test");
        edge.arrives("ada", Edge.Source.CLIENT, held);
        Thread closing = new Thread(edge::close);
        closing.start();
        TestStanza late;
        int asked;
        do {
            asked = gate.asked();
            late = TestStanza.message("m", "bob@example.test/x", "ada@example.test");
            edge.arrives("bob", Edge.Source.CLIENT, late);
        } while (late.ends().isEmpty() && asked < 100_000);
        assertThat(closing.isAlive()).isTrue();
        assertThat(late.ends()).hasSize(1);
        for (int attempt = 0; attempt < gate.asked(); attempt++) {
            gate.allow(attempt);
        }
        closing.join();
        assertThat(held.ends()).containsExactly("on");
        assertThat(edge.waiting()).isZero();
    }
}
