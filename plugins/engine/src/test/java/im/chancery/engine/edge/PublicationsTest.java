package im.chancery.engine.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What people publish by way of this server is for whom its publisher may reach. */
class PublicationsTest {
    private static final String SERVICE = "pubsub.example.test";
    private static final String OWN = Scene.ADA;
    private static final String OTHER = Scene.BOB;
    private static final String CARL = "carl@example.test/c";
    private static final String PUBSUB = "http://jabber.org/protocol/pubsub";
    private static final String RETRACTION = "<items node='n'><retract id='words'/></items>";

    private final Scene scene = new Scene();
    private final ScriptedGate gate = scene.gate;

    /** Nothing of Ada's may come to Carl. */
    private void wall() {
        gate.wall(exchange -> exchange.from().toString().startsWith("ada@") && exchange.to().toString().startsWith("carl@"));
    }

    private TestStanza asks(String who, String service, String children) {
        TestStanza stanza = scene.holds(who, "<iq type='set' id='" + gate.asked() + "' from='" + who + "' to='" + service + "'><pubsub xmlns='" + PUBSUB + "'>" + children + "</pubsub></iq>");
        scene.allow(gate.asked() - 1);
        return stanza;
    }

    private void sets(String who, String children) {
        answer(asks(who, SERVICE, children), who, "result");
    }

    private void answer(TestStanza to, String who, String type) {
        assertThat(scene.fromHost(new TestStanza("<iq type='" + type + "' id='" + to.id() + "' from='" + SERVICE + "' to='" + who + "'/>"))).isTrue();
    }

    private static String message(String from, String reader, String children) {
        return "<message xmlns='jabber:client' from='" + from + "' to='" + reader + "'>" + children + "</message>";
    }

    private static TestStanza event(String reader, String children) {
        return new TestStanza(message(SERVICE, reader, "<event xmlns='" + PUBSUB + "#event'>" + children + "</event>"));
    }

    /** In whose name it is asked about; {@code on} or {@code nobody} where it isn't. */
    private String told(TestStanza stanza) {
        List<String> names = new ArrayList<>();
        boolean goesOn = scene.edge.fromHost(stanza, name -> {
            names.add(name);
            return TestStanza.message("told", name, stanza.to());
        });
        return names.isEmpty() ? goesOn ? "on" : "nobody" : names.get(0);
    }

    private static String items(String... publishers) {
        StringBuilder items = new StringBuilder();
        for (String publisher : publishers) {
            items.append("<item id='i'").append(publisher.isEmpty() ? "" : " publisher='" + publisher + "'").append("><entry xmlns='urn:x'>words</entry></item>");
        }
        return "<items node='n'>" + items + "</items>";
    }

    private static TestStanza result(String from, String reader, String children) {
        return new TestStanza("<iq type='result' id='r' from='" + from + "' to='" + reader + "'><pubsub xmlns='" + PUBSUB + "'>" + children + "</pubsub></iq>");
    }

    private String fetched(String from, String reader, String... publishers) {
        TestStanza result = result(from, reader, items(publishers));
        assertThat(scene.fromHost(result)).isTrue();
        return result.xml();
    }

    @Test
    void anItemShouldCarryItsPublishersNameWhateverItSays() {
        String forged = "<publish node='n'><item publisher='bob@example.test'><entry xmlns='urn:x'/></item><item/></publish>";
        for (String node : new String[] {SERVICE, "any@" + SERVICE, SERVICE + "/x", "bob@example.test", "service@example.test"}) {
            assertThat(asks(OWN, node, forged).xml()).as(node).contains("publisher=\"ada@example.test\"").doesNotContain("bob@example.test\">").containsPattern("publisher=.*publisher=");
        }
        assertThat(asks(OWN, SERVICE, "</pubsub><pubsub xmlns='" + PUBSUB + "'><publish node='n'><item publisher='bob@example.test'/></publish>").xml())
                .as("beside something else").contains("publisher=\"ada@").doesNotContain("bob@");
        for (String elsewhere : new String[] {"pubsub.partner.test", "pat@partner.test"}) {
            assertThat(asks(OWN, elsewhere, "<publish node='n'><item/></publish>").xml()).as(elsewhere).doesNotContain("publisher");
        }
    }

