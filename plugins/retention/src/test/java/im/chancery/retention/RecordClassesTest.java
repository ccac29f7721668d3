package im.chancery.retention;

import static im.chancery.retention.Nodes.map;
import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaKind;
import im.chancery.core.config.ConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

class RecordClassesTest {
    private static final Map<String, String> DEPARTMENTS = Map.of(
            "ada@localhost", "research", "bob@localhost", "research", "tom@localhost", "trading");
    private static final Function<BareJid, Optional<String>> DEPARTMENT_OF = jid -> Optional.ofNullable(DEPARTMENTS.get(jid.toString()));

    @Test
    void takesTheFirstClassThatMatchesElseDefault() throws ConfigException {
        RecordClasses classes = classes(
                map("name", "deals", "period", "7 years", "match", map("departments", List.of("trading"))),
                map("name", "house", "period", "1 year", "match", map("domains", List.of("localhost"))));
        assertThat(classes.classify(direct("tom@localhost/x", "ada@localhost"), DEPARTMENT_OF)).isEqualTo("deals");
        assertThat(classes.classify(direct("ada@localhost/x", "tom@localhost/y"), DEPARTMENT_OF)).as("the addressee counts").isEqualTo("deals");
        assertThat(classes.classify(direct("ada@localhost/x", "bob@localhost"), DEPARTMENT_OF)).isEqualTo("house");
        assertThat(classes.classify(direct("x@example.org/x", "y@example.org"), DEPARTMENT_OF)).isEqualTo("default");
    }

    @Test
    void comparesDomainsWhole() throws ConfigException {
        RecordClasses classes = classes(map("name", "partner", "period", "1 year", "match", map("domains", List.of("example.com"))));
        assertThat(classes.classify(direct("ada@localhost/x", "x@example.com"), DEPARTMENT_OF)).isEqualTo("partner");
        assertThat(classes.classify(direct("ada@localhost/x", "x@EXAMPLE.com"), DEPARTMENT_OF)).isEqualTo("partner");
        assertThat(classes.classify(direct("ada@localhost/x", "x@evilexample.com"), DEPARTMENT_OF)).isEqualTo("default");
        assertThat(classes.classify(direct("ada@localhost/x", "x@sub.example.com"), DEPARTMENT_OF)).isEqualTo("default");
        assertThat(classes.classify(direct("example.com/x", "ada@localhost"), DEPARTMENT_OF)).isEqualTo("partner");
    }

    @Test
    void countsAllOccupantsOfARoomButOnlyTheTwoOfAPrivateMessage() throws ConfigException {
        RecordClasses classes = classes(map("name", "deals", "period", "7 years", "match", map("departments", List.of("trading"))));
        assertThat(classes.classify(room(Place.ROOM, "ada@localhost/x", "r@rooms.localhost", Optional.empty()), DEPARTMENT_OF)).isEqualTo("deals");
        assertThat(classes.classify(room(Place.ROOM_PRIVATE, "ada@localhost/x", "r@rooms.localhost/Bob", Optional.of("bob@localhost")), DEPARTMENT_OF))
                .isEqualTo("default");
        assertThat(classes.classify(room(Place.ROOM_PRIVATE, "ada@localhost/x", "r@rooms.localhost/Tom", Optional.of("tom@localhost")), DEPARTMENT_OF))
                .isEqualTo("deals");
    }

    @Test
    void needsEveryCriterionThatIsGiven() throws ConfigException {
        RecordClasses classes = classes(map("name", "board", "period", "7 years",
                "match", map("departments", List.of("trading"), "rooms", List.of("board@rooms.localhost", "r@rooms.localhost"))));
        assertThat(classes.classify(room(Place.ROOM, "tom@localhost/x", "r@rooms.localhost", Optional.empty()), DEPARTMENT_OF)).isEqualTo("board");
        assertThat(classes.classify(room(Place.ROOM, "tom@localhost/x", "other@rooms.localhost", Optional.empty()), DEPARTMENT_OF)).isEqualTo("default");
        assertThat(classes.classify(direct("tom@localhost/x", "r@rooms.localhost"), DEPARTMENT_OF)).as("no room").isEqualTo("default");
        assertThat(classes.classify(room(Place.ROOM_PRIVATE, "ada@localhost/x", "r@rooms.localhost/Bob", Optional.of("bob@localhost")), DEPARTMENT_OF))
                .isEqualTo("default");
    }

    private static RecordClasses classes(Object... matched) throws ConfigException {
        List<Object> all = new ArrayList<>(List.of(matched));
        all.add(map("name", "default", "period", "90 days"));
        all.add(map("name", "audit", "period", "10 years"));
        return RetentionConfig.read(Nodes.of(map("retention", map("classes", all)))).classes();
    }

    private static Exchange direct(String from, String to) {
        return new Exchange(JidCreate.fromOrThrowUnchecked(from), JidCreate.fromOrThrowUnchecked(to), Optional.empty(), StanzaKind.MESSAGE, "chat",
                Direction.LOCAL, Place.DIRECT, Optional.empty(), "<message/>");
    }

    private static Exchange room(Place place, String from, String to, Optional<String> recipient) {
        Set<BareJid> occupants = Set.of(JidCreate.bareFromOrThrowUnchecked("ada@localhost"), JidCreate.bareFromOrThrowUnchecked("bob@localhost"),
                JidCreate.bareFromOrThrowUnchecked("tom@localhost"));
        return new Exchange(JidCreate.fromOrThrowUnchecked(from), JidCreate.fromOrThrowUnchecked(to), recipient.map(JidCreate::bareFromOrThrowUnchecked),
                StanzaKind.MESSAGE, place == Place.ROOM ? "groupchat" : "chat", Direction.LOCAL, place,
                Optional.of(new RoomSnapshot(JidCreate.fromOrThrowUnchecked(to).asBareJid(), 1, occupants)), "<message/>");
    }
}
