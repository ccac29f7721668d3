package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import im.chancery.core.PresenceChange;
import im.chancery.core.StanzaKind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stanzas that are never held: nothing a sender can write freely leaves through them. */
class DoorsIT {
    private static final String SECRET = "smuggled words";
    private static final String GATEWAY = "gateway.localhost";
    private static GatedServer gated;
    private static String room;

    @BeforeAll
    static void start() {
        gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob").component(GATEWAY).openRooms());
        room = "hall@" + gated.server.roomDomain();
    }

    @AfterAll
    static void stop() {
        gated.close();
    }

    @BeforeEach
    void reset() {
        gated.gate.reset();
    }

    /** All that a client has received once a message sent after everything else has arrived. */
    private static String receivedBy(RawClient reader, RawClient writer, String to) {
        writer.write("<message to='" + to + "' type='chat' id='last'><body>the last</body></message>");
        return reader.await("the last");
    }

    @Test
    void errorThatAnswersNothingIsDropped() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            ada.write("<message to='bob@localhost/door' type='error' id='x'><body>" + SECRET + "</body><error type='cancel'>"
                    + "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>");
            ada.write("<iq to='bob@localhost/door' type='result' id='y'><query xmlns='x'>" + SECRET + "</query></iq>");
            assertThat(receivedBy(bob, ada, "bob@localhost/door")).doesNotContain(SECRET).doesNotContain("id='x'").doesNotContain("id='y'");
        }
    }

    @Test
    @Tag("prosody") // a Tigase hands on no client's error of a message, with and without the plugin
    void errorThatAnswersADeliveredStanzaIsCutDownAndRecorded() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            ada.write("<message to='bob@localhost/door' type='chat' id='q1'><body>are you there</body></message>");
            bob.await("are you there");
            bob.write("<message to='ada@localhost/door' type='error' id='q1' note='" + SECRET + "'><body>" + SECRET + "</body><error type='cancel'>"
                    + "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>"
                    + SECRET + "</text></error></message>");
            assertThat(ada.await("service-unavailable")).contains("id='q1'").doesNotContain(SECRET);
            assertThat(gated.gate.asked("service-unavailable")).hasSize(1);
        }
    }

    private static void enter(RawClient client, String nickname) {
        client.write("<presence to='" + room + "/" + nickname + "'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
        client.await("code='110'");
        client.forget();
    }

    private static String error(String kind, String to, String id) {
        return "<" + kind + " to='" + to + "' type='error' id='" + id + "'><body>" + SECRET + "</body><error type='cancel'>"
                + "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>" + SECRET + "</text></error></" + kind + ">";
    }

    /** A room tells its occupants why it removes somebody, in the words of that one's error. */
    @Test
    void errorToARoomThatAnswersNothingIsDropped() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            enter(ada, "ada");
            enter(bob, "bob");
            for (String kind : new String[] {"message", "presence", "iq"}) {
                ada.write(error(kind, room, kind) + error(kind, room + "/bob", kind));
            }
            String received = receivedBy(bob, ada, "bob@localhost/door");
            assertThat(received).doesNotContain(SECRET).doesNotContain("type='unavailable'").doesNotContain("type='error'");
            assertThat(gated.gate.asked(SECRET)).isEmpty();
        }
    }

    @Test
    @Tag("prosody") // a Tigase hands on no client's error of a message, with and without the plugin
    void errorToARoomThatAnswersIsCutDownAndRecorded() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            enter(ada, "ada");
            enter(bob, "bob");
            bob.write("<message to='" + room + "' type='groupchat' id='g1'><body>who is here</body></message>");
            ada.await("who is here");
            bob.await("who is here");
            ada.write(error("message", room + "/bob", "g1"));
            assertThat(bob.await("type='unavailable'")).contains(room + "/ada").doesNotContain(SECRET);
            assertThat(gated.gate.asked("<gone")).singleElement().satisfies(e -> assertThat(e.stanza()).doesNotContain(SECRET));
        }
    }

    /** No rule is about a type that there isn't, yet a server may pass it on. */
    @ParameterizedTest
    @ValueSource(strings = {"client", "component"})
    void aTypeThatThereIsNotReachesNobody(String sender) {
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door");
                RawClient gateway = RawClient.component(gated.server, GATEWAY)) {
            enter(ada, "ada");
            enter(bob, "bob");
            RawClient writer = sender.equals("client") ? ada : gateway;
            String from = sender.equals("client") ? "" : " from='x@" + GATEWAY + "/y'";
            for (String to : new String[] {"bob@localhost/door", "bob@localhost", room, room + "/bob"}) {
                writer.write("<presence to='" + to + "' type='gossip' id='p'" + from + "><status>" + SECRET + "</status></presence>"
                        + "<iq to='" + to + "' type='push' id='i'" + from + "><query xmlns='urn:q'>" + SECRET + "</query></iq>"
                        + "<iq to='" + to + "' id='j'" + from + "><query xmlns='urn:q'>" + SECRET + "</query></iq>");
            }
            writer.write("<message to='bob@localhost/door' type='chat' id='behind'" + from + "><body>behind them</body></message>");
            assertThat(bob.await("behind them")).doesNotContain(SECRET);
            assertThat(gated.gate.asked(SECRET)).isEmpty();
        }
    }

    /** RFC 6120, section 8.2.3: an iq has an id and one child. Servers take others from components and from other servers. */
    @ParameterizedTest
    @ValueSource(strings = {" id='odd'><query xmlns='urn:q'>WORDS</query><more xmlns='urn:q'/>", "><query xmlns='urn:q'>WORDS</query>", " id='odd'>WORDS"})
    void anOddIqOfAComponentIsAskedAbout(String iq) {
        gated.gate.refuseText(SECRET);
        String addresses = " from='x@" + GATEWAY + "/y' to='bob@localhost/door'";
        try (RawClient bob = RawClient.login(gated.server, "bob", "door"); RawClient gateway = RawClient.component(gated.server, GATEWAY)) {
            for (String words : new String[] {SECRET, "open words"}) {
                gateway.write("<iq" + addresses + " type='set'" + iq.replace("WORDS", words) + "</iq>"
                        + "<message" + addresses + " type='chat' id='last'><body>behind " + words.length() + "</body></message>");
                bob.await("behind " + words.length());
                Outcome end = words.equals(SECRET) ? Outcome.BOUNCED : Outcome.HANDED_ON;
                Deadline.await("the outcome", GatedServer.LIMIT, () -> gated.gate.outcomes(words).equals(List.of(end)));
            }
            assertThat(gated.gate.asked("words")).hasSize(2);
            if (!XmppHost.chosen().holdsEngine()) { // what a Tigase itself does with such an iq is its own affair
                assertThat(bob.received()).contains("open words");
            }
            assertThat(bob.received()).doesNotContain(SECRET);
        }
    }

    @Test
    void resultOfAnAllowedIqPassesOnce() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            ada.write("<iq to='bob@localhost/door' type='get' id='v1'><query xmlns='jabber:iq:version'/></iq>");
            bob.await("jabber:iq:version");
            String result = "<iq to='ada@localhost/door' type='result' id='v1'><query xmlns='jabber:iq:version'><name>Test</name></query></iq>";
            bob.write(result);
            ada.await("<name>Test</name>");
            ada.forget();
            bob.write(result);
            assertThat(receivedBy(ada, bob, "ada@localhost/door")).doesNotContain("<name>Test</name>");
        }
    }

    @Test
    void refusedIqReachesNobody() {
        gated.gate.refuseText(SECRET);
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            ada.write("<iq to='bob@localhost/door' type='set' id='o1'><offer xmlns='x'>" + SECRET + "</offer></iq>");
            assertThat(ada.await("</iq>")).contains("policy-violation").contains("id='o1'");
            assertThat(receivedBy(bob, ada, "bob@localhost/door")).doesNotContain(SECRET);
        }
    }

    /** Tigase's session manager writes to everybody, in any name, if a command addressed to it says so. */
    @Test
    @Tag("tigase") // has a session manager that takes orders
    void nobodyMayHaveTheServerWriteToOthers() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            bob.write("<presence/>");
            bob.settled();
            ada.write("<iq to='sess-man@localhost' type='set' id='all'><command xmlns='http://jabber.org/protocol/commands' node='BROADCAST_TO_ONLINE'/>"
                    + "<message xmlns='http://tigase.org/protocol/broadcast' from='localhost'><body>" + SECRET + "</body></message></iq>");
            assertThat(ada.await("id='all'")).contains("type='error'");
            assertThat(receivedBy(bob, ada, "bob@localhost/door")).doesNotContain(SECRET);
        }
    }

    /** A server's bare domain is read by those who run it. */
    @Test
    void anotherServerIsAskedAboutUnderItsBareDomain() {
        gated.gate.refuseText(SECRET);
        try (RawClient ada = RawClient.login(gated.server, "ada", "door")) {
            ada.write("<message type='error' id='e1' to='elsewhere.test'><body>" + SECRET + "</body></message>"
                    + "<iq type='result' id='r1' to='elsewhere.test'><query xmlns='urn:test'>" + SECRET + "</query></iq>"
                    + "<iq type='set' id='s1' to='elsewhere.test'><query xmlns='jabber:iq:rpc'>" + SECRET + "</query></iq>");
            assertThat(ada.await("id='s1'")).contains("type='error'");
            assertThat(gated.gate.asked(SECRET)).hasSize(1);
        }
    }

    @Test
    void goodbyeHasNoWords() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            ada.write("<presence to='bob@localhost/door' type='unavailable' id='" + SECRET + "'><status>" + SECRET + "</status></presence>");
            assertThat(bob.await("unavailable")).doesNotContain(SECRET);
            bob.forget();
            ada.write("<presence to='bob@localhost/door'/>");
            bob.await("<presence");
            bob.forget();
            ada.write("<presence to='bob@localhost/door' type='unavailable'><status>" + SECRET + "</status></presence>");
            assertThat(bob.await("unavailable")).doesNotContain(SECRET);
        }
    }

    /** The address alone can say something: its resource is the client's own choice. */
    @Test
    void aGoodbyeIsAskedAboutUnlessThePresenceWasSeen() {
        try (RawClient ada = RawClient.login(gated.server, "ada", SECRET); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            gated.gate.refuse(e -> e.kind() == StanzaKind.PRESENCE ? Optional.of("a wall") : Optional.empty());
            ada.write("<presence to='bob@localhost/door' type='unavailable'/><presence to='bob@localhost' type='unavailable'/>");
            assertThat(receivedBy(bob, ada, "bob@localhost/door")).doesNotContain("<presence");
            assertThat(gated.gate.asked("unavailable")).hasSize(2).allMatch(e -> e.from().toString().equals("ada@localhost/" + SECRET));
            assertThat(ada.received()).as("nobody waits for an answer").doesNotContain("type='error'");
            gated.gate.reset();
            ada.write("<presence to='bob@localhost/door'/>");
            bob.await("<presence");
            bob.forget();
            gated.gate.refuse(e -> e.kind() == StanzaKind.PRESENCE ? Optional.of("a later wall") : Optional.empty());
            ada.write("<presence to='bob@localhost/door' type='unavailable'/>");
            bob.await("unavailable");
            bob.forget();
            assertThat(gated.gate.asked("unavailable")).isEmpty();
            ada.write("<presence to='bob@localhost/door' type='unavailable'/><presence to='bob@localhost/" + SECRET + "' type='unavailable'/>");
            assertThat(receivedBy(bob, ada, "bob@localhost/door")).as("a second one, and one to another address").doesNotContain("<presence");
            assertThat(gated.gate.asked("unavailable")).hasSize(2);
        }
    }

    /** Whoever has a proxy pass bytes on writes to somebody whom the stanza isn't addressed to (XEP-0065). */
    @Test
    void whatAProxyPassesOnIsAskedAbout() {
        gated.gate.refuseText("activate");
        try (RawClient ada = RawClient.login(gated.server, "ada", "door")) {
            ada.write("<iq to='localhost' type='set' id='proxy'><query xmlns='http://jabber.org/protocol/bytestreams' sid='s1'>"
                    + "<activate>bob@localhost/door</activate></query></iq>");
            assertThat(ada.await("id='proxy'")).contains("type='error'").contains("policy-violation");
            assertThat(gated.gate.asked("activate")).hasSize(1);
        }
    }

    @Test
    void refusedDirectedPresenceAndSubscriptionBounce() {
        gated.gate.refuse(e -> e.kind() == StanzaKind.PRESENCE ? Optional.of("no presence") : Optional.empty());
        try (RawClient ada = RawClient.login(gated.server, "ada", "door"); RawClient bob = RawClient.login(gated.server, "bob", "door")) {
            ada.write("<presence to='bob@localhost/door' id='p1'/><presence to='bob@localhost' type='subscribe' id='s1'/>");
            assertThat(ada.await("id='s1'")).contains("id='p1'").contains("no presence");
            assertThat(receivedBy(bob, ada, "bob@localhost/door")).doesNotContain("<presence");
        }
    }

    @Test
    void broadcastPresenceIsTold() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "feed")) {
            ada.write("<presence><show>dnd</show><priority>7</priority></presence>");
            Deadline.await("presence", GatedServer.LIMIT, () -> gated.gate.presence().stream().anyMatch(p -> is(p, true, "dnd", 7)));
        }
        Deadline.await("absence", GatedServer.LIMIT, () -> gated.gate.presence().stream().anyMatch(p -> is(p, false, "", 0)));
    }

    @Test
    @Tag("prosody") // an engine in its host has no link that could be away
    void snapshotTellsAllPresenceWhenTheLinkIsBack() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "snapshot")) {
            ada.write("<presence><show>away</show></presence>");
            Deadline.await("presence", GatedServer.LIMIT, () -> !gated.gate.presence().isEmpty());
            gated.gate.reset();
            gated.cutLink();
            gated.mendLink();
            Deadline.await("the snapshot", GatedServer.LIMIT, () -> gated.gate.snapshot("localhost").isPresent());
            assertThat(gated.gate.snapshot("localhost").orElseThrow()).extracting(p -> p.who().toString()).contains("ada@localhost/snapshot");
        }
    }

    private static boolean is(PresenceChange change, boolean available, String show, int priority) {
        return change.who().toString().equals("ada@localhost/feed") && change.available() == available && change.show().equals(show)
                && change.priority() == priority;
    }
}
