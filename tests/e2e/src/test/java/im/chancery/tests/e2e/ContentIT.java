package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a record tells of content: its history as a chain, forged ids, what can't be read; and what policy makes of it. */
class ContentIT {
    private static final String OMEMO = "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/><payload>eA==</payload></encrypted>";
    private static final String CLEAR = "Trading writes in the clear.";
    private static final Pattern BY_ROOM = Pattern.compile("<stanza-id [^>]*>");
    private static final Pattern ID = Pattern.compile("\\bid='([^']+)'");
    @AutoClose
    private static Deployment chancery;

    @BeforeAll
    static void start() throws IOException {
        chancery = Deployment.start(Deployment.Node.free("node1", "localhost"), new Certificates(),
                config -> config.replace("rooms:\n", "unreadable: [{name: clear, people: {departments: [trading]}, reason: \"" + CLEAR + "\"}]\nrooms:\n"),
                setup -> setup.openRooms().prosody(p -> p.modules("vcard_legacy")));
    }

    private static SmackClient login(String who) {
        return SmackClient.login(chancery.server(), who, "desk");
    }

    private static RawClient raw(String who) {
        RawClient client = RawClient.login(chancery.server(), who, "raw");
        client.write("<presence/>");
        client.settled();
        return client;
    }

    private static String record(String stanzaId) {
        return AdminClient.text(chancery.admin().onlyAttempt(stanzaId), "id");
    }

    /** What a record's chain says: each record by the id of its stanza, and what it does to which other. */
    private static List<String> chain(String stanzaId) {
        JsonNode shown = chancery.admin().record(record(stanzaId));
        List<JsonNode> all = new ArrayList<>(List.of(shown.get("record")));
        shown.get("linked").get("records").forEach(all::add);
        Map<String, String> names = all.stream().collect(Collectors.toMap(r -> AdminClient.text(r, "id"), r -> AdminClient.text(r, "stanzaId")));
        return all.stream().map(r -> AdminClient.text(r, "stanzaId") + " (" + AdminClient.text(r, "what") + ")"
                + r.path("links").valueStream().map(link -> " " + AdminClient.text(link, "does") + " " + names.get(AdminClient.text(link, "to"))).reduce("", String::concat)).toList();
    }

    @Test
    void messageIsShownWithItsHistory() {
        try (RawClient ada = raw("ada"); RawClient boris = raw("boris")) {
            say(ada, "boris", "h1", "<body>meet at nine</body>");
            say(boris, "ada", "h2", "<received xmlns='urn:xmpp:receipts' id='h1'/>");
            say(ada, "boris", "h3", "<replace xmlns='urn:xmpp:message-correct:0' id='h1'/><body>meet at ten</body>");
            say(boris, "ada", "h4", "<reactions xmlns='urn:xmpp:reactions:0' id='h1'><reaction>+</reaction></reactions>");
            say(boris, "ada", "h5", "<reply xmlns='urn:xmpp:reply:0' id='h1'/><body>fine</body>");
            say(boris, "ada", "h6", "<displayed xmlns='urn:xmpp:chat-markers:0' id='h3'/>");
            say(ada, "boris", "h7", "<retract xmlns='urn:xmpp:message-retract:1' id='h1'/>");
            assertThat(chain("h1")).containsExactly("h1 (text)", "h2 (receipt) receive h1", "h3 (edit) correct h1", "h4 (reaction) react h1", "h5 (reply) reply h1",
                    "h6 (marker) mark h3", "h7 (retraction) retract h1");
            assertThat(chain("h6")).startsWith("h6 (marker) mark h3", "h1 (text)").hasSize(7);
        }
    }

    private static void say(RawClient from, String to, String id, String children) {
        from.write("<message to='" + to + "@localhost/raw' type='chat' id='" + id + "'>" + children + "</message>");
        chancery.admin().onlyAttempt(id);
    }