    @Test
    void anEventShouldBeInItsPublishersName() {
        assertThat(told(event(OTHER, items("ada@example.test")))).isEqualTo("ada@example.test");
        assertThat(told(event(OTHER, items("ada@example.test", "carl@example.test")))).isEqualTo("ada@example.test");
        assertThat(told(event(OTHER, items("")))).as("nobody's").isEqualTo("nobody");
        assertThat(told(event(OTHER, items("ada@example.test", "")))).as("one of them nobody's").isEqualTo("nobody");
        assertThat(told(event(OTHER, items("ada@" + "x".repeat(1_100))))).as("no address").isEqualTo("nobody");
        assertThat(told(new TestStanza(message("any@" + SERVICE, OTHER, event(OTHER, items("ada@example.test")).xml().replaceAll("</?message[^>]*>", ""))))).isEqualTo("ada@example.test");
        assertThat(told(event(OWN, items("ada@example.test")))).as("to themselves").isEqualTo("on");
        assertThat(told(event(OWN, items("carl@example.test", "ada@example.test")))).isEqualTo("carl@example.test");
        wall();
        assertThat(told(event(CARL, items("ada@example.test")))).as("what is asked is recorded, if it is refused too").isEqualTo("ada@example.test");
        assertThat(told(event(CARL, items("dora@example.test", "ada@example.test")))).as("another's words beside it").isEqualTo("nobody");
        assertThat(told(new TestStanza(message("ada@example.test", OTHER, "<event xmlns='" + PUBSUB + "#event'>" + items("") + "</event>")))).as("a person's node").isEqualTo("ada@example.test");
        assertThat(told(new TestStanza(message("pat@partner.test", OTHER, "<event xmlns='" + PUBSUB + "#event'>" + items("") + "</event>")))).as("asked about as it came").isEqualTo("on");
    }

    /** XEP-0359: the host's own id is no forgery in what the host has made. */
    @Test
    void anEventShouldKeepTheIdThatItsServiceHasGivenIt() {
        TestStanza made = new TestStanza(message("ada@example.test", OTHER, "<stanza-id xmlns='urn:xmpp:sid:0' by='" + SERVICE + "' id='given'/>"));
        assertThat(scene.edge.fromHost(event(OTHER, items("ada@example.test")), name -> made)).isFalse();
        scene.allow(0);
        assertThat(made.ends()).containsExactly("on");
        assertThat(made.xml()).contains("given");
    }

    @Test
    void whatElseANodeTellsShouldBeForWhomAllMayReachWhoHaveDoneSomethingWithIt() {
        assertThat(told(event(OTHER, RETRACTION))).as("nobody is known").isEqualTo("nobody");
        sets(OWN, "<publish node='n'><item id='words'/></publish>");
        sets(OTHER, "<retract node='n'><item id='words'/></retract>");
        assertThat(told(event(CARL, RETRACTION))).as("the last of them").isEqualTo("bob@example.test");
        assertThat(told(event(CARL, "<purge node='other'/>"))).isEqualTo("nobody");
        sets("dora@example.test/d", "<subscribe node='n' jid='dora@example.test'/>");
        gate.wall(exchange -> exchange.from().toString().startsWith("dora@"));
        assertThat(told(event(CARL, RETRACTION))).as("who reads has said nothing that it tells").isEqualTo("dora@example.test");
        sets(OTHER, "<purge node='n'/>");
        assertThat(told(event(CARL, RETRACTION))).isEqualTo("bob@example.test");
        wall();
        assertThat(told(event(CARL, RETRACTION))).as("the id may be Ada's words").isEqualTo("nobody");
        assertThat(told(event(OTHER, RETRACTION))).as("to who has done it, of others too").isEqualTo("ada@example.test");
        scene.pass(Duration.ofSeconds(61));
        assertThat(told(event(OTHER, RETRACTION))).as("whose doing it is now isn't known").isEqualTo("nobody");
    }

    @Test
    void whoMayNotDoItShouldSilenceNobody() {
        wall();
        TestStanza refused = asks(OWN, SERVICE, "<retract node='n'><item id='words'/></retract>");
        sets(OTHER, "<retract node='n'><item id='words'/></retract>");
        assertThat(told(event(CARL, RETRACTION))).as("before it is answered").isEqualTo("nobody");
        answer(refused, OWN, "error");
        assertThat(told(event(CARL, RETRACTION))).isEqualTo("bob@example.test");
        for (int i = 0; i < 1_001; i++) {
            sets("p" + i + "@example.test/x", "<publish node='n'><item/></publish>");
        }
        assertThat(told(event(CARL, RETRACTION))).as("more people than are kept apart").isEqualTo("nobody");
    }

