package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Exchange;
import im.chancery.core.Outcome;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What is published in a publish-subscribe service (XEP-0060) comes to those alone whom its author may reach, sent or fetched, from here or elsewhere. */
@Tag("pubsub")
class PublicationIT {
    private static final String SERVICE = XmppSetup.pubsubDomain("localhost");
    private static final String RESEARCH = "what Research has published";
    private static final String OFFICE = "what the Office has published";
    private static final List<Outcome> PUBLISHED_AND_TOLD = List.of(Outcome.HANDED_ON, Outcome.HANDED_ON, Outcome.HANDED_ON, Outcome.HANDED_ON);
    private static final List<Outcome> PUBLISHED_AND_REFUSED = List.of(Outcome.HANDED_ON, Outcome.BOUNCED, Outcome.BOUNCED, Outcome.BOUNCED);
    private static final AtomicInteger IDS = new AtomicInteger();
    @AutoClose
    private static Deployment chancery;

    @BeforeAll
    static void start() throws IOException {
        chancery = Deployment.start(Deployment.Node.free("node1", "localhost"), new Certificates(), config -> config.replace("services: [", "services: [" + SERVICE + ", "),
                setup -> setup.pubsub("ada"));
    }

    private static RawClient login(String who) {
        return online(RawClient.login(chancery.server(), who, "desk"));
    }

    /** Whoever subscribes under the bare address is told where they are available. */
    private static RawClient online(RawClient client) {
        client.write("<presence/>");
        client.settled();
        client.forget();
        return client;
    }

    private static String iq(String type, String service, String namespace, String children) {
        return "<iq type='" + type + "' id='ID' to='" + service + "'><pubsub xmlns='http://jabber.org/protocol/pubsub" + namespace + "'>" + children + "</pubsub></iq>";
    }

    /** Sends one under an id of its own, and gives the answer to it. */
    private static String answer(RawClient client, String iq) {
        String id = "iq-" + IDS.incrementAndGet();
        Pattern answer = Pattern.compile("(?s)<iq (?=[^>]*\\bid='" + id + "')[^>]*?(/>|[^/]>.*?</iq>)");
        client.write(iq.replace("ID", id));
        return Deadline.awaitValue("the answer to " + iq, GatedServer.LIMIT, () -> Optional.of(answer.matcher(client.received())).filter(Matcher::find)).group();
    }

    private static void done(RawClient client, String iq) {
        assertThat(answer(client, iq)).contains("type='result'");
    }

    private static String field(String name, String value) {
        return "<field var='" + name + "'><value>" + value + "</value></field>";
    }

    /** A node that anybody may read and publish in, of which a new subscriber is sent the last item. */
    private static void makeNode(RawClient owner, String service, String node) {
        done(owner, iq("set", service, "", "<create node='" + node + "'/><configure><x xmlns='jabber:x:data' type='submit'>"
                + field("FORM_TYPE", "http://jabber.org/protocol/pubsub#node_config") + field("pubsub#access_model", "open") + field("pubsub#publish_model", "open")
                + field("pubsub#persist_items", "1") + field("pubsub#max_items", "20") + field("pubsub#send_last_published_item", "on_sub") + "</x></configure>"));
    }

    private static String subscription(String service, String node, String jid) {
        return iq("set", service, "", "<subscribe node='" + node + "' jid='" + jid + "'/>");
    }

    private static void subscribe(RawClient client, String service, String node, String jid) {
        assertThat(answer(client, subscription(service, node, jid))).contains("subscription='subscribed'");
    }

    private static void publish(RawClient client, String service, String node, String item, String words) {
        done(client, iq("set", service, "", "<publish node='" + node + "'><item id='" + item + "'><entry xmlns='urn:x'>" + words + "</entry></item></publish>"));
    }

    private static String fetch(RawClient client, String service, String node, String ids) {
        return answer(client, iq("get", service, "", "<items node='" + node + "'>" + ids + "</items>"));
    }

    /** The attempts to tell somebody of what somebody has done that have these words, in log order. */
    private static List<JsonNode> told(String author, String reader, String words) {
        return chancery.admin().attemptsWith(reader + "@localhost").stream()
                .filter(a -> AdminClient.text(a, "from").equals(author + "@localhost") && AdminClient.text(a, "to").startsWith(reader + "@localhost"))
                .filter(a -> chancery.admin().record(AdminClient.text(a, "id")).toString().contains(words)).toList();
    }

    private static void allowed(String author, String reader, String words) {
        assertThat(told(author, reader, words)).singleElement().satisfies(a -> assertThat(AdminClient.text(a, "effect")).isEqualTo("allow"));
    }

