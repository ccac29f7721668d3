package im.chancery.engine.edge;

import static im.chancery.engine.edge.Scene.ADA;
import static im.chancery.engine.edge.Scene.DEADLINE;
import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a room elsewhere says as an occupant goes: held where words can be in it, without ever keeping somebody there who is gone. */
class EdgeOccupancyTest {
    private static final String ROOM = "tea@rooms.partner.test";
    private static final String RENAMED = "<item affiliation='none' role='visitor' nick='Pete'/><status code='303'/>";

    private final Scene scene = new Scene();
    private final ScriptedGate gate = scene.gate;
    private final Edge edge = scene.edge;

    @BeforeEach
    void aRoomElsewhereHasShownAnOccupant() {
        scene.holds("room", Edge.Source.OUTSIDE, TestStanza.presence("p", ROOM + "/Pat", ADA));
        scene.allow(0);
    }

    @AfterEach
    void endsWithNothing() {
        scene.endsWithNothing();
    }

    @Test
    void whatIsAllowedGoesOnAsTheRoomHasSaidIt() {
        TestStanza goodbye = scene.holds("room", Edge.Source.OUTSIDE, goodbye("Pat", RENAMED));
        assertThat(gate.exchange(1).stanza()).contains("Pete").doesNotContain("beside");
        scene.allow(1);
        assertThat(goodbye.ends()).containsExactly("on");
        assertThat(goodbye.xml()).contains("Pete", "303");
        assertThat(gate.outcomes(1)).containsExactly(Outcome.HANDED_ON);
        assertThat(edge.mayShow(goodbye)).isTrue();
    }

    @Test
    void whatIsRefusedGoesOnWithoutWords() {
        TestStanza goodbye = scene.holds("room", Edge.Source.OUTSIDE, goodbye("Pat", RENAMED));
        scene.refuse(1);
        goesOnWithoutWords(goodbye);
        assertThat(gate.outcomes(1)).containsExactly(Outcome.BOUNCED);
        scene.holds("room", Edge.Source.OUTSIDE, goodbye("Pat", ""));
        assertThat(gate.asked()).as("about a second goodbye").isEqualTo(3);
    }

    @Test
    void whatIsRefusedAndCanNotGoOnHasItsOutcomeAllTheSame() {
        TestStanza goodbye = scene.holds("room", Edge.Source.OUTSIDE, goodbye("Pat", RENAMED)).failsAtEnd();
        scene.refuse(1);
        assertThat(goodbye.ends()).containsExactly("on");
        assertThat(gate.outcomes(1)).containsExactly(Outcome.BOUNCED);
    }

    @Test
    void whatIsNotDecidedInTimeGoesOnWithoutWordsBehindWhatWasBeforeIt() {
        TestStanza before = scene.holds("room", Edge.Source.OUTSIDE, TestStanza.presence("p", ROOM + "/Pat", ADA));
        TestStanza goodbye = scene.holds("room", Edge.Source.OUTSIDE, goodbye("Pat", RENAMED)).atEnd(() -> assertThat(before.ends()).hasSize(1));
        scene.pass(DEADLINE.plusSeconds(1));
        goesOnWithoutWords(goodbye);
        scene.allow(2);
        assertThat(gate.outcomes(2)).containsExactly(Outcome.BOUNCED);
    }

    /** Whether its sender was seen is known when what came before it has been decided. */
    @Test
    void aGoodbyeRightBehindThePresenceItself() {
        scene.holds("room", Edge.Source.OUTSIDE, TestStanza.presence("p", ROOM + "/Eve", ADA));
        TestStanza goodbye = scene.holds("room", Edge.Source.OUTSIDE, goodbye("Eve", RENAMED));
        scene.allow(1);
        scene.refuse(2);
        goesOnWithoutWords(goodbye);
    }

    @Test
    void ofWhomNobodyHasSeenARefusedGoodbyeEndsInSilence() {
        TestStanza goodbye = scene.holds("room", Edge.Source.OUTSIDE, goodbye("Eve", RENAMED));
        scene.refuse(1);
        assertThat(goodbye.ends()).containsExactly("discarded");
    }

    /** The id is the leaving client's own words, for nobody else, and once. */
    @Test
    void whoLeavesGetsTheirOwnIdBack() {
        String own = ROOM + "/Ada";
        scene.holds("ada", TestStanza.presence("p", ADA, own));
        scene.allow(1);
        TestStanza leaving = new TestStanza("<presence type='unavailable' id='own words' from='" + ADA + "' to='" + own + "'/>");
        assertThat(edge.arrives("ada", Edge.Source.CLIENT, leaving)).isTrue();
        assertThat(leaving.xml()).doesNotContain("own words");
        scene.holds("room", Edge.Source.OUTSIDE, TestStanza.presence("p", own, ADA));
        scene.allow(2);
        TestStanza others = goodbye("Ada", Scene.BOB, "");
        scene.holds("room", Edge.Source.OUTSIDE, others);
        assertThat(others.xml()).doesNotContain("own words");
        scene.refuse(3);
        TestStanza told = goodbye("Ada", "");
        assertThat(edge.arrives("room", Edge.Source.OUTSIDE, told)).isTrue();
        assertThat(told.xml()).contains("id=\"own words\"");
        TestStanza again = scene.holds("room", Edge.Source.OUTSIDE, goodbye("Ada", ""));
        scene.allow(4);
        assertThat(again.xml()).doesNotContain("own words");
    }

    @Test
    void whatCanNotBeAskedAboutGoesOnWithoutWords() {
        edge.close();
        TestStanza goodbye = goodbye("Pat", RENAMED);
        assertThat(edge.arrives("room", Edge.Source.OUTSIDE, goodbye)).isTrue();
        assertThat(goodbye.xml()).contains("visitor").doesNotContain("Pete").doesNotContain("303");
        assertThat(gate.asked()).isEqualTo(1);
    }

    private void goesOnWithoutWords(TestStanza goodbye) {
        assertThat(goodbye.ends()).containsExactly("on");
        assertThat(goodbye.xml()).contains("unavailable", "visitor").doesNotContain("Pete").doesNotContain("303");
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(edge.mayShow(goodbye)).as("that it is on its way").isTrue();
    }

    private static TestStanza goodbye(String nickname, String said) {
        return goodbye(nickname, ADA, said);
    }

    private static TestStanza goodbye(String nickname, String reader, String said) {
        return new TestStanza("<presence type='unavailable' from='" + ROOM + "/" + nickname + "' to='" + reader + "'><status>beside</status>"
                + "<x xmlns='http://jabber.org/protocol/muc#user'>" + said + "</x></presence>");
    }
}