    /** In a room others know a message by the id that the room has given to it (XEP-0359). */
    @Test
    void roomsMessageIsShownWithWhatNamesItByTheRoomsId() {
        String room = "history@" + chancery.server().roomDomain();
        try (RawClient ada = raw("ada"); RawClient boris = raw("boris")) {
            enter(ada, room, "Ada");
            enter(boris, room, "Boris");
            ada.write("<message to='" + room + "' type='groupchat' id='r1'><body>meet at nine</body></message>");
            boris.await("meet at nine</body>");
            Deadline.await("the room's id", GatedServer.LIMIT, () -> idBy(room, boris.received()).isPresent());
            String given = idBy(room, boris.received()).orElseThrow();
            Deadline.await("the record of the room's id", GatedServer.LIMIT, () -> given.equals(AdminClient.text(shown("r1"), "assignedId")));
            inRoom(ada, room, "r2", "<replace xmlns='urn:xmpp:message-correct:0' id='r1'/><body>meet at ten</body>");
            inRoom(boris, room, "r3", "<reactions xmlns='urn:xmpp:reactions:0' id='" + given + "'><reaction>+</reaction></reactions>");
            inRoom(ada, room, "r4", "<retract xmlns='urn:xmpp:message-retract:1' id='" + given + "'/><body>taken back</body>");
            ada.write("<iq to='" + room + "' type='set' id='r5'><moderate xmlns='urn:xmpp:message-moderate:1' id='" + given + "'><retract xmlns='urn:xmpp:message-retract:1'/></moderate></iq>");
            chancery.admin().onlyAttempt("r5");
            assertThat(chain("r1")).containsExactly("r1 (text)", "r2 (edit) correct r1", "r3 (reaction) react r1", "r4 (retraction) retract r1", "r5 (moderation) moderate r1");
            assertThat(chain("r3")).startsWith("r3 (reaction) react r1", "r1 (text)").hasSize(5);
        }
    }

    private static JsonNode shown(String stanzaId) {
        return chancery.admin().record(record(stanzaId)).get("record");
    }

    private static Optional<String> idBy(String room, String received) {
        Matcher given = BY_ROOM.matcher(received);
        while (given.find()) {
            Matcher id = ID.matcher(given.group());
            if (given.group().contains("by='" + room + "'") && id.find()) {
                return Optional.of(id.group(1));
            }
        }
        return Optional.empty();
    }

    private static void enter(RawClient client, String room, String nickname) {
        client.write("<presence to='" + room + "/" + nickname + "'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>");
        client.await("code='110'");
        client.forget();
    }

    private static void inRoom(RawClient client, String room, String id, String children) {
        client.write("<message to='" + room + "' type='groupchat' id='" + id + "'>" + children + "</message>");
        chancery.admin().onlyAttempt(id);
    }

    /** A client's leaving has a record, and so has its end, by which it leaves without a word. */
    @Test
    void leavingIsRecordedHoweverItComes() {
        String room = "leaving@" + chancery.server().roomDomain();
        try (RawClient ada = raw("ada"); RawClient boris = raw("boris"); RawClient emma = raw("emma")) {
            enter(boris, room, "Boris");
            enter(ada, room, "Ada");
            enter(emma, room, "Emma");
            ada.write("<presence to='" + room + "/Ada' type='unavailable' id='l1'><status>off I go</status></presence>");
            emma.write("</stream:stream>");
            Deadline.await("both have left", GatedServer.LIMIT, () -> leavers(room).size() == 2);
            assertThat(leavers(room)).containsExactlyInAnyOrder("ada@localhost/raw handed_on", "emma@localhost/raw handed_on");
            assertThat(boris.await("unavailable")).doesNotContain("off I go");
        }
    }

