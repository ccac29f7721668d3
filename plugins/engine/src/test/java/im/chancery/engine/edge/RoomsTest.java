package im.chancery.engine.edge;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Place;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/** Where stanzas are heard (XEP-0045), and who is counted as being in a room. */
class RoomsTest {
    private static final String ADA = "ada@example.test/desk";
    private static final String TEA = "tea@rooms.example.test";
    private static final String MUC_USER = "http://jabber.org/protocol/muc#user";

    private final TestHost host = TestHost.withRooms();
    private long now = 1;
    private final Rooms rooms = new Rooms(host, () -> now);

    @Test
    void aPersonOrAHostIsNoRoom() throws XmppStringprepException {
        for (String to : List.of("bob@example.test", "bob@example.test/phone", "rooms.example.test", "tea@rooms.partner.test")) {
            assertThat(locate(TestStanza.message("m", ADA, to))).isEqualTo(Rooms.Located.DIRECT);
        }
    }

    @Test
    void presenceToAnOccupantsAddressIsHeardByAllAndTheRestByThatOne() throws XmppStringprepException {
        host.occupy(TEA, "Bob", "bob@example.test");
        Rooms.Located join = locate(TestStanza.presence("p", ADA, TEA + "/Ada"));
        assertThat(join.place()).isEqualTo(Place.ROOM);
        assertThat(join.recipient()).isEmpty();
        Rooms.Located whisper = locate(TestStanza.message("m", ADA, TEA + "/Bob"));
        assertThat(whisper.place()).isEqualTo(Place.ROOM_PRIVATE);
        assertThat(whisper.recipient()).contains(bare("bob@example.test"));
        assertThat(locate(TestStanza.message("m", ADA, TEA + "/Eve")).recipient()).isEmpty();
    }

    @Test
    void anInvitationNamesWhomItIsFor() throws XmppStringprepException {
        host.occupy(TEA, "Bob", "bob@example.test");
        assertThat(locate(invitation("eve@partner.test/x")).recipient()).contains(bare("eve@partner.test"));
        assertThat(locate(invitation(TEA + "/Bob")).recipient()).as("by nickname").contains(bare("bob@example.test"));
        assertThat(locate(invitation("eve@partner.test")).place()).isEqualTo(Place.ROOM);
    }

    @Test
    void whoHasBeenLetInIsThereUntilTheHostSaysSo() throws XmppStringprepException {
        enters("ada@example.test");
        assertThat(occupants()).containsExactly(bare("ada@example.test"));
        host.occupy(TEA, "Ada", "ada@example.test");
        assertThat(occupants()).containsExactly(bare("ada@example.test"));
        host.occupy(TEA, "Ada", null);
        assertThat(occupants()).as("seen there, and gone").isEmpty();
    }

    @Test
    void whoIsNotLetInByTheHostIsThereForTenSeconds() throws XmppStringprepException {
        enters("ada@example.test");
        now += TimeUnit.SECONDS.toNanos(10);
        assertThat(occupants()).hasSize(1);
        now++;
        assertThat(occupants()).isEmpty();
        assertThat(rooms.entering()).isZero();
    }

    @Test
    void roomsThatNobodyAsksAboutAgainAreForgotten() {
        for (int i = 0; i < 100; i++) {
            rooms.enters(bare("ada@example.test"), bare("room" + i + "@rooms.example.test"));
            now += TimeUnit.SECONDS.toNanos(1);
        }
        assertThat(rooms.entering()).isLessThanOrEqualTo(11);
    }

    @Test
    void whoEntersAgainIsThereForTenSecondsFromThen() throws XmppStringprepException {
        enters("ada@example.test");
        now += TimeUnit.SECONDS.toNanos(6);
        enters("ada@example.test");
        now += TimeUnit.SECONDS.toNanos(6);
        rooms.enters(bare("bob@example.test"), bare("other@rooms.example.test"));
        assertThat(occupants()).containsExactly(bare("ada@example.test"));
    }

    @Test
    void twoLooksAreAsOneIfTheSamePeopleAreThere() throws XmppStringprepException {
        Rooms.Located empty = locate(TestStanza.message("m", ADA, TEA));
        assertThat(empty.room().orElseThrow().version()).isZero();
        host.occupy(TEA, "Bob", "bob@example.test");
        Rooms.Located bob = locate(TestStanza.message("m", ADA, TEA));
        assertThat(bob.isAs(empty)).isFalse();
        host.occupy(TEA, "Bobby", "bob@example.test");
        assertThat(locate(TestStanza.message("m", ADA, TEA)).isAs(bob)).isTrue();
        assertThat(locate(TestStanza.message("m", ADA, TEA + "/Bob")).isAs(bob)).isFalse();
    }

    private void enters(String who) {
        rooms.enters(bare(who), bare(TEA));
    }

    private Set<BareJid> occupants() throws XmppStringprepException {
        return locate(TestStanza.message("m", ADA, TEA)).room().orElseThrow().occupants();
    }

    private Rooms.Located locate(TestStanza stanza) throws XmppStringprepException {
        return rooms.locate(stanza, JidCreate.from(stanza.to()));
    }

    private static TestStanza invitation(String to) {
        return new TestStanza("<message from='" + ADA + "' to='" + TEA + "'><x xmlns='" + MUC_USER + "'><invite to='" + to + "'/></x></message>");
    }

    private static BareJid bare(String address) {
        return JidCreate.bareFromOrThrowUnchecked(address);
    }
}
