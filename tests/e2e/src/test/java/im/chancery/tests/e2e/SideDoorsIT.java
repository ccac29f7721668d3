package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Exchange;
import im.chancery.core.Outcome;
import im.chancery.core.StanzaKind;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ways in which words reach others that are no message from one person to another. */
class SideDoorsIT {
    private static final String SECRET = "smuggled words";
    private static GatedServer gated;
    private static String rooms;

    @BeforeAll
    static void start() {
        gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob", "cleo", "dora", "emma", "finn", "gwen", "hugo", "ivy").openRooms()
                .pubsub("ada").prosody(p -> p.modules("vcard_legacy")));
        rooms = gated.server.roomDomain();
    }

    @AfterAll
    static void stop() {
        gated.close();
    }

    @BeforeEach
    void reset() {
        gated.gate.reset();
    }

    private static RawClient login(String localpart) {
        return RawClient.login(gated.server, localpart, "door");
    }

    /** All that a client has received once a message sent after everything else has arrived. */
    private static String receivedBy(RawClient reader, String readerName, RawClient writer) {
        writer.write("<message to='" + readerName + "@localhost/door' type='chat' id='last'><body>the last</body></message>");
        return reader.await("the last");
    }

    private static boolean between(Exchange exchange, String from, String to) {
        return exchange.from().asBareJid().toString().equals(from) && exchange.to().asBareJid().toString().equals(to);
    }

    private static String publish(String node, String words) {
        return "<iq type='set' id='publish'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='" + node + "'><item id='1'>"
                + "<entry xmlns='urn:x'>" + words + "</entry></item></publish><publish-options><x xmlns='jabber:x:data' type='submit'>"
                + "<field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>"
                + "<field var='pubsub#access_model'><value>open</value></field></x></publish-options></pubsub></iq>";
    }

    private static void subscribe(RawClient reader, String readerName, String node) {
        reader.write("<iq type='set' id='follow' to='ada@localhost'><pubsub xmlns='http://jabber.org/protocol/pubsub'><subscribe node='" + node
                + "' jid='" + readerName + "@localhost'/></pubsub></iq><presence/>");
        reader.await("subscription='subscribed'");
    }

    /** XEP-0163: what somebody publishes reaches followers as messages that the server makes. */
    @Test
    @Tag("prosody") // a Tigase sends what is new to contacts alone
    void whatIsPublishedIsAskedForEachFollower() {
        gated.gate.refuse(e -> between(e, "ada@localhost", "cleo@localhost") && e.stanza().contains(SECRET) ? Optional.of("a wall") : Optional.empty());
        try (RawClient ada = login("ada"); RawClient bob = login("bob"); RawClient cleo = login("cleo")) {
            ada.write(publish("diary", "dear diary"));
            ada.await("id='publish'");
            subscribe(bob, "bob", "diary");
            subscribe(cleo, "cleo", "diary");
            ada.write(publish("diary", SECRET));
            bob.await(SECRET);
            assertThat(gated.gate.asked(SECRET)).anyMatch(e -> between(e, "ada@localhost", "bob@localhost"));
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes(SECRET).contains(Outcome.BOUNCED));
            assertThat(receivedBy(cleo, "cleo", ada)).doesNotContain(SECRET);
        }
    }

    /** XEP-0163, section 4.3.1: the last item comes as somebody begins to follow. */
    @Test
    @Tag("pubsub")
    void whatWasPublishedLastIsAskedForEachFollower() {
        gated.gate.refuse(e -> between(e, "ada@localhost", "cleo@localhost") && e.stanza().contains(SECRET) ? Optional.of("a wall") : Optional.empty());
        try (RawClient ada = login("ada"); RawClient bob = login("bob"); RawClient cleo = login("cleo")) {
            ada.write(publish("log", SECRET));
            ada.await("id='publish'");
            subscribe(bob, "bob", "log");
            subscribe(cleo, "cleo", "log");
            bob.await(SECRET);
            assertThat(gated.gate.asked(SECRET)).anyMatch(e -> between(e, "ada@localhost", "bob@localhost"));
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes(SECRET).contains(Outcome.BOUNCED));
            assertThat(receivedBy(cleo, "cleo", ada)).doesNotContain(SECRET);
        }
    }

    /** What others may fetch at any time has a record before it can be fetched. */
    @Test
    void whatIsPublishedToBeFetchedIsRecordedFirst() {
        try (RawClient ada = login("ada"); RawClient bob = login("bob")) {
            gated.gate.refuseText(SECRET);
            ada.write(publish("shelf", SECRET));
            assertThat(ada.await("id='publish'")).contains("policy-violation");
            ada.write("<iq type='set' id='card'><vCard xmlns='vcard-temp'><NICKNAME>" + SECRET + "</NICKNAME></vCard></iq>");
            assertThat(ada.await("id='card'")).contains("type='error'");
            assertThat(gated.gate.asked(SECRET)).hasSize(2);
            gated.gate.refuse(e -> Optional.empty());
            bob.write("<iq type='get' id='look' to='ada@localhost'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='shelf'/></pubsub></iq>"
                    + "<iq type='get' id='card' to='ada@localhost'><vCard xmlns='vcard-temp'/></iq>");
            bob.await("id='look'");
            bob.await("id='card'");
            assertThat(bob.received()).doesNotContain(SECRET);
        }
    }

    private static String join(String room, String nickname) {
        return "<presence to='" + room + "/" + nickname + "'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>";
    }

    private static void enter(RawClient client, String room, String nickname) {
        client.write(join(room, nickname));
        client.await("code='110'");
        client.forget();
    }

    /** XEP-0045, section 8.2: a kick's reason is shown to everybody in the room. */
    @Test
    void reasonOfAKickIsAskedAbout() {
        String room = "kick@" + rooms;
        gated.gate.refuseText(SECRET);
        try (RawClient ada = login("ada"); RawClient bob = login("bob")) {
            enter(ada, room, "Ada");
            enter(bob, room, "Bob");
            ada.forget();
            ada.write("<iq type='set' id='kick' to='" + room + "'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='Bob' role='none'><reason>"
                    + SECRET + "</reason></item></query></iq>");
            assertThat(ada.await("id='kick'")).contains("policy-violation");
            assertThat(receivedBy(bob, "bob", ada)).doesNotContain(SECRET);
        }
    }

    /** XEP-0045, section 7.8.2: the room hands the inviter's words to whom they are for. */
    @Test
    void invitationByWayOfARoomNamesTheInvited() {
        String room = "party@" + rooms;
        gated.gate.refuse(e -> e.recipient().map(r -> r.toString().equals("cleo@localhost")).orElse(false) ? Optional.of("a wall") : Optional.empty());
        try (RawClient ada = login("ada"); RawClient bob = login("bob"); RawClient cleo = login("cleo")) {
            bob.write("<presence/>");
            cleo.write("<presence/>");
            enter(ada, room, "Ada");
            String invitation = "<message to='" + room + "' id='invite-NAME'><x xmlns='http://jabber.org/protocol/muc#user'>"
                    + "<invite to='NAME@localhost'><reason>" + SECRET + "</reason></invite></x></message>";
            ada.write(invitation.replace("NAME", "cleo"));
            assertThat(ada.await("id='invite-cleo'")).contains("policy-violation");
            ada.write(invitation.replace("NAME", "bob"));
            bob.await(SECRET);
            assertThat(gated.gate.asked("invite-bob")).singleElement()
                    .satisfies(e -> assertThat(e.recipient()).hasValueSatisfying(r -> assertThat(r.toString()).isEqualTo("bob@localhost")));
            assertThat(receivedBy(cleo, "cleo", ada)).doesNotContain(SECRET);
        }
    }

    /** The record names whom it was for; nobody else may get it. */
    @Test
    void whisperToANicknameThatChangesHandsIsNotDelivered() {
        String room = "swap@" + rooms;
        gated.gate.keepBackText("for bob alone");
        try (RawClient ada = login("ada"); RawClient bob = login("bob"); RawClient cleo = login("cleo")) {
            enter(ada, room, "Ada");
            enter(bob, room, "Guest");
            ada.write("<message to='" + room + "/Guest' type='chat' id='whisper'><body>for bob alone</body></message>");
            Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            bob.write("<presence to='" + room + "/Guest' type='unavailable'/>");
            bob.await("unavailable");
            enter(cleo, room, "Guest");
            ada.forget();
            gated.gate.letGo();
            assertThat(ada.await("id='whisper'")).contains("type='error'");
            assertThat(receivedBy(cleo, "cleo", ada)).doesNotContain("for bob alone");
            Deadline.await("the outcome", GatedServer.LIMIT, () -> gated.gate.outcomes("for bob alone").contains(Outcome.BOUNCED));
        }
    }

    /** Everybody who hears it is in its record: who enters meanwhile makes it another attempt. */
    @Test
    void whoEntersWhileAMessageIsHeldIsInItsRecord() {
        String room = "late@" + rooms;
        gated.gate.keepBackText("said to those here");
        try (RawClient ada = login("ada"); RawClient cleo = login("cleo")) {
            enter(ada, room, "Ada");
            ada.write("<message to='" + room + "' type='groupchat' id='said'><body>said to those here</body></message>");
            Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            enter(cleo, room, "Cleo");
            gated.gate.letGo();
            cleo.await("said to those here");
            assertThat(gated.gate.asked("said to those here")).last()
                    .satisfies(e -> assertThat(e.room().orElseThrow().occupants().toString()).contains("cleo@localhost"));
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes("said to those here").size() == 2);
            assertThat(gated.gate.outcomes("said to those here")).containsExactly(Outcome.BOUNCED, Outcome.HANDED_ON);
        }
    }

    /** A wall that is built after two people subscribed to each other. */
    @Test
    void presenceDoesNotCrossALaterWall() {
        try (RawClient ada = login("ada"); RawClient bob = login("bob")) {
            ada.write("<presence/>");
            bob.write("<presence/><presence to='ada@localhost' type='subscribe'/>");
            ada.await("type='subscribe'");
            ada.write("<presence to='bob@localhost' type='subscribed'/><presence><status>before the wall</status></presence>");
            bob.await("before the wall");
            gated.gate.refuse(e -> e.kind() == StanzaKind.PRESENCE && between(e, "ada@localhost", "bob@localhost") ? Optional.of("a wall") : Optional.empty());
            ada.write("<presence><status>" + SECRET + "</status></presence>");
            assertThat(receivedBy(bob, "bob", ada)).doesNotContain(SECRET);
        }
    }

    /** RFC 6121, section 4.2.2: the host sends it on and probes the same contacts, which must not take it back. */
    @Test
    void presenceReachesAContactWhoSharesItsOwn() {
        try (RawClient bob = login("bob"); RawClient cleo = login("cleo")) {
            subscribe(bob, "bob", cleo, "cleo");
            subscribe(cleo, "cleo", bob, "bob");
            try (RawClient phone = RawClient.login(gated.server, "bob", "phone")) {
                phone.write("<presence/>");
                cleo.await("bob@localhost/phone");
                cleo.forget();
            }
            assertThat(cleo.await("type='unavailable'")).contains("bob@localhost/phone");
        }
    }

    /** The one sees the other's presence from now on. Both are available then. */
    private static void subscribe(RawClient reader, String readerName, RawClient shown, String shownName) {
        shown.write("<presence/>");
        // who has asked for the contacts is told of subscriptions (RFC 6121, section 2.1.3)
        reader.write("<iq type='get' id='contacts'><query xmlns='jabber:iq:roster'/></iq><presence/><presence to='" + shownName + "@localhost' type='subscribe'/>");
        shown.await("type='subscribe'");
        shown.write("<presence to='" + readerName + "@localhost' type='subscribed'/>");
        reader.await("type='subscribed'");
        reader.await(shownName + "@localhost/door");
    }

    /** To the own account is to all contacts (RFC 6120, section 10.3.3), of whom each is asked about alone. */
    @Test
    @Tag("prosody") // a Tigase gives it to the own account alone
    void aGoodbyeToTheOwnAccountGoesWhereItMayOnce() {
        try (RawClient ada = login("ada"); RawClient emma = login("emma"); RawClient finn = login("finn")) {
            subscribe(emma, "emma", ada, "ada");
            subscribe(finn, "finn", ada, "ada");
            gated.gate.refuse(e -> e.kind() == StanzaKind.PRESENCE && between(e, "ada@localhost", "emma@localhost") ? Optional.of("a wall") : Optional.empty());
            try (RawClient words = RawClient.login(gated.server, "ada", SECRET)) {
                words.write("<presence/>");
                finn.await("ada@localhost/" + SECRET);
                finn.forget();
                words.write("<presence type='unavailable' to='ada@localhost'/>");
                finn.await("type='unavailable'");
            }
            assertThat(receivedBy(finn, "finn", ada).split("type='unavailable'", -1)).as("one goodbye").hasSize(2);
            assertThat(receivedBy(emma, "emma", ada)).doesNotContain(SECRET);
        }
    }

    /** Nor is that somebody is there, where a subscription is given while a wall stands for presence alone. */
    @Test
    void aSubscriptionThatIsGivenShowsNoPresenceAcrossAWall() {
        try (RawClient hugo = login("hugo"); RawClient ivy = login("ivy")) {
            gated.gate.refuse(e -> e.kind() == StanzaKind.PRESENCE && e.type().matches("|available") && between(e, "ivy@localhost", "hugo@localhost")
                    ? Optional.of("a wall") : Optional.empty());
            ivy.write("<presence><status>" + SECRET + "</status></presence>");
            hugo.write("<presence/><presence to='ivy@localhost' type='subscribe'/>");
            ivy.await("type='subscribe'");
            ivy.write("<presence to='hugo@localhost' type='subscribed'/>");
            assertThat(receivedBy(hugo, "hugo", ivy).split("<")).filteredOn(tag -> tag.startsWith("presence")).noneMatch(tag -> tag.contains("ivy@localhost/door"));
        }
    }

    /** A subscription is between people (RFC 6121, section 3.1.2): no client's resource is shown by its end. */
    @Test
    void theEndOfASubscriptionShowsNoClientsAddress() {
        try (RawClient dora = login("dora"); RawClient gwen = login("gwen"); RawClient words = RawClient.login(gated.server, "gwen", SECRET)) {
            subscribe(dora, "dora", gwen, "gwen");
            words.write("<iq type='set' id='remove'><query xmlns='jabber:iq:roster'><item jid='dora@localhost' subscription='remove'/></query></iq>");
            words.await("id='remove'");
            assertThat(dora.await("type='unsubscribed'").split("<")).filteredOn(tag -> tag.contains("'unsubscribe")).isNotEmpty().noneMatch(tag -> tag.contains(SECRET));
        }
    }

    /** What the host says for a client that goes shows the client's own address, whose resource it has chosen. */
    @Test
    void aGoodbyeCrossesNoLaterWallThatThePresenceHasNotCrossed() {
        try (RawClient ada = login("ada"); RawClient dora = login("dora")) {
            ada.write("<presence/>");
            dora.write("<presence/><presence to='ada@localhost' type='subscribe'/>");
            ada.await("type='subscribe'");
            ada.write("<presence to='dora@localhost' type='subscribed'/><presence><status>before the wall</status></presence>");
            dora.await("before the wall");
            gated.gate.refuse(e -> e.kind() == StanzaKind.PRESENCE && between(e, "ada@localhost", "dora@localhost") ? Optional.of("a wall") : Optional.empty());
            try (RawClient words = RawClient.login(gated.server, "ada", SECRET)) {
                words.write("<presence/><presence type='unavailable'/><presence/>");
                words.await("ada@localhost/" + SECRET);
            }
            ada.await("unavailable"); // of the client that has gone
            ada.write("<presence type='unavailable'/>");
            assertThat(dora.await("type='unavailable'")).contains("ada@localhost/door").doesNotContain(SECRET);
        }
    }

    /** Nor does what it says for a client to a contact whom its user blocks (XEP-0191). */
    @Test
    @Tag("prosody") // a Tigase says no goodbye to who is blocked
    void whoBlocksAContactShowsThemNoClientThatTheyHaveNotSeen() {
        try (RawClient gwen = login("gwen"); RawClient ivy = login("ivy")) {
            subscribe(ivy, "ivy", gwen, "gwen");
            gated.gate.refuse(e -> e.kind() == StanzaKind.PRESENCE && between(e, "gwen@localhost", "ivy@localhost") ? Optional.of("a wall") : Optional.empty());
            try (RawClient words = RawClient.login(gated.server, "gwen", SECRET)) {
                words.write("<presence/>");
                words.await("gwen@localhost/" + SECRET);
                words.write("<iq type='set' id='block'><block xmlns='urn:xmpp:blocking'><item jid='ivy@localhost'/></block></iq>");
                words.await("id='block'");
                assertThat(ivy.await("type='unavailable'")).contains("gwen@localhost/door");
                ivy.settled();
                assertThat(ivy.received()).doesNotContain(SECRET);
            }
        }
    }

    /** Presence that could not be decided while the engine was away is not lost. */
    @Test
    @Tag("prosody") // an engine in its host is not away while that is there
    void presenceIsSentOnWhenTheEngineIsBack() {
        try (RawClient ada = login("ada"); RawClient cleo = login("cleo")) {
            ada.write("<presence/>");
            cleo.write("<presence/><presence to='ada@localhost' type='subscribe'/>");
            ada.await("type='subscribe'");
            ada.write("<presence to='cleo@localhost' type='subscribed'/><presence><status>before</status></presence>");
            cleo.await("before");
            gated.cutLink();
            ada.write("<presence><status>out of date</status></presence><presence id='mine'><status>while away</status></presence>");
            ada.await("while away");
            assertThat(cleo.received()).doesNotContain("while away");
            gated.mendLink();
            assertThat(cleo.await("while away")).doesNotContain("out of date");
        }
    }

    /** An answer's words are its sender's: they have a record, and the wall may run in this direction only. */
    @Test
    void resultOfAnIqIsAskedAbout() {
        try (RawClient ada = login("ada"); RawClient bob = login("bob")) {
            for (String id : new String[] {"open", "shut"}) {
                bob.write("<iq type='get' id='" + id + "' to='ada@localhost/door'><query xmlns='urn:q'/></iq>");
                ada.await("id='" + id + "'");
                ada.write("<iq type='result' id='" + id + "' to='bob@localhost/door'><query xmlns='urn:q'>" + SECRET + " " + id + "</query></iq>");
                String answer = bob.await("id='" + id + "'");
                assertThat(gated.gate.asked(SECRET + " " + id)).singleElement().matches(e -> between(e, "ada@localhost", "bob@localhost"));
                assertThat(answer.contains(SECRET)).isEqualTo(id.equals("open"));
                bob.forget();
                gated.gate.refuseText(SECRET);
            }
            assertThat(bob.received()).doesNotContain(SECRET);
        }
    }
}
