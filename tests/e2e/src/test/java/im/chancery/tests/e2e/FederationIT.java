package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Direction;
import im.chancery.core.Outcome;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jivesoftware.smack.packet.Presence;
import org.jivesoftware.smackx.muc.MultiUserChat;
import org.jivesoftware.smackx.muc.packet.MUCUser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A gated server and a partner's bare one, federated with mutual TLS: asked in both directions, rooms included. */
class FederationIT {
    private static final String SERVICE = XmppSetup.pubsubDomain("house.test");
    private static final String REQUEST = "<r xmlns='urn:xmpp:sm:3'/>";
    private static GatedServer house;
    private static XmppServer partner;

    @BeforeAll
    static void start() throws Exception {
        Certificates authority = new Certificates();
        InetAddress houseAddress = XmppServer.freeAddress();
        InetAddress partnerAddress = XmppServer.freeAddress();
        house = GatedServer.start(XmppSetup.of("house.test", authority).people("ada").prosody(p -> p.modules("mam").roomModules("muc_mam")).address(houseAddress.getHostAddress())
                .federatesWith("partner.test", partnerAddress.getHostAddress()).openRooms().component(SERVICE));
        partner = XmppServer.start(XmppSetup.of("partner.test", authority).people("pat", "tim").address(partnerAddress.getHostAddress())
                .federatesWith("house.test", houseAddress.getHostAddress()));
    }

    @AfterAll
    static void stop() {
        partner.close();
        house.close();
    }

    @BeforeEach
    void reset() {
        house.gate.reset();
    }

    @Test
    void messagesAreAskedInBothDirections() {
        house.gate.refuseText("not for you");
        try (SmackClient ada = SmackClient.login(house.server, "ada", "desk"); SmackClient pat = SmackClient.login(partner, "pat", "desk")) {
            ada.chat("pat@partner.test", "going out");
            pat.inbox().takeBody("going out");
            pat.chat("ada@house.test", "coming in");
            ada.inbox().takeBody("coming in");
            assertThat(house.gate.asked("going out")).singleElement().satisfies(e -> assertThat(e.direction()).isEqualTo(Direction.OUTBOUND));
            assertThat(house.gate.asked("coming in")).singleElement().satisfies(e -> assertThat(e.direction()).isEqualTo(Direction.INBOUND));
            ada.inbox().takeErrorOf(ada.chat("pat@partner.test", "not for you, pat"));
            pat.inbox().takeErrorOf(pat.chat("ada@house.test", "not for you, ada"));
            assertThat(ada.inbox().bodies()).isEmpty();
            assertThat(pat.inbox().bodies()).isEmpty();
        }
    }

