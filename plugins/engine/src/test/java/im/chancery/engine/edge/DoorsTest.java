package im.chancery.engine.edge;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.StanzaKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The doors against the vectors that the Prosody binding is tested against as well. */
class DoorsTest {
    private static final Path VECTORS = Path.of("../../tests/vectors/edge/fates.json");
    private static final Jid ADA = JidCreate.fromOrThrowUnchecked("ada@example.test/desk");
    private static final Jid BOB = JidCreate.fromOrThrowUnchecked("bob@example.test/phone");

    /** One vector, named. */
    record Vector(JsonNode fields) {
        String text(String field) {
            return fields.get(field).asString();
        }

        List<String> texts(String field) {
            return StreamSupport.stream(fields.path(field).spliterator(), false).map(JsonNode::asString).toList();
        }

        @Override
        public String toString() {
            return text("name");
        }
    }

    static Stream<Vector> vectors() throws IOException {
        return StreamSupport.stream(file().get("vectors").spliterator(), false).map(Vector::new);
    }

    private static JsonNode file() throws IOException {
        return JsonMapper.builder().build().readTree(Files.readString(VECTORS));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void decidesAsEveryBindingDoes(Vector vector) throws IOException {
        Doors doors = doors();
        Edge.Source source = Edge.Source.valueOf(vector.text("source").toUpperCase(Locale.ROOT));
        vector.texts("delivered").forEach(xml -> deliver(doors, new TestStanza(xml)));
        vector.texts("before").forEach(xml -> fate(doors, new TestStanza(xml), source));

        TestStanza stanza = new TestStanza(vector.text("stanza"));
        assertThat(fate(doors, stanza, source)).isEqualTo(Doors.Fate.valueOf(vector.text("fate").toUpperCase(Locale.ROOT)));
        String left = vector.fields().path("left").asString(vector.text("stanza"));
        isLeft(stanza, left);
        if (vector.text("fate").equals("ask")) {
            Jid from = JidCreate.fromOrThrowUnchecked(stanza.from());
            assertThat(doors.goesOnRefused(stanza, from, JidCreate.fromOrThrowUnchecked(stanza.to()), source)).isEqualTo(vector.fields().has("refused"));
            isLeft(stanza, vector.fields().path("refused").asString(left));
        }
        assertThat(stanza.ends()).isEmpty();
    }

    private static void isLeft(TestStanza stanza, String left) {
        assertThat(TestStanza.read(stanza.xml()).isEqualNode(TestStanza.read(left))).as("%s is left, not %s", stanza.xml(), left).isTrue();
    }

    @Test
    void isToldOfEveryFateByTheVectors() throws IOException {
        assertThat(vectors().map(vector -> vector.text("fate"))).contains("ask", "pass", "tell", "drop");
    }

    @Test
    void keepsNoIdOfAnyLength() throws IOException {
        Doors doors = doors();
        for (int length : List.of(1024, 1025)) {
            String id = "i".repeat(length);
            doors.delivered(StanzaKind.MESSAGE, "chat", id, BOB, ADA);
            TestStanza error = new TestStanza("<message id='" + id + "' type='error' from='" + ADA + "' to='" + BOB + "'/>");
            assertThat(fate(doors, error, Edge.Source.CLIENT)).isEqualTo(length == 1024 ? Doors.Fate.ASK : Doors.Fate.DROP);
        }
    }

    private static Doors doors() throws IOException {
        Map<String, String> domains = new HashMap<>();
        file().get("domains").properties().forEach(domain -> domains.put(domain.getKey(), domain.getValue().asString()));
        return new Doors(new TestHost(domains));
    }

    /** It has gone on, and is delivered. A host tells the full address of its own clients, the bare one of who is elsewhere or at a component. */
    private static void deliver(Doors doors, TestStanza stanza) {
        Jid to = JidCreate.fromOrThrowUnchecked(stanza.to());
        Jid from = JidCreate.fromOrThrowUnchecked(stanza.from());
        boolean isClient = to.getDomain().toString().equals("example.test");
        doors.tells(stanza.kind(), stanza.type(), from, to);
        doors.delivered(stanza.kind(), stanza.type(), stanza.id(), from, isClient ? to : to.asBareJid());
    }

    private static Doors.Fate fate(Doors doors, TestStanza stanza, Edge.Source source) {
        Doors.Fate fate = doors.fate(stanza, JidCreate.fromOrThrowUnchecked(stanza.from()), JidCreate.fromOrThrowUnchecked(stanza.to()), source);
        return fate == Doors.Fate.ASK_BESIDE ? Doors.Fate.ASK : fate; // when it goes on is the edge's, see EdgeTest
    }

    @Test
    void asksAboutWordsToAServiceAndNothingElse() {
        Doors doors = new Doors(TestHost.withRooms());
        String set = "<iq type='set' id='s' from='ann@example.test/r' to='service@example.test'><command xmlns='http://jabber.org/protocol/commands'/></iq>";
        assertThat(fate(doors, new TestStanza(set), Edge.Source.CLIENT)).isEqualTo(Doors.Fate.ASK);
        assertThat(fate(doors, new TestStanza(set.replace("'set'", "'get'")), Edge.Source.CLIENT)).isEqualTo(Doors.Fate.PASS);
        assertThat(fate(doors, new TestStanza(set.replace("'set'", "'result'")), Edge.Source.CLIENT)).isEqualTo(Doors.Fate.PASS);
    }
}
