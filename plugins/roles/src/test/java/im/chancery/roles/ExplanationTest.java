package im.chancery.roles;

import static im.chancery.roles.Exchanges.bare;
import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.StanzaKind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@code chancery explain} prints, in the example's house. */
class ExplanationTest {
    private final RolesPolicy policy;

    ExplanationTest() throws Exception {
        policy = Config.policy(Config.example());
    }

    @Test
    void explainsARefusal() {
        assertThat(lines("alice@localhost", "bob@localhost", Optional.empty())).containsExactly(
                "from Alice <alice@localhost>, department research, roles analyst, employee (inherited)",
                "to Bob <bob@localhost>, department trading, roles trader, employee (inherited)",
                "rule research-trading refuses (Alice is in department research, Bob is in department trading): Research and Trading may not talk to each other.",
                "4 of 5 rules do not keep them apart",
                "refused: Research and Trading may not talk to each other. (rule research-trading)");
    }

    @Test
    void explainsWhatIsAllowedAndWhatAShadowRuleWouldDo() {
        assertThat(lines("bob@localhost", "paul@partner.example", Optional.empty())).containsExactly(
                "from Bob <bob@localhost>, department trading, roles trader, employee (inherited)",
                "to paul@partner.example, of a partner's domain",
                "rule traders-outside is in shadow, else it refuses (Bob holds role trader, paul@partner.example is in domain partner.example): Traders may not talk to this partner.",
                "4 of 5 rules do not keep them apart",
                "rule partner:partner.example allows: This organisation admits partner.example as a partner.",
                "allowed");
    }

    @Test
    void explainsAMeetingInARoom() {
        assertThat(lines("olga@localhost", "otto@localhost", Optional.of("board@conference.localhost"))).containsExactly(
                "from Olga <olga@localhost>, department office, roles director, employee (inherited)",
                "to Otto <otto@localhost>, department office, roles employee",
                "in board@conference.localhost, a room of the house",
                "rule board-room refuses (Otto is not among its members, board@conference.localhost is a room of this rule): Only directors may use the board room.",
                "4 of 5 rules do not keep them apart",
                "refused: This room can't hear you now: a rule keeps apart some of those in it. Only directors may use the board room. (rule board-room)");
    }

    @Test
    void explainsWhetherSomebodyMayEnterARoom() {
        assertThat(lines("otto@localhost", "board@conference.localhost", Optional.empty())).containsExactly(
                "from Otto <otto@localhost>, department office, roles employee",
                "to board@conference.localhost, a room of the house",
                "rule board-room refuses (Otto is not among its members, board@conference.localhost is a room of this rule): Only directors may use the board room.",
                "4 of 5 rules do not keep them apart",
                "refused: Only directors may use the board room. (rule board-room)");
    }

    @Test
    void saysWhoIsUnknown() {
        assertThat(lines("nobody@localhost", "localhost", Optional.empty())).containsExactly(
                "from nobody@localhost, an address of a served domain that the directory doesn't have",
                "to localhost, a service of the house",
                "5 of 5 rules do not keep them apart",
                "rule builtin:unknown-subject refuses: An address of this organisation that is not in its directory may not exchange messages.",
                "refused: An address of this organisation that is not in its directory may not exchange messages. (rule builtin:unknown-subject)");
        assertThat(lines("eve@elsewhere.example", "alice@localhost", Optional.empty()))
                .startsWith("from eve@elsewhere.example, of a domain that is no partner");
    }

    @Test
    void saysThatARuleIsAboutAnotherKind() throws Exception {
        RolesPolicy iqOnly = Config.policy("""
                people: [{jid: x@localhost}, {jid: y@localhost}]
                barriers: [{name: b, from: {people: [x@localhost]}, to: {people: [y@localhost]}, kinds: [iq], reason: No.}]
                """);
        assertThat(iqOnly.explain(bare("x@localhost"), bare("y@localhost"), StanzaKind.MESSAGE, Optional.empty()).lines())
                .contains("rule b does not stop message (x is named, y is named)");
    }

    @Test
    void saysWhereAnIqThatIsAllowedFetchesNothing() throws Exception {
        RolesPolicy oneWay = Config.policy("""
                people: [{jid: x@localhost}, {jid: y@localhost}]
                partners: [{domain: p.example}]
                barriers: [{name: b, from: {people: [x@localhost]}, to: {people: [y@localhost], domains: [p.example]}, both-ways: false, reason: No.}]
                """);
        for (String reader : List.of("y@localhost", "z@p.example")) {
            assertThat(oneWay.explain(bare(reader), bare("x@localhost"), StanzaKind.IQ, Optional.empty()).lines())
                    .endsWith("fetching what x@localhost has published is refused: No. (rule b)", "allowed");
            assertThat(oneWay.explain(bare(reader), bare("x@localhost"), StanzaKind.MESSAGE, Optional.empty()).lines()).noneMatch(line -> line.startsWith("fetching"));
        }
    }

    private List<String> lines(String from, String to, Optional<String> room) {
        return policy.explain(bare(from), bare(to), StanzaKind.MESSAGE, room.map(Exchanges::bare)).lines();
    }
}