    @Test
    void whatAServiceTellsOfANodeInOtherWaysShouldBeSomebodysToo() {
        String affiliation = message(SERVICE, CARL, "<pubsub xmlns='" + PUBSUB + "'><affiliations><affiliation node='words' affiliation='owner'/></affiliations></pubsub>");
        String form = message(SERVICE, CARL, "<x xmlns='jabber:x:data'><field var='FORM_TYPE'><value>" + PUBSUB + "#subscribe_authorization</value></field>"
                + "<field var='pubsub#node'><value>words</value></field><field var='pubsub#subscriber_jid'><value>ada@example.test</value></field></x>");
        assertThat(told(new TestStanza(affiliation))).isEqualTo("nobody");
        assertThat(told(new TestStanza(form))).isEqualTo("nobody");
        sets(OTHER, "<affiliations node='words'/>");
        assertThat(told(new TestStanza(affiliation))).isEqualTo("bob@example.test");
        assertThat(told(new TestStanza(form))).isEqualTo("ada@example.test");
        wall();
        sets(OWN, "<configure node='words'/>");
        assertThat(told(new TestStanza(affiliation))).as("asked about, and refused").isEqualTo("ada@example.test");
        assertThat(told(new TestStanza(message(SERVICE, CARL, "<body>the service's own</body>")))).isEqualTo("on");
    }

    @Test
    void whoFetchesShouldGetWhatIsForThem() {
        assertThat(fetched(SERVICE, CARL, "ada@example.test", "carl@example.test", "")).contains("ada@", "publisher=\"carl@").doesNotContain("<item id=\"i\">");
        wall();
        assertThat(fetched(SERVICE, CARL, "ada@example.test", "carl@example.test", "")).contains("publisher=\"carl@").doesNotContain("ada@", "<item id=\"i\">");
        assertThat(fetched("bob@example.test", CARL, "ada@example.test", "bob@example.test", "")).as("a person's node").contains("publisher=\"bob@", "<item id=\"i\">").doesNotContain("ada@");
        assertThat(fetched("bob@partner.test", CARL, "ada@example.test")).as("elsewhere").contains("ada@");
        TestStanza published = result(SERVICE, CARL, "<publish node='n'><item id='given'/></publish>");
        assertThat(scene.fromHost(published)).isTrue();
        assertThat(published.xml()).as("the id that the service has given").contains("given");
        gate.fails();
        assertThat(fetched(SERVICE, CARL, "bob@example.test", "carl@example.test")).as("undecided").contains("publisher=\"carl@").doesNotContain("bob@");
    }

    private static TestStanza kept(String from, String reader, String wrapped, TestStanza message) {
        return new TestStanza(message(from, reader, wrapped.replace("*", "<forwarded xmlns='urn:xmpp:forward:0'>" + message.xml() + "</forwarded>")));
    }

    @Test
    void whatIsKeptOrCopiedShouldBeForWhomItsPublisherMayReach() {
        String found = "<result xmlns='urn:xmpp:mam:2'>*</result>";
        String copy = "<received xmlns='urn:xmpp:carbons:2'>*</received>";
        TestStanza event = event("carl@example.test", items("ada@example.test"));
        TestStanza ofPerson = new TestStanza(message("ada@example.test", "carl@example.test", "<event xmlns='" + PUBSUB + "#event'>" + items("") + "</event>"));
        for (TestStanza kept : new TestStanza[] {kept(SERVICE, CARL, found, event), kept("carl@example.test", CARL, copy, event), kept("carl@example.test", CARL, copy, ofPerson),
                kept("carl@example.test", CARL, found, event)}) {
            gate.wall(exchange -> false);
            assertThat(told(kept)).isEqualTo("on");
            wall();
            assertThat(told(kept)).isEqualTo("nobody");
        }
        assertThat(told(kept("carl@example.test", CARL, copy, event("carl@example.test", RETRACTION)))).as("whose it is isn't known").isEqualTo("nobody");
        assertThat(told(kept("carl@example.test", CARL, copy, TestStanza.message("m", OWN, "carl@example.test")))).as("asked about as it came").isEqualTo("on");
    }
}