    private static void refused(String author, String reader, String words) {
        Deadline.await("what " + reader + " is not told", GatedServer.LIMIT, () -> told(author, reader, words).stream().anyMatch(a -> "bounced".equals(AdminClient.text(a, "outcome"))));
        assertThat(told(author, reader, words)).singleElement().satisfies(a -> assertThat(AdminClient.text(a, "effect")).isEqualTo("refuse"));
    }

    @Test
    void anEventComesToThoseWhomItsAuthorMayReachAndIsRecordedBefore() {
        try (RawClient ada = login("ada"); RawClient boris = login("boris"); RawClient clara = login("clara"); RawClient emma = login("emma")) {
            String words = RESEARCH + " just now";
            makeNode(ada, SERVICE, "events");
            subscribe(ada, SERVICE, "events", "ada@localhost");
            subscribe(boris, SERVICE, "events", "boris@localhost/desk");
            subscribe(clara, SERVICE, "events", "clara@localhost");
            publish(ada, SERVICE, "events", "research", words);
            assertThat(boris.await(words)).contains("from='" + SERVICE + "'");
            allowed("ada", "boris", words);
            refused("ada", "clara", words);
            publish(emma, SERVICE, "events", "office", OFFICE);
            assertThat(clara.await(OFFICE)).doesNotContain(words);
            boris.await(OFFICE);
            assertThat(ada.await(OFFICE)).contains(words);
            for (String reader : new String[] {"ada", "boris", "clara"}) {
                allowed("emma", reader, OFFICE);
            }
            assertThat(told("ada", "ada", words)).as("what one has said oneself").isEmpty();
        }
    }

    @Test
    void theLastItemAndItsRetractionDoNotCrossAWall() {
        try (RawClient ada = login("ada"); RawClient boris = login("boris"); RawClient clara = login("clara")) {
            String words = RESEARCH + " before";
            makeNode(ada, SERVICE, "last");
            publish(ada, SERVICE, "last", "plans of Research", words);
            subscribe(boris, SERVICE, "last", "boris@localhost");
            boris.await(words);
            allowed("ada", "boris", words);
            subscribe(clara, SERVICE, "last", "clara@localhost");
            refused("ada", "clara", words);
            done(ada, iq("set", SERVICE, "", "<retract node='last' notify='1'><item id='plans of Research'/></retract>"));
            boris.await("<retract id='plans of Research'");
            allowed("ada", "boris", "<retract");
            refused("ada", "clara", "<retract");
            assertThat(clara.settled()).doesNotContain(words).doesNotContain("plans of Research");
        }
    }