    @Test
    void remoteOccupantIsAskedAtTheRoomsEntrance() {
        String room = "joint@" + house.server.roomDomain();
        house.gate.refuseText("not in this room");
        try (SmackClient ada = SmackClient.login(house.server, "ada", "desk"); SmackClient pat = SmackClient.login(partner, "pat", "desk")) {
            ada.enter(room, "Ada");
            pat.enter(room, "Pat");
            pat.groupChat(room, "from afar");
            ada.inbox().takeBody("from afar");
            ada.groupChat(room, "from here");
            pat.inbox().takeBody("from here");
            assertThat(house.gate.asked("from afar")).singleElement().satisfies(e -> {
                assertThat(e.from().toString()).isEqualTo("pat@partner.test/desk");
                assertThat(e.room().orElseThrow().occupants().toString()).contains("pat@partner.test").contains("ada@house.test");
            });
            assertThat(house.gate.asked("from here")).hasSize(1);
            pat.inbox().takeErrorOf(pat.groupChat(room, "not in this room"));
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> house.gate.outcomes("from").size() >= 2);
            assertThat(house.gate.outcomes("not in this room")).containsExactly(Outcome.BOUNCED);
        }
    }

    /** mod_mam puts a clone in the stanza's place: what is asked, held and refused must be the stanza before that. */
    @Test
    @Tag("prosody") // the archives are Prosody's modules
    void messageOfAServerIsAskedOnceBeforeTheArchivesHaveIt() {
        String room = "archived@" + house.server.roomDomain();
        house.gate.refuseText("refused");
        try (SmackClient ada = SmackClient.login(house.server, "ada", "desk"); SmackClient pat = SmackClient.login(partner, "pat", "desk")) {
            ada.enter(room, "Ada");
            pat.enter(room, "Pat");
            pat.inbox().takeErrorOf(pat.chat("ada@house.test", "refused for the archive"));
            pat.inbox().takeErrorOf(pat.groupChat(room, "refused for the room's archive"));
            pat.chat("ada@house.test", "kept for the archive");
            pat.groupChat(room, "kept for the room's archive");
            ada.inbox().takeBody("kept for the archive");
            ada.inbox().takeBody("kept for the room's archive");
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> house.gate.outcomes("archive</body>").size() == 4);
            assertThat(house.gate.asked("archive</body>")).hasSize(4);
            assertThat(house.gate.outcomes("refused")).containsExactly(Outcome.BOUNCED, Outcome.BOUNCED);
            ada.roundTrip();
            assertThat(ada.inbox().containing("archive</body>")).isEmpty();
            assertThat(house.server.filesWith("kept for the archive")).isNotEmpty();
            assertThat(house.server.filesWith("kept for the room")).isNotEmpty();
            assertThat(house.server.filesWith("refused for")).isEmpty();
        }
    }

    /** XEP-0045, section 7.6: the old nickname's end tells the new one, before that is there. */
    @Test
    @Tag("prosody") // tigase-muc knows no change of a nickname; ComponentIT has one on both
    void aNewNicknameInAPartnersRoomIsSeenAsOneAndRecorded() {
        String room = "renamed@" + partner.roomDomain();
        try (SmackClient tim = SmackClient.login(partner, "tim", "desk"); SmackClient ada = SmackClient.login(house.server, "ada", "desk")) {
            tim.enter(room, "Tim");
            RoomEvents seen = RoomEvents.of(ada.enter(room, "Ada"));
            house.gate.keepBackText("code='303'");
            tim.presence(Presence.Type.available, room + "/Pete", null); // Smack's own method waits for itself
            Deadline.await("both questions", GatedServer.LIMIT, () -> house.gate.keptBack() == 1 && house.gate.asked(room + "/Pete'").size() == 1);
            ada.roundTrip();
            assertThat(ada.inbox().containing(room + "/Pete'")).as("while the old nickname's end is held").isEmpty();
            house.gate.letGo();
            assertThat(seen.await("Pete joined")).containsSubsequence("Tim is Pete", "Pete joined");
            Deadline.await("the outcome", GatedServer.LIMIT, () -> house.gate.outcomes("code='303'").equals(List.of(Outcome.HANDED_ON)));
            ada.presence(Presence.Type.available, room + "/Eve", null);
            ada.inbox().take("the own new nickname", s -> s instanceof Presence p && p.getType() == Presence.Type.unavailable
                    && MUCUser.from(p).getItem().getNick().toString().equals("Eve") && MUCUser.from(p).getStatus().contains(MUCUser.Status.NEW_NICKNAME_303));
        }
    }

    @Test
    void whoIsKickedFromAPartnersRoomIsSeenAsKickedEvenIfTheReasonIsRefused() {
        String room = "strict@" + partner.roomDomain();
        house.gate.refuseText("smuggled");
        try (SmackClient pat = SmackClient.login(partner, "pat", "desk"); SmackClient tim = SmackClient.login(partner, "tim", "desk");
                SmackClient ada = SmackClient.login(house.server, "ada", "desk")) {
            pat.enter(room, "Pat");
            RoomEvents seen = RoomEvents.of(ada.enter(room, "Ada"));
            for (String reason : new String[] {"too loud", "smuggled words"}) {
                MultiUserChat tims = tim.enter(room, "Tim");
                pat.kick(room, "Tim", reason);
                Deadline.await("the kick", GatedServer.LIMIT, () -> !tims.isJoined());
            }
            assertThat(seen.await("Tim was kicked: null")).containsSubsequence("Tim joined", "Tim was kicked: too loud", "Tim joined", "Tim was kicked: null");
            assertThat(ada.inbox().containing("smuggled")).isEmpty();
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> house.gate.outcomes("code='307'").equals(List.of(Outcome.HANDED_ON, Outcome.BOUNCED)));
            assertThat(house.gate.asked("code='307'")).allSatisfy(e -> assertThat(e.direction()).isEqualTo(Direction.INBOUND));
            pat.kick(room, "Ada", "one's own");
            seen.await("kicked: one's own");
        }
    }

    @Test
    void thatAPartnersRoomIsDestroyedIsSeen() throws Exception {
        String room = "doomed@" + partner.roomDomain();
        try (SmackClient pat = SmackClient.login(partner, "pat", "desk"); SmackClient ada = SmackClient.login(house.server, "ada", "desk")) {
            MultiUserChat pats = pat.enter(room, "Pat");
            RoomEvents seen = RoomEvents.of(ada.enter(room, "Ada"));
            pats.destroy("moving house", null);
            seen.await("destroyed: moving house");
            assertThat(house.gate.asked("moving house")).hasSize(1);
        }
    }

    @Test
    void whoLeavesAPartnersRoomOnlyLeaves() {
        String room = "left@" + partner.roomDomain();
        try (SmackClient tim = SmackClient.login(partner, "tim", "desk"); SmackClient ada = SmackClient.login(house.server, "ada", "desk")) {
            tim.enter(room, "Tim");
            RoomEvents seen = RoomEvents.of(ada.enter(room, "Ada"));
            tim.presence(Presence.Type.unavailable, room + "/Tim", "smuggled words");
            seen.await("Tim left");
            assertThat(ada.inbox().containing("smuggled")).isEmpty();
            ada.leave(room);
            assertThat(ada.room(room).isJoined()).isFalse();
        }
    }

    @Test
    void answersFromOutsideArriveAndNothingElseWithThem() {
        try (RawClient ada = RawClient.login(house.server, "ada", "door"); RawClient pat = RawClient.login(partner, "pat", "door")) {
            ada.write("<iq to='pat@partner.test/door' type='get' id='v1'><query xmlns='jabber:iq:version'/></iq>"
                    + "<message to='pat@partner.test/door' id='m1'><body>are you there</body></message>");
            pat.await("are you there");
            pat.write("<iq to='ada@house.test/door' type='result' id='v1'><query xmlns='jabber:iq:version'><name>Test</name></query></iq>"
                    + "<message to='ada@house.test/door' type='error' id='m1'><body>smuggled</body><error type='cancel'>"
                    + "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
                    + "<presence to='ada@house.test/door' type='unavailable'><status>smuggled</status></presence>"
                    + "<message to='ada@house.test/door' type='chat'><body>the last</body></message>");
            for (String part : new String[] {"<name>Test</name>", "<gone", "type='unavailable'"}) {
                ada.await(part); // a Tigase has threads for each kind of stanza, which overtake each other
            }
            assertThat(ada.await("the last")).doesNotContain("smuggled");
        }
    }

    /** A component that others run (XEP-0114) answers a partner's people as it does those of the house. */
    @Test
    void whatAPartnersPeopleAskAComponentIsAnswered() {
        try (RawClient pat = RawClient.login(partner, "pat", "door"); RawClient service = RawClient.component(house.server, SERVICE)) {
            for (String to : new String[] {SERVICE, "tea@" + SERVICE, "tea@" + SERVICE + "/desk"}) {
                String answer = " from='" + to + "' to='pat@partner.test/door' id='" + to + "'><query xmlns='urn:q'>words of " + to + "</query></iq>";
                pat.write("<iq to='" + to + "' type='get' id='" + to + "'><query xmlns='urn:q'/></iq>");
                service.await("id='" + to + "'");
                service.write("<iq type='result'" + answer);
                pat.await("words of " + to + "<");
                Deadline.await("the outcome", GatedServer.LIMIT, () -> house.gate.outcomes("words of " + to + "<").equals(List.of(Outcome.HANDED_ON)));
                pat.forget();
                service.write("<iq type='result'" + answer + "<message from='" + to + "' to='pat@partner.test/door' id='behind'><body>behind it</body></message>");
                assertThat(pat.await("behind it")).as("once").doesNotContain("words of");
            }
        }
    }

    /** XEP-0163, section 4: whoever wants to be told of what is published says so where the host asks, and a Prosody asks all by one id. */
    @Test
    @Tag("prosody")
    void whatIsPublishedComesToEachClientThatWantsIt() {
        try (RawClient ada = RawClient.login(house.server, "ada", "door"); RawClient desk = RawClient.login(partner, "pat", "desk");
                RawClient phone = RawClient.login(partner, "pat", "phone"); RawClient service = RawClient.component(house.server, SERVICE)) {
            ada.write("<iq type='get' id='contacts'><query xmlns='jabber:iq:roster'/></iq><presence/>");
            Map<RawClient, String> readers = Map.of(desk, "pat@partner.test", service, "tea@" + SERVICE);
            readers.forEach((reader, contact) -> {
                reader.write("<presence from='" + contact + "' to='ada@house.test' type='subscribe'/>");
                ada.await("from='" + contact + "'");
                ada.forget();
                ada.write("<presence to='" + contact + "' type='subscribed'/>");
                ada.await("subscription='from'");
            });
            Map<RawClient, String> clients = Map.of(desk, "pat@partner.test/desk", phone, "pat@partner.test/phone", service, "tea@" + SERVICE + "/desk");
            clients.forEach((client, address) -> client.write("<presence from='" + address + "' to='ada@house.test'>"
                    + "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:client' ver='1'/></presence>"));
            clients.keySet().forEach(client -> client.await("id='disco'"));
            clients.forEach((client, address) -> client.write("<iq from='" + address + "' to='ada@house.test' type='result' id='disco'>"
                    + "<query xmlns='http://jabber.org/protocol/disco#info' node='urn:client#1'><feature var='urn:news+notify'/></query></iq>"));
            ada.write("<iq type='set' id='news'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:news'><item id='current'>"
                    + "<news xmlns='urn:news'>some news</news></item></publish></pubsub></iq>");
            clients.keySet().forEach(client -> client.await("some news"));
        }
    }

    /** A stranger learns nothing of this house: which rooms there are, who a room's members are, which software runs. */
    @Test
    void whatAnotherServersPeopleWantOfThisServerIsAskedAbout() {
        String[] hosts = {"house.test", house.server.roomDomain(), "joint@" + house.server.roomDomain()};
        try (RawClient pat = RawClient.login(partner, "pat", "door")) {
            for (boolean refused : new boolean[] {true, false}) {
                house.gate.reset();
                house.gate.refuse(e -> refused ? Optional.of("a stranger") : Optional.empty());
                for (String host : hosts) {
                    String id = host + refused;
                    pat.write("<iq to='" + host + "' type='get' id='" + id + "'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
                    assertThat(pat.await("id='" + id + "'").contains("a stranger")).isEqualTo(refused);
                    assertThat(house.gate.asked(id)).singleElement().satisfies(e -> assertThat(e.direction()).isEqualTo(Direction.INBOUND));
                    pat.forget();
                }
            }
        }
    }

    /** RFC 6120, section 8.2.3: an iq has an id and one child. Servers take others from each other. */
    @ParameterizedTest
    @ValueSource(strings = {" id='odd'><query xmlns='urn:q'>WORDS</query><more xmlns='urn:q'/>", "><query xmlns='urn:q'>WORDS</query>", " id='odd'>WORDS"})
    @Tag("prosody") // a Tigase answers no second stream header of this peer's
    void anOddIqOfAServerIsAskedAbout(String iq) {
        house.gate.refuseText("smuggled");
        try (RawClient ada = RawClient.login(house.server, "ada", "door"); RawClient peer = RawClient.peer(house.server, "peer.test")) {
            for (String words : new String[] {"smuggled words", "open words"}) {
                peer.write("<iq from='pat@peer.test/desk' to='ada@house.test/door' type='set'" + iq.replace("WORDS", words) + "</iq>"
                        + fromPeer("door", "behind " + words.length()));
                ada.await("behind " + words.length());
                Outcome end = words.startsWith("smuggled") ? Outcome.BOUNCED : Outcome.HANDED_ON;
                Deadline.await("the outcome", GatedServer.LIMIT, () -> house.gate.outcomes(words).equals(List.of(end)));
            }
            assertThat(house.gate.asked("words")).hasSize(2);
            assertThat(ada.received()).contains("open words").doesNotContain("smuggled");
        }
    }

    /** No rule is about a type that there isn't, yet a server may pass it on. */
    @Test
    @Tag("prosody") // a Tigase answers no second stream header of this peer's
    void aTypeThatThereIsNotComesNoFurther() {
        String room = "types@" + house.server.roomDomain();
        try (RawClient ada = RawClient.login(house.server, "ada", "door"); RawClient peer = RawClient.peer(house.server, "peer.test")) {
            ada.write("<presence to='" + room + "/ada'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
            ada.await("code='110'");
            for (String to : new String[] {"ada@house.test/door", "ada@house.test", room, room + "/ada"}) {
                String addresses = " from='pat@peer.test/desk' to='" + to + "'";
                peer.write("<presence" + addresses + " type='gossip' id='p'><status>smuggled</status></presence>"
                        + "<iq" + addresses + " type='push' id='i'><query xmlns='urn:q'>smuggled</query></iq>"
                        + "<iq" + addresses + " id='j'><query xmlns='urn:q'>smuggled</query></iq>"
                        + "<message" + addresses + " type='error' id='e'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                        + "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>smuggled</text></error></message>");
            }
            peer.write(fromPeer("door", "the last"));
            assertThat(ada.await("the last")).doesNotContain("smuggled").doesNotContain("type='unavailable'");
            assertThat(house.gate.asked("smuggled")).isEmpty();
        }
    }

    /** mod_smacks counts at parse time, on streams between servers too. */
    @Test
    @Tag("prosody") // a Tigase acknowledges nothing to servers
    void acknowledgementToAServerNeverCoversAStanzaWithoutVerdict() {
        house.gate.keepBack(e -> e.stanza().contains("second") || e.stanza().contains("third"));
        try (SmackClient ada = SmackClient.login(house.server, "ada", "desk"); RawClient peer = RawClient.peer(house.server, "peer.test")) {
            peer.write("<enable xmlns='urn:xmpp:sm:3'/>");
            peer.await("<enabled");
            peer.write(fromPeer("desk", "first") + REQUEST + fromPeer("desk", "second") + fromPeer("desk", "third") + REQUEST);
            ada.inbox().takeBody("first");
            Deadline.await("both questions", GatedServer.LIMIT, () -> house.gate.keptBack() == 2);
            assertThat(peer.await("<a ")).contains("h='1'");
            peer.forget();
            house.gate.letGo();
            assertThat(peer.await("<a ")).contains("h='3'");
            ada.inbox().takeBody("third");
        }
    }

    private static String fromPeer(String resource, String body) {
        return "<message from='pat@peer.test/desk' to='ada@house.test/" + resource + "' type='chat' id='" + body + "'><body>" + body + "</body></message>";
    }
}
