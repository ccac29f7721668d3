package im.chancery.engine.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a room keeps is for whom its author may reach. */
class RoomHistoryTest {
    private static final String ROOM = "tea@rooms.example.test";
    private static final String OWN = "ada@example.test/desk";
    private static final String OTHER = "bob@example.test/desk";

    private final TestHost host = TestHost.withRooms();
    private final ScriptedGate gate = new ScriptedGate();
    private final RoomHistory history = new RoomHistory(host, new Questions(gate, host, Duration.ofSeconds(5)), new RoomIds(host, gate));

    private boolean goesOn(String stanza) {
        return history.goesOn(new TestStanza(stanza));
    }

    private static String message(String reader, String children) {
        return "<message type='groupchat' from='" + ROOM + "/Ada' to='" + reader + "'>" + children + "</message>";
    }

    private static String kept(String reader, String id) {
        return message(reader, "<body>words</body><stanza-id xmlns='urn:xmpp:sid:0' by='" + ROOM + "' id='" + id + "'/><delay xmlns='urn:xmpp:delay' from='" + ROOM + "'/>");
    }

    private static String found(String reader, String id) {
        return "<message from='" + ROOM + "' to='" + reader + "'><result xmlns='urn:xmpp:mam:2' id='" + id + "'><forwarded xmlns='urn:xmpp:forward:0'/></result></message>";
    }

    @Test
    void whatSomebodyHasSaidShouldBeForWhomTheyMayReachNow() {
        host.keep(ROOM, "kept", "ada@example.test");
        assertThat(goesOn(kept(OTHER, "kept"))).isTrue();
        assertThat(goesOn(found(OTHER, "kept"))).isTrue();
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(goesOn(kept(OTHER, "kept"))).isFalse();
        assertThat(goesOn(found(OTHER, "kept"))).isFalse();
        assertThat(goesOn(kept(OWN, "kept"))).as("their own").isTrue();
        assertThat(goesOn(message(OTHER, "<body>said now</body>"))).as("asked about as it was said").isTrue();
        gate.fails();
        assertThat(goesOn(kept(OTHER, "kept"))).as("undecided").isFalse();
    }

    @Test
    void whatNobodyIsKnownToHaveSaidShouldBeForNobody() {
        host.keep(ROOM, "kept", "ada@example.test");
        assertThat(goesOn(kept(OTHER, "other"))).isFalse();
        assertThat(goesOn(found(OTHER, "other"))).isFalse();
        assertThat(goesOn(message(OTHER, "<body>words</body><delay xmlns='urn:xmpp:delay' from='" + ROOM + "'/>"))).as("without an id").isFalse();
        assertThat(goesOn(kept("b".repeat(1024) + "@example.test", "kept"))).isFalse();
        host.failsToTell();
        assertThat(goesOn(kept(OTHER, "kept"))).as("the host's store is away").isFalse();
    }

    @Test
    void aSubjectShouldBeOfWhoHasChangedItLast() {
        String now = message(OTHER, "<subject>plans</subject>");
        host.occupy(ROOM, "Ada", "ada@example.test");
        assertThat(goesOn(now)).isTrue();
        host.occupy(ROOM, "Ada", "bob@example.test");
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(subject(OWN)).as("the nickname has another owner now, the subject hasn't").isEqualTo("plans");
        assertThat(subject(OTHER)).isEmpty();
        host.occupy(ROOM, "Ada", null);
        assertThat(goesOn(now)).isTrue();
        assertThat(subject(OWN)).as("somebody's who has left meanwhile").isEmpty();
    }

    private String subject(String reader) {
        TestStanza stanza = new TestStanza(message(reader, "<subject>plans</subject><delay xmlns='urn:xmpp:delay' jid='" + ROOM + "'/>"));
        assertThat(history.goesOn(stanza)).isTrue();
        return stanza.element().child("subject", "jabber:client").orElseThrow().text();
    }

    @Test
    void aFormShouldNotTellASubjectEither() {
        TestStanza form = new TestStanza("<iq type='result' from='" + ROOM + "' to='" + OTHER + "'><query xmlns='http://jabber.org/protocol/disco#info'>"
                + "<x xmlns='jabber:x:data'><field var='muc#roominfo_subject'><value>plans</value></field><field var='muc#roominfo_occupants'/></x></query></iq>");
        assertThat(history.goesOn(form)).isTrue();
        assertThat(form.xml()).doesNotContain("plans").contains("muc#roominfo_occupants");
    }
}