    @Test
    @Tag("prosody") // a Tigase says it in other events
    void thatANodeIsPurgedOrDeletedDoesNotCrossAWall() {
        try (RawClient ada = login("ada"); RawClient boris = login("boris"); RawClient clara = login("clara")) {
            makeNode(ada, SERVICE, "secret name");
            subscribe(boris, SERVICE, "secret name", "boris@localhost");
            subscribe(clara, SERVICE, "secret name", "clara@localhost");
            for (String act : new String[] {"purge", "delete"}) {
                done(ada, iq("set", SERVICE, "#owner", "<" + act + " node='secret name'/>"));
                boris.await("<" + act + " node='secret name'");
                refused("ada", "clara", "<" + act);
            }
            assertThat(clara.settled()).doesNotContain("<purge").doesNotContain("<delete");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoFetchesReadsWhatItsPublisherMayTellThem(boolean serverIsKilled) {
        String node = "shelf " + serverIsKilled;
        try (RawClient ada = login("ada"); RawClient emma = login("emma")) {
            makeNode(ada, SERVICE, node);
            publish(emma, SERVICE, node, "office", OFFICE);
            publish(ada, SERVICE, node, "research", RESEARCH);
        }
        if (serverIsKilled) {
            chancery.server().kill();
            chancery.recover();
        }
        try (RawClient ada = login("ada"); RawClient boris = login("boris"); RawClient clara = login("clara")) {
            assertThat(fetch(clara, SERVICE, node, "")).contains(OFFICE).doesNotContain(RESEARCH).doesNotContain("id='research'");
            assertThat(fetch(clara, SERVICE, node, "<item id='research'/>")).doesNotContain(RESEARCH);
            assertThat(fetch(clara, SERVICE, node, "<item id='office'/>")).contains(OFFICE);
            for (RawClient reader : new RawClient[] {ada, boris}) {
                assertThat(fetch(reader, SERVICE, node, "")).contains(OFFICE, RESEARCH);
            }
        }
    }

    /** Who hasn't given an item an id must be told which one it has (XEP-0060, section 7.1.2), or they couldn't take it back. */
    @Test
    void whoPublishesLearnsTheItemsId() {
        try (RawClient ada = login("ada")) {
            makeNode(ada, SERVICE, "ids");
            assertThat(answer(ada, iq("set", SERVICE, "", "<publish node='ids'><item><entry xmlns='urn:x'/></item></publish>"))).containsPattern("<item id=");
        }
    }

    /** A Tigase brings to a component whatever is for its domain. */
    @Test
    @Tag("tigase")
    void aServiceIsTheSameUnderEachOfItsAddresses() {
        String service = "any@" + SERVICE;
        try (RawClient ada = login("ada"); RawClient clara = login("clara"); RawClient emma = login("emma")) {
            makeNode(ada, service, "addresses");
            publish(emma, service, "addresses", "office", OFFICE);
            publish(ada, service, "addresses", "research", RESEARCH);
            assertThat(fetch(clara, service, "addresses", "")).contains(OFFICE).doesNotContain(RESEARCH);
        }
    }

    /** XEP-0280: the host copies what comes to one client for others, before that has been asked about. */
    @Test
    void noCopyCrossesAWall() {
        try (RawClient ada = login("ada"); RawClient clara = login("clara"); RawClient phone = RawClient.login(chancery.server(), "clara", "phone"); RawClient emma = login("emma")) {
            phone.write("<iq type='set' id='copies'><enable xmlns='urn:xmpp:carbons:2'/></iq><presence><priority>-1</priority></presence>");
            phone.await("id='copies'");
            done(ada, iq("set", SERVICE, "", "<create node='copies'/><configure><x xmlns='jabber:x:data' type='submit'>" + field("FORM_TYPE", "http://jabber.org/protocol/pubsub#node_config")
                    + field("pubsub#access_model", "open") + field("pubsub#publish_model", "open") + field("pubsub#notification_type", "chat") + "</x></configure>"));
            subscribe(clara, SERVICE, "copies", "clara@localhost");
            String words = RESEARCH + " copied";
            publish(ada, SERVICE, "copies", "research", words);
            refused("ada", "clara", words);
            publish(emma, SERVICE, "copies", "office", "copied words of the Office");
            assertThat(clara.await("copied words of the Office")).doesNotContain(words);
            assertThat(phone.settled()).doesNotContain(words);
        }
    }

    /** XEP-0060, sections 8.8.4 and 8.9.4: a service tells people what an owner has given them, under the owner's name for the node. */
    @Test
    @Tag("tigase")
    void whatAnOwnerGivesIsToldAsTheirs() {
        try (RawClient ada = login("ada"); RawClient boris = login("boris"); RawClient clara = login("clara")) {
            makeNode(ada, SERVICE, "words of Research");
            done(ada, iq("set", SERVICE, "#owner", "<affiliations node='words of Research'><affiliation jid='clara@localhost' affiliation='publisher'/>"
                    + "<affiliation jid='boris@localhost' affiliation='publisher'/></affiliations>"));
            boris.await("words of Research");
            allowed("ada", "boris", "<affiliation");
            refused("ada", "clara", "<affiliation");
            assertThat(clara.settled()).doesNotContain("words of Research");
        }
    }

    /** XEP-0060, section 5.5: the items' names are words as well. */
    @Test
    @Tag("prosody")
    void whoLooksForItemsSeesTheNamesThatTheirPublisherMayShow() {
        try (RawClient ada = login("ada"); RawClient boris = login("boris"); RawClient clara = login("clara"); RawClient emma = login("emma")) {
            makeNode(ada, SERVICE, "names");
            publish(emma, SERVICE, "names", "of the Office", OFFICE);
            publish(ada, SERVICE, "names", "of Research", RESEARCH);
            String look = "<iq type='get' id='ID' to='" + SERVICE + "'><query xmlns='http://jabber.org/protocol/disco#items' node='names'/></iq>";
            assertThat(answer(clara, look)).contains("of the Office").doesNotContain("of Research");
            assertThat(answer(boris, look)).contains("of the Office", "of Research");
        }
    }

    /** XEP-0163: each account is a service, in whose open nodes others may publish. */
    @Test
    void whatSomebodyHasPutIntoAnothersNodeIsForWhomTheyMayReach() {
        String account = "emma@localhost";
        try (RawClient ada = login("ada"); RawClient boris = login("boris"); RawClient clara = login("clara"); RawClient emma = login("emma")) {
            makeNode(emma, account, "guests");
            publish(emma, account, "guests", "office", OFFICE);
            publish(ada, account, "guests", "research", RESEARCH);
            assertThat(fetch(clara, account, "guests", "")).contains(OFFICE).doesNotContain(RESEARCH).doesNotContain("id='research'");
            assertThat(fetch(clara, account, "guests", "<item id='research'/>")).doesNotContain(RESEARCH);
            for (RawClient reader : new RawClient[] {ada, boris, emma}) {
                assertThat(fetch(reader, account, "guests", "")).contains(OFFICE, RESEARCH);
            }
        }
    }

    @Test
    @Tag("prosody") // a Tigase sends what is new to contacts alone
    void whatSomebodyPutsIntoAnothersNodeIsToldInTheirName() {
        String account = "emma@localhost";
        try (RawClient ada = login("ada"); RawClient boris = login("boris"); RawClient clara = login("clara"); RawClient emma = login("emma")) {
            String words = RESEARCH + " in the Office";
            makeNode(emma, account, "visitors");
            subscribe(boris, account, "visitors", "boris@localhost");
            subscribe(clara, account, "visitors", "clara@localhost");
            publish(ada, account, "visitors", "plans of Research", words);
            boris.await(words);
            allowed("ada", "boris", words);
            refused("ada", "clara", words);
            subscribe(clara, account, "visitors", "clara@localhost"); // she would be sent the last item again
            done(emma, iq("set", account, "", "<retract node='visitors' notify='1'><item id='plans of Research'/></retract>"));
            boris.await("<retract id='plans of Research'");
            publish(emma, account, "visitors", "office", "her own words");
            assertThat(clara.await("her own words")).doesNotContain(words).doesNotContain("plans of Research");
            allowed("emma", "clara", "her own words");
        }
    }

    private static GatedServer threePeople() {
        return GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob", "cleo").pubsub("ada").prosody(p -> p.modules("vcard_legacy")));
    }

    /** What another protocol shows of an account (XEP-0054) is there as well. */
    @Test
    @Tag("prosody")
    void whatIsInAnAccountCrossesNeitherItsOwnersWallNorItsPublishers() {
        String nick = "http://jabber.org/protocol/nick";
        try (GatedServer gated = threePeople(); RawClient ada = online(RawClient.login(gated.server, "ada", "desk")); RawClient bob = RawClient.login(gated.server, "bob", "desk");
                RawClient cleo = online(RawClient.login(gated.server, "cleo", "desk"))) {
            makeNode(bob, "bob@localhost", nick);
            subscribe(cleo, "bob@localhost", nick, "cleo@localhost");
            gated.gate.refuse(e -> between(e, "bob@localhost", "cleo@localhost") ? Optional.of("a wall") : Optional.empty());
            String publication = iq("set", "bob@localhost", "", "<publish node='" + nick + "'><item id='1'><nick xmlns='" + nick + "'>" + RESEARCH + "</nick></item></publish>");
            done(ada, publication);
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes(RESEARCH).equals(List.of(Outcome.HANDED_ON, Outcome.BOUNCED)));
            String card = "<iq type='get' id='ID' to='bob@localhost'><vCard xmlns='vcard-temp'/></iq>";
            gated.gate.refuse(e -> between(e, "ada@localhost", "cleo@localhost") ? Optional.of("a wall") : Optional.empty());
            assertThat(answer(cleo, card)).contains("<vCard").doesNotContain(RESEARCH);
            assertThat(cleo.settled()).doesNotContain(RESEARCH);
            gated.gate.refuse(e -> Optional.empty());
            assertThat(answer(cleo, card)).contains(RESEARCH);
        }
    }

    @Test
    @Tag("prosody")
    void aSubscriberWaitsForNoOthersVerdictAndIsToldInOrder() {
        try (GatedServer gated = threePeople(); RawClient ada = RawClient.login(gated.server, "ada", "desk"); RawClient bob = online(RawClient.login(gated.server, "bob", "desk"));
                RawClient cleo = online(RawClient.login(gated.server, "cleo", "desk"))) {
            makeNode(ada, SERVICE, "lanes");
            subscribe(bob, SERVICE, "lanes", "bob@localhost");
            subscribe(cleo, SERVICE, "lanes", "cleo@localhost");
            gated.gate.keepBack(e -> between(e, "ada@localhost", "bob@localhost"));
            publish(ada, SERVICE, "lanes", "1", "first words");
            publish(ada, SERVICE, "lanes", "2", "second words");
            cleo.await("second words");
            Deadline.await("the questions", GatedServer.LIMIT, () -> gated.gate.keptBack() == 2);
            assertThat(bob.settled()).doesNotContain("words");
            gated.gate.letGoInReverse();
            assertThat(bob.await("second words")).containsSubsequence("first words", "second words");
        }
    }

    private static boolean between(Exchange exchange, String from, String to) {
        return exchange.from().asBareJid().toString().equals(from) && exchange.to().asBareJid().toString().equals(to);
    }

    /** Subscribers and readers at a partner's server and behind an external component. */
    @Test
    void noWallIsCrossedToAnotherServerOrAComponent() throws Exception {
        String service = XmppSetup.pubsubDomain("house.test");
        Certificates authority = new Certificates();
        String houseAddress = XmppServer.freeAddress().getHostAddress();
        String partnerAddress = XmppServer.freeAddress().getHostAddress();
        try (GatedServer house = GatedServer.start(XmppSetup.of("house.test", authority).people("ada").address(houseAddress).federatesWith("partner.test", partnerAddress)
                    .pubsub("ada").component("gateway.house.test"));
                XmppServer partner = XmppServer.start(XmppSetup.of("partner.test", authority).people("pat").address(partnerAddress).federatesWith("house.test", houseAddress));
                RawClient ada = online(RawClient.login(house.server, "ada", "desk")); RawClient pat = online(RawClient.login(partner, "pat", "desk"));
                RawClient gateway = RawClient.component(house.server, "gateway.house.test")) {
            makeNode(ada, service, "news");
            subscribe(pat, service, "news", "pat@partner.test");
            for (String jid : new String[] {"gateway.house.test", "bob@gateway.house.test"}) {
                done(gateway, subscription(service, "news", jid).replace("<iq ", "<iq from='" + jid + "' "));
            }
            List<String> readers = List.of("pat@partner.test", "gateway.house.test", "bob@gateway.house.test");
            house.gate.keepBack(e -> e.from().toString().equals("ada@house.test"));
            publish(ada, service, "news", "open", "open words");
            Deadline.await("the questions", GatedServer.LIMIT, () -> house.gate.keptBack() == readers.size());
            assertThat(pat.settled()).doesNotContain("open words");
            house.gate.letGo();
            pat.await("open words");
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> house.gate.outcomes("open words").equals(PUBLISHED_AND_TOLD));
            for (String reader : readers) {
                assertThat(house.gate.asked("#event")).filteredOn(e -> between(e, "ada@house.test", reader)).hasSize(1);
            }
            house.gate.refuse(e -> !e.stanza().contains("the last") && readers.stream().anyMatch(r -> between(e, "ada@house.test", r)) ? Optional.of("a wall") : Optional.empty());
            publish(ada, service, "news", "secret", RESEARCH);
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> house.gate.outcomes(RESEARCH).equals(PUBLISHED_AND_REFUSED));
            assertThat(fetch(pat, service, "news", "")).doesNotContain(RESEARCH).doesNotContain("open words");
            for (String reader : List.of("pat@partner.test", "bob@gateway.house.test")) {
                ada.write("<message to='" + reader + "' type='chat' id='last'><body>the last</body></message>");
            }
            assertThat(pat.await("the last")).doesNotContain(RESEARCH);
            assertThat(gateway.await("the last")).doesNotContain(RESEARCH);
            house.gate.refuse(e -> Optional.empty());
            assertThat(fetch(pat, service, "news", "")).contains(RESEARCH, "open words");
        }
    }

    @Test
    @Tag("prosody") // an engine in its host is not away while that is there
    void nothingIsFetchedWhileItCanNotBeDecided() {
        try (GatedServer gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob").pubsub("ada"));
                RawClient ada = RawClient.login(gated.server, "ada", "desk"); RawClient bob = RawClient.login(gated.server, "bob", "desk")) {
            makeNode(ada, SERVICE, "news");
            publish(ada, SERVICE, "news", "one", OFFICE);
            gated.cutLink();
            assertThat(fetch(bob, SERVICE, "news", "")).contains("type='error'", "type='wait'", "<resource-constraint").doesNotContain(OFFICE);
            assertThat(fetch(ada, SERVICE, "news", "")).as("one's own").contains(OFFICE);
            gated.mendLink();
            gated.awaitLinks(2);
            assertThat(fetch(bob, SERVICE, "news", "")).contains(OFFICE);
        }
    }
}
