package im.chancery.engine.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a room keeps is for whom its author may reach. */
class RoomHistoryTest {
    private static final String ROOM = Scene.TEA;
    private static final String OWN = Scene.ADA;
    private static final String OTHER = Scene.BOB;
    private static final String DELAY = "<delay xmlns='urn:xmpp:delay' from='" + ROOM + "'/>";

    private final Scene scene = new Scene();
    private final TestHost host = scene.host;
    private final ScriptedGate gate = scene.gate;

    private boolean goesOn(String stanza) {
        return scene.fromHost(new TestStanza(stanza));
    }

    private static String message(String reader, String children) {
        return "<message type='groupchat' from='" + ROOM + "/Ada' to='" + reader + "'>" + children + "</message>";
    }

    private static String id(String id) {
        return "<stanza-id xmlns='urn:xmpp:sid:0' by='" + ROOM + "' id='" + id + "'/>";
    }

    private static String kept(String reader, String id) {
        return message(reader, "<body>words</body>" + id(id) + DELAY);
    }

    private static String found(String reader, String id, String version) {
        return "<message from='" + ROOM + "' to='" + reader + "'><result xmlns='urn:xmpp:mam:" + version + "' id='" + id + "'><forwarded xmlns='urn:xmpp:forward:0'/></result></message>";
    }

    @Test
    void whatSomebodyHasSaidShouldBeForWhomTheyMayReachNow() {
        host.keep(ROOM, "kept", "ada@example.test");
        assertThat(goesOn(kept(OTHER, "kept"))).isTrue();
        assertThat(goesOn(found(OTHER, "kept", "2"))).isTrue();
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(goesOn(kept(OTHER, "kept"))).isFalse();
        assertThat(goesOn(kept(OTHER, "kept").replace("tea@", "TEA@"))).as("as the host may write it").isFalse();
        assertThat(goesOn(found(OTHER, "kept", "2"))).isFalse();
        assertThat(goesOn(found(OTHER, "kept", "1"))).as("an older protocol").isFalse();
        assertThat(goesOn(message(OTHER, "<subject/><body xmlns='urn:x'>words</body>" + id("kept") + DELAY))).as("no subject").isFalse();
        assertThat(goesOn(kept(OWN, "kept"))).as("their own").isTrue();
        assertThat(goesOn(message(OTHER, "<body>said now</body>"))).as("asked about as it was said").isTrue();
        gate.fails();
        assertThat(goesOn(kept(OTHER, "kept"))).as("undecided").isFalse();
    }

    @Test
    void whatNobodyIsKnownToHaveSaidShouldBeForNobody() {
        host.keep(ROOM, "kept", "ada@example.test");
        assertThat(goesOn(kept(OTHER, "other"))).isFalse();
        assertThat(goesOn(found(OTHER, "other", "2"))).isFalse();
        assertThat(goesOn(message(OTHER, "<body>words</body>" + DELAY))).as("without an id").isFalse();
        assertThat(goesOn(message(OTHER, "<x xmlns='urn:x'>words</x>" + DELAY))).as("no subject either").isFalse();
        assertThat(goesOn(message(OTHER, "<moderated xmlns='urn:m'><reason>words</reason></moderated><body/>" + id("kept") + DELAY))).as("a moderator's").isFalse();
        assertThat(goesOn(kept("b".repeat(1024) + "@example.test", "kept"))).isFalse();
        host.failsToTell();
        assertThat(goesOn(kept(OTHER, "kept"))).as("the host's store is away").isFalse();
    }

    private void sets(int attempt, String who, String children) {
        scene.holds(who, "<message type='groupchat' from='" + who + "' to='" + ROOM + "'>" + children + "</message>");
        scene.allow(attempt);
    }

    private String subject(String reader, String words) {
        TestStanza stanza = new TestStanza(message(reader, "<subject>" + words + "</subject><delay xmlns='urn:xmpp:delay' jid='" + ROOM + "'/>"));
        assertThat(scene.fromHost(stanza)).isTrue();
        return stanza.element().child("subject", "jabber:client").orElseThrow().text();
    }

    @Test
    void aSubjectShouldBeForWhomAllMayReachWhoHaveSetIt() {
        assertThat(subject(OTHER, "plans")).as("somebody's before").isEmpty();
        assertThat(subject(OTHER, "")).isEmpty();
        sets(0, OWN, "<subject>plans</subject>");
        assertThat(subject(OTHER, "plans")).isEqualTo("plans");
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(subject(OTHER, "plans")).isEmpty();
        assertThat(subject(OWN, "plans")).isEqualTo("plans");
        sets(1, OTHER, "<subject>plans</subject>");
        assertThat(subject(OTHER, "plans")).as("which of them the room has it from isn't known").isEmpty();
        sets(2, OWN, "<subject xmlns='urn:x'>others</subject><body>a room takes it all the same</body>");
        assertThat(subject(OWN, "others")).isEqualTo("others");
        assertThat(subject(OTHER, "others")).isEmpty();
    }

    @Test
    void aFormShouldNotTellASubjectEither() {
        TestStanza form = new TestStanza("<iq type='result' from='" + ROOM + "' to='" + OTHER + "'><query xmlns='http://jabber.org/protocol/disco#info'>"
                + "<x xmlns='jabber:x:data'><field var='muc#roominfo_subject'><value>plans</value></field><field var='muc#roominfo_occupants'/></x></query></iq>");
        assertThat(scene.fromHost(form)).isTrue();
        assertThat(form.xml()).doesNotContain("plans").contains("muc#roominfo_occupants");
    }
}
