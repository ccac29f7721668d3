package im.chancery.engine.edge;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.engine.Refusals;
import im.chancery.engine.config.EdgeOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** An edge with all that it meets, driven by hand on the test's own thread. */
final class Scene {
    static final String ADA = "ada@example.test/desk";
    static final String BOB = "bob@example.test/phone";
    static final String PAT = "pat@partner.test/x";
    static final String TEA = "tea@rooms.example.test";
    static final Duration DEADLINE = Duration.ofSeconds(5);
    static final long MAX_HELD = 8_000;
    static final String UNAVAILABLE = "bounced " + Refusals.UNAVAILABLE.text();
    static final String BAD_ADDRESS = "bounced " + Refusals.BAD_ADDRESS.text();
    static final String ROOM_CHANGES = "bounced " + Refusals.ROOM_CHANGES.text();

    final ScriptedGate gate = new ScriptedGate();
    final TestHost host = TestHost.withRooms();
    final HandExecutor releasers = new HandExecutor();
    private final List<TestStanza> taken = new ArrayList<>();
    private long now;
    final Edge edge = new Edge(gate, host, new EdgeOptions(DEADLINE, MAX_HELD), releasers, () -> now);

    /** A client's stream brings a stanza that doesn't go on at once. */
    TestStanza holds(String stream, TestStanza stanza) {
        return holds(stream, Edge.Source.CLIENT, stanza);
    }

    TestStanza holds(String stream, Edge.Source source, TestStanza stanza) {
        assertThat(edge.arrives(stream, source, stanza)).isFalse();
        taken.add(stanza);
        return stanza;
    }

    TestStanza holds(String stream, String xml) {
        return holds(stream, new TestStanza(xml));
    }

    /** Ada's client brings a message to somebody. */
    TestStanza message(String to) {
        return holds("ada", TestStanza.message("m", ADA, to));
    }

    /** The host is about to send something to somebody, and it isn't asked about; returns whether it goes on. */
    boolean fromHost(TestStanza stanza) {
        return edge.fromHost(stanza, name -> {
            throw new AssertionError("asked about, as " + name);
        });
    }

    void allow(int attempt) {
        gate.allow(attempt);
        releasers.run();
    }

    void refuse(int attempt) {
        gate.refuse(attempt);
        releasers.run();
    }

    void recordNothing(int attempt) {
        gate.recordNothing(attempt);
        releasers.run();
    }

    void allowAll() {
        for (int attempt = 0; attempt < gate.asked(); attempt++) {
            allow(attempt);
        }
    }

    /** So much time passes, and the edge looks whose deadline it was. */
    void pass(Duration time) {
        now += time.toNanos();
        releasers.runRepeated();
        releasers.run();
    }

    /** Whatever was tried: once all streams have ended nothing waits or is kept in mind, and each stanza has ended once. */
    void endsWithNothing() {
        pass(DEADLINE.plusSeconds(1));
        assertThat(edge.waiting()).isZero();
        assertThat(edge.lanes()).isZero();
        assertThat(taken).allSatisfy(stanza -> assertThat(stanza.ends()).hasSize(1));
    }
}
