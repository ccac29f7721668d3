package im.chancery.host.prosody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/** Rooms that the host has told of, and questions about them. */
class ExchangesTest {
    /** Of 1,022 bytes, as RFC 7622 allows; of more in lower case, in which addresses are compared. Prosody takes it, so that anybody can send to it. */
    private static final String TOO_LONG = "\u023A".repeat(511);

    private final Exchanges exchanges = new Exchanges();

    private static Frame.Submit question(String room, long version) {
        return new Frame.Submit(1, false, 0, 0, 1, "groupchat", "ada@example.test/desk", room, "", room, version, "<message/>");
    }

    @Test
    void aRoomWhoseAddressIsNoneRefusesWhatIsForItAndNothingElse() throws Exception {
        String room = TOO_LONG + "@rooms.example.test";
        exchanges.room(new Frame.Room(room, 0, List.of()));
        assertThatThrownBy(() -> exchanges.exchange(question(room, 0))).isInstanceOf(XmppStringprepException.class);
        assertThatThrownBy(() -> exchanges.exchange(question(room, 1))).isInstanceOf(MalformedFrameException.class).hasMessageContaining("version 0");
        exchanges.forget(new Frame.RoomGone(room));
        assertThatThrownBy(() -> exchanges.exchange(question(room, 0))).isInstanceOf(MalformedFrameException.class).hasMessageContaining("nothing");
    }

    @Test
    void anOccupantWhoseAddressIsNoneRefusesWhatIsForTheRoomUntilTheyAreGone() throws Exception {
        String room = "tea@rooms.example.test";
        exchanges.room(new Frame.Room(room, 1, List.of("bob@example.test", TOO_LONG + "@example.test")));
        assertThatThrownBy(() -> exchanges.exchange(question(room, 1))).isInstanceOf(XmppStringprepException.class);
        exchanges.room(new Frame.Room(room, 2, List.of("bob@example.test")));
        assertThat(exchanges.exchange(question(room, 2)).room().orElseThrow().occupants()).containsExactly(JidCreate.bareFrom("bob@example.test"));
    }
}