    /** Who is removed leaves too, whichever way a room does it; and doesn't leave again when their session ends, nor does who was never let in. */
    @Test
    void beingRemovedIsLeavingOnce() {
        String service = "@" + chancery.server().roomDomain();
        String away = "away" + service;
        try (RawClient ada = raw("ada")) {
            enter(ada, away, "Ada");
            try (RawClient emma = raw("emma")) {
                removed(ada, emma, "kicked", "<query xmlns='http://jabber.org/protocol/muc#admin'><item nick='Emma' role='none'/></query>");
                removed(ada, emma, "banned", "<query xmlns='http://jabber.org/protocol/muc#admin'><item jid='emma@localhost' affiliation='outcast'/></query>");
                removed(ada, emma, "destroyed", "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>");
                emma.write("<presence to='banned" + service + "/Emma'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
                emma.await("type='error'");
                enter(emma, away, "Emma");
                emma.write("</stream:stream>");
            }
            Deadline.await("emma has left", GatedServer.LIMIT, () -> leavers(away).size() == 1);
            for (String room : List.of("kicked", "banned")) {
                assertThat(leavers(room + service)).as(room).containsExactly("emma@localhost/raw handed_on");
            }
            assertThat(leavers("destroyed" + service)).containsExactlyInAnyOrder("ada@localhost/raw handed_on", "emma@localhost/raw handed_on");
        }
    }

    private static void removed(RawClient owner, RawClient guest, String name, String how) {
        String room = name + "@" + chancery.server().roomDomain();
        enter(owner, room, "Ada");
        owner.write("<iq to='" + room + "' type='set' id='open-" + name + "'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>");
        owner.await("id='open-" + name + "'");
        enter(guest, room, "Emma");
        owner.write("<iq to='" + room + "' type='set' id='" + name + "'>" + how + "</iq>");
        Deadline.await("emma has left " + room, GatedServer.LIMIT, () -> leavers(room).contains("emma@localhost/raw handed_on"));
        guest.await("unavailable");
        guest.forget();
    }

    private static List<String> leavers(String room) {
        return chancery.admin().attempts().stream().filter(a -> "leave".equals(AdminClient.text(a, "what")) && room.equals(AdminClient.text(a, "room")))
                .filter(a -> AdminClient.text(a, "outcome") != null).map(a -> AdminClient.text(a, "from") + " " + AdminClient.text(a, "outcome")).toList();
    }

    /** XEP-0359, section 2.2: an id that one of ours is said to have given is no evidence of anything. */
    @Test
    void forgedIdsAreTakenOutAndRecorded() {
        String room = "forged@" + chancery.server().roomDomain();
        try (RawClient ada = raw("ada"); RawClient boris = raw("boris")) {
            enter(ada, room, "Ada");
            enter(boris, room, "Boris");
            String ids = String.join("", List.of("boris@localhost", "localhost", room, "elsewhere.example").stream()
                    .map(by -> "<stanza-id xmlns='urn:xmpp:sid:0' by='" + by + "' id='forged-by-" + by + "'/>").toList());
            say(ada, "boris", "f1", ids + "<body>to one</body>");
            inRoom(ada, room, "f2", ids + "<body>to all</body>");
            boris.await("to one</body>");
            String got = boris.await("to all</body>");
            assertThat(got).contains("forged-by-elsewhere.example").doesNotContain("forged-by-boris", "forged-by-localhost", "forged-by-forged@");
            for (String id : List.of("f1", "f2")) {
                assertThat(shown(id).get("forgedIds").valueStream().map(JsonNode::asString)).containsExactly("boris@localhost", room, "localhost");
                assertThat(AdminClient.text(shown(id), "stanza")).contains("forged-by-boris@localhost");
            }
        }
    }

    @Test
    void whoMustBeReadableNeitherSendsNorGetsWhatIsNot() {
        try (SmackClient ada = login("ada"); SmackClient clara = login("clara"); SmackClient emma = login("emma")) {
            Expect.refused(chancery, clara, clara.chat("emma@localhost", "see OMEMO 1", OMEMO), CLEAR);
            Expect.refused(chancery, emma, emma.chat("clara@localhost", "see OMEMO 2", OMEMO), CLEAR);
            Expect.nowhere(chancery, "see OMEMO", clara, emma);
            Expect.handedOn(chancery, clara, clara.chat("emma@localhost", "in the clear"));
            JsonNode recorded = Expect.handedOn(chancery, emma, emma.chat("ada@localhost", "see OMEMO 3", OMEMO));
            ada.inbox().takeBody("see OMEMO 3");
            assertThat(recorded.get("unreadable").valueStream().map(JsonNode::asString)).containsExactly("omemo");
            assertThat(AdminClient.text(recorded, "what")).isEqualTo("encrypted");
        }
    }

    /** In a room too, and where it is only kept to be fetched. */
    @Test
    void nothingUnreadableByWayOfARoomOrAPublication() {
        String room = "clear@" + chancery.server().roomDomain();
        try (RawClient emma = raw("emma"); RawClient clara = raw("clara")) {
            enter(emma, room, "Emma");
            inRoom(emma, room, "u1", OMEMO + "<body>in a room</body>");
            emma.await("in a room");
            enter(clara, room, "Clara");
            emma.forget();
            inRoom(emma, room, "u2", OMEMO + "<body>with clara there</body>");
            assertThat(emma.await("id='u2'")).contains("policy-violation").contains("what you sent is encrypted").contains(CLEAR);
            clara.write("<iq type='set' id='u3'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n'><item>" + OMEMO + "</item></publish></pubsub></iq>");
            assertThat(clara.await("id='u3'")).contains("policy-violation").contains(CLEAR);
            assertThat(clara.received()).doesNotContain("with clara there");
        }
    }

    /** XEP-0297: emma may write to both, and is no way round the wall between them. */
    @Test
    void wordsDoNotCrossAWallByBeingPassedOn() {
        String forwarded = "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='ada@localhost/desk'><body>of ada</body></message></forwarded>";
        try (SmackClient emma = login("emma"); SmackClient clara = login("clara"); SmackClient boris = login("boris")) {
            Expect.refused(chancery, emma, emma.chat("clara@localhost", "look 1", forwarded), Deployment.REASON);
            JsonNode attempt = Expect.handedOn(chancery, emma, emma.chat("boris@localhost", "look 2", forwarded));
            boris.inbox().takeBody("look 2");
            assertThat(attempt.get("authors").valueStream().map(JsonNode::asString)).containsExactly("ada@localhost");
            Expect.nowhere(chancery, "of ada", clara);
        }
    }

    /** XEP-0280, section 11; XEP-0313: clients may believe that their own server has made it. */
    @Test
    void forgedCopiesAreRefused() {
        String inner = "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='emma@localhost/desk' to='boris@localhost'><body>forged</body></message></forwarded>";
        try (SmackClient ada = login("ada"); SmackClient boris = login("boris")) {
            for (String wrapper : List.of("<received xmlns='urn:xmpp:carbons:2'>%s</received>", "<sent xmlns='urn:xmpp:carbons:2'>%s</sent>", "<result xmlns='urn:xmpp:mam:2' id='x'>%s</result>")) {
                String id = ada.chat("boris@localhost", "a copy", wrapper.formatted(inner));
                assertThat(ada.inbox().takeErrorOf(id).getError().getDescriptiveText()).contains("passes itself off");
                assertThat(chancery.admin().onlyAttempt(id).get("rules").toString()).contains("builtin:forged-copy");
            }
            Expect.notWith("forged", boris);
        }
    }

    /** What somebody publishes can be fetched by those alone whom they may reach and who may reach them. */
    @Test
    void nobodyFetchesWhatSomebodyBehindAWallHasPublished() {
        try (RawClient ada = raw("ada"); RawClient boris = raw("boris"); RawClient clara = raw("clara")) {
            ada.write("<iq type='set' id='v1'><vCard xmlns='vcard-temp'><NICKNAME>ada's card</NICKNAME></vCard></iq>");
            ada.await("id='v1'");
            for (RawClient reader : List.of(boris, clara)) {
                String id = reader == boris ? "v2" : "v3";
                reader.write("<iq type='get' id='" + id + "' to='ada@localhost'><vCard xmlns='vcard-temp'/></iq><iq type='get' id='" + id + "i' to='ada@localhost'>"
                        + "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:data'/></pubsub></iq>");
                reader.await("id='" + id + "'");
                reader.await("id='" + id + "i'");
            }
            assertThat(boris.received()).contains("card</NICKNAME>").doesNotContain("policy-violation");
            assertThat(clara.received()).doesNotContain("NICKNAME").contains("policy-violation").contains(Deployment.REASON);
            assertThat(clara.received().split("policy-violation", -1)).hasSize(3);
            assertThat(AdminClient.text(chancery.admin().onlyAttempt("v1"), "what")).isEqualTo("publication");
        }
    }
}
