package im.chancery.engine;

import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaKind;
import im.chancery.core.Verdict;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jxmpp.jid.impl.JidCreate;

/** Exchanges between people of the test organisation. */
public final class TestExchanges {
    private TestExchanges() {
    }

    public static Exchange message(String from, String to, String body) {
        return stanza(from, to, "<message from='" + from + "' to='" + to + "'><body>" + body + "</body></message>");
    }

    public static Exchange stanza(String from, String to, String stanza) {
        return new Exchange(JidCreate.fromOrThrowUnchecked(from), JidCreate.fromOrThrowUnchecked(to), Optional.empty(), StanzaKind.MESSAGE, "chat",
                Direction.LOCAL, Place.DIRECT, Optional.empty(), stanza);
    }

    public static Exchange roomMessage(String from, String room, String body, String... occupants) {
        var snapshot = new RoomSnapshot(JidCreate.bareFromOrThrowUnchecked(room), 1,
                Arrays.stream(occupants).map(JidCreate::bareFromOrThrowUnchecked).collect(Collectors.toSet()));
        return new Exchange(JidCreate.fromOrThrowUnchecked(from), JidCreate.fromOrThrowUnchecked(room), Optional.empty(), StanzaKind.MESSAGE, "groupchat",
                Direction.LOCAL, Place.ROOM, Optional.of(snapshot),
                "<message from='" + from + "' to='" + room + "' type='groupchat'><body>" + body + "</body></message>");
    }

    /** Submits, and waits for the verdict. */
    public static Verdict submit(Engine engine, Exchange exchange) throws Exception {
        return engine.gate().submit(exchange).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}
