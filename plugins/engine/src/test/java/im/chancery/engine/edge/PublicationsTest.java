package im.chancery.engine.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What people publish by way of a service of this server is for whom its publisher may reach. */
class PublicationsTest {
    private static final String SERVICE = "pubsub.example.test";
    private static final String OWN = Scene.ADA;
    private static final String OTHER = Scene.BOB;
    private static final String PUBSUB = "http://jabber.org/protocol/pubsub";

    private final Scene scene = new Scene();
    private final ScriptedGate gate = scene.gate;
    private int asked;

    private TestStanza sets(String who, String children) {
        TestStanza stanza = scene.holds(who, "<iq type='set' id='s' from='" + who + "' to='" + SERVICE + "'><pubsub xmlns='" + PUBSUB + "'>" + children + "</pubsub></iq>");
        scene.allow(asked++);
        return stanza;
    }

    private static TestStanza event(String reader, String children) {
        return new TestStanza("<message from='" + SERVICE + "' to='" + reader + "'><event xmlns='" + PUBSUB + "#event'>" + children + "</event></message>");
    }

    private static String items(String... publishers) {
        StringBuilder items = new StringBuilder();
        for (String publisher : publishers) {
            items.append("<item id='i'").append(publisher.isEmpty() ? "" : " publisher='" + publisher + "'").append("><entry xmlns='urn:x'>words</entry></item>");
        }
        return "<items node='n'>" + items + "</items>";
    }

    private static TestStanza result(String reader, String... publishers) {
        return new TestStanza("<iq type='result' id='r' from='" + SERVICE + "' to='" + reader + "'><pubsub xmlns='" + PUBSUB + "'>" + items(publishers) + "</pubsub></iq>");
    }

    @Test
    void anItemShouldCarryItsPublishersNameWhateverItSays() {
        assertThat(sets(OWN, "<publish node='n'><item publisher='bob@example.test'><entry xmlns='urn:x'/></item><item/></publish>").xml())
                .contains("publisher=\"ada@example.test\"").doesNotContain("bob@").containsPattern("publisher=.*publisher=");
        assertThat(sets(OWN, "</pubsub><pubsub xmlns='" + PUBSUB + "'><publish node='n'><item publisher='bob@example.test'/></publish>").xml())
                .as("beside something else").contains("publisher=\"ada@").doesNotContain("bob@");
        TestStanza elsewhere = scene.holds("elsewhere", "<iq type='set' id='s' from='" + OWN + "' to='pubsub.partner.test'><pubsub xmlns='" + PUBSUB
                + "'><publish node='n'><item/></publish></pubsub></iq>");
        scene.allow(asked);
        assertThat(elsewhere.xml()).doesNotContain("publisher");
    }

    @Test
    void anEventShouldBeInItsPublishersName() {
        assertThat(scene.edge.publisher(event(OTHER, items("ada@example.test")))).contains("ada@example.test");
        assertThat(scene.edge.publisher(event(OTHER, items("ada@example.test", "bob@example.test")))).isPresent();
        assertThat(scene.edge.publisher(event(OTHER, items("")))).as("nobody's").isEmpty();
        assertThat(scene.edge.publisher(event(OTHER, items("ada@example.test", "")))).as("one of them nobody's").isEmpty();
        assertThat(scene.edge.publisher(event(OTHER, items("ada@" + "x".repeat(1_100))))).as("no address").isEmpty();
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(scene.edge.publisher(event(OTHER, items("ada@example.test")))).as("what is asked is recorded, if it is refused too").contains("ada@example.test");
        assertThat(scene.edge.publisher(event(OTHER, items("carl@example.test", "ada@example.test")))).as("another's words beside it").isEmpty();
    }

    @Test
    void whatElseANodeTellsShouldBeForWhomAllMayReachWhoHaveDoneSomethingWithIt() {
        String retraction = "<items node='n'><retract id='words'/></items>";
        assertThat(scene.edge.publisher(event(OTHER, retraction))).as("nobody is known").isEmpty();
        sets(OWN, "<publish node='n'><item id='words'/></publish>");
        sets(OTHER, "<retract node='n'><item id='words'/></retract>");
        assertThat(scene.edge.publisher(event("carl@example.test/c", retraction))).as("the last of them").contains("bob@example.test");
        sets(OWN, "<publish node='n'><item/></publish>");
        assertThat(scene.edge.publisher(event("carl@example.test/c", "<purge node='n'/>"))).contains("ada@example.test");
        assertThat(scene.edge.publisher(event("carl@example.test/c", "<purge node='other'/>"))).isEmpty();
        sets("dora@example.test/d", "<subscribe node='n' jid='dora@example.test'/>");
        assertThat(scene.edge.publisher(event("carl@example.test/c", retraction))).as("who reads has said nothing").contains("ada@example.test");
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(scene.edge.publisher(event("carl@example.test/c", retraction))).as("the id may be another's words").isEmpty();
        for (int i = 0; i < 1_001; i++) {
            sets("p" + i + "@example.test/x", "<publish node='n'><item/></publish>");
        }
        gate.rechecks(ScriptedGate.ALLOW);
        assertThat(scene.edge.publisher(event(OTHER, retraction))).as("more people than are kept apart").isEmpty();
    }

    @Test
    void whoFetchesShouldGetWhatIsForThem() {
        TestStanza all = result(OTHER, "ada@example.test", "bob@example.test", "");
        assertThat(scene.edge.fromService(all)).isTrue();
        assertThat(all.xml()).contains("ada@", "publisher=\"bob@").doesNotContain("<item id=\"i\">");
        gate.rechecks(ScriptedGate.REFUSE);
        TestStanza own = result(OTHER, "ada@example.test", "bob@example.test", "");
        assertThat(scene.edge.fromService(own)).isTrue();
        assertThat(own.xml()).contains("publisher=\"bob@").doesNotContain("ada@", "<item id=\"i\">");
        gate.fails();
        TestStanza undecided = result(OTHER, "ada@example.test");
        assertThat(scene.edge.fromService(undecided)).isTrue();
        assertThat(undecided.xml()).doesNotContain("words");
    }

    @Test
    void whatAnArchiveHasOfANodeShouldBeForWhomItsPublisherMayReach() {
        String kept = event(OTHER, items("ada@example.test")).xml();
        String found = "<message from='" + SERVICE + "' to='" + OTHER + "'><result xmlns='urn:xmpp:mam:2'><forwarded xmlns='urn:xmpp:forward:0'>" + kept + "</forwarded></result></message>";
        assertThat(scene.edge.fromService(new TestStanza(found))).isTrue();
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(scene.edge.fromService(new TestStanza(found))).isFalse();
        assertThat(scene.edge.fromService(new TestStanza(found.replace("to='" + OTHER, "to='" + OWN)))).isTrue();
        assertThat(scene.edge.fromService(new TestStanza("<message from='" + SERVICE + "' to='" + OTHER + "'><body>the service's own</body></message>"))).isTrue();
    }
}
