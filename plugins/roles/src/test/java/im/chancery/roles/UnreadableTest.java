package im.chancery.roles;

import static im.chancery.roles.Exchanges.bare;
import static im.chancery.roles.Exchanges.join;
import static im.chancery.roles.Exchanges.message;
import static im.chancery.roles.Exchanges.speak;
import static im.chancery.roles.Exchanges.whisper;
import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Content;
import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import im.chancery.core.TrafficKind;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.BareJid;

/** Content that can't be read, and content that somebody else has written. */
class UnreadableTest {
    private static final Content ENCRYPTED = new Content(TrafficKind.ENCRYPTED, Set.of("omemo"), Set.of());
    private static final String REASON = "Traders write in the clear.";
    private static final String CONFIG = """
            departments: [research, trading, office]
            roles: {trader: {}, head: {inherits: [trader]}}
            people:
              - {jid: ada@localhost, department: research}
              - {jid: clara@localhost, department: trading, roles: [head]}
              - {jid: emma@localhost, name: Emma, department: office}
              - {jid: otto@localhost, name: Otto, department: office}
            barriers: [{name: wall, from: {departments: [research]}, to: {departments: [trading]}, reason: No way.}]
            unreadable: [{name: in-the-clear, people: {roles: [trader]}, reason: "%s", shadow: %s}]
            partners: [{domain: partner.example}]
            """;
    private final RolesPolicy policy;

    UnreadableTest() throws Exception {
        policy = Config.policy(CONFIG.formatted(REASON, false));
    }

    @Test
    void whoMustBeReadableNeitherSendsNorGetsWhatIsNot() {
        for (String other : List.of("emma@localhost", "pat@partner.example", "conference.localhost", "clara@localhost")) {
            refused(message("clara@localhost/desk", other).with(ENCRYPTED), REASON);
            assertThat(policy.decide(message("clara@localhost/desk", other)).allowed()).as(other).isTrue();
        }
        for (String other : List.of("emma@localhost/desk", "pat@partner.example/desk")) {
            refused(message(other, "clara@localhost").with(ENCRYPTED), REASON);
        }
        assertThat(policy.decide(message("emma@localhost", "otto@localhost").with(ENCRYPTED)).allowed()).isTrue();
        assertThat(policy.decide(message("emma@localhost", "pat@partner.example").with(ENCRYPTED)).allowed()).isTrue();
    }

    @Test
    void anIqIsNoWayRoundIt() {
        refused(Exchanges.direct("clara@localhost/desk", "emma@localhost", StanzaKind.IQ).with(ENCRYPTED), REASON);
    }

    @Test
    void aRoomTakesItOnlyWhereEverybodyMayGetIt() {
        String room = "tea@conference.localhost";
        assertThat(policy.decide(speak("emma@localhost/d", room, "emma@localhost", "otto@localhost").with(ENCRYPTED)).allowed()).isTrue();
        assertThat(policy.decide(speak("emma@localhost/d", room, "emma@localhost", "clara@localhost")).allowed()).isTrue();
        refused(speak("emma@localhost/d", room, "emma@localhost", "clara@localhost").with(ENCRYPTED),
                "This room can't hear you now: what you sent is encrypted, and for some of those in it a rule asks that it can be read. " + REASON);
        refused(speak("clara@localhost/d", room, "clara@localhost").with(ENCRYPTED), REASON);
        refused(whisper("emma@localhost/d", room, Optional.of("clara@localhost"), "emma@localhost", "clara@localhost", "otto@localhost").with(ENCRYPTED), REASON);
        assertThat(policy.decide(join("otto@localhost/d", room, "clara@localhost", "emma@localhost")).allowed()).as("it keeps nobody out").isTrue();
    }

    @Test
    void inShadowItIsOnlyReported() throws Exception {
        Decision decision = Config.policy(CONFIG.formatted(REASON, true)).decide(message("emma@localhost", "clara@localhost").with(ENCRYPTED));
        assertThat(decision.allowed()).isTrue();
        assertThat(decision.rules()).filteredOn(DeterminingRule::shadow).extracting(DeterminingRule::id).containsExactly("in-the-clear");
    }

    @Test
    void explains() {
        assertThat(policy.explain(bare("emma@localhost"), bare("clara@localhost"), StanzaKind.MESSAGE, Optional.empty()).lines())
                .contains("rule in-the-clear does not stop what can be read (Emma may be anybody, clara holds role trader)", "allowed");
        assertThat(policy.explain(bare("emma@localhost"), bare("clara@localhost"), StanzaKind.MESSAGE, Optional.empty(), false).lines()).contains(
                "rule in-the-clear refuses (Emma may be anybody, clara holds role trader): " + REASON,
                "refused: " + REASON + " (rule in-the-clear)");
    }

    /** Nothing of ada's reaches whom ada may not reach, whoever passes it on (XEP-0297). */
    @Test
    void whoPassesWordsOnIsNoDoor() {
        Content forwarded = new Content(TrafficKind.FORWARD, Set.of(), Set.of(bare("ada@localhost")));
        refused(message("emma@localhost/d", "clara@localhost").with(forwarded), "No way.");
        refused(speak("emma@localhost/d", "tea@conference.localhost", "emma@localhost", "clara@localhost").with(forwarded),
                "This room can't hear you now: a rule keeps apart some of those in it. No way.");
        assertThat(policy.decide(message("emma@localhost/d", "otto@localhost").with(forwarded)).allowed()).isTrue();
        assertThat(policy.decide(message("ada@localhost/d", "emma@localhost").with(forwarded)).allowed()).isTrue();
        Content strangers = new Content(TrafficKind.FORWARD, Set.of(), Set.of(bare("eve@elsewhere.example")));
        assertThat(policy.decide(message("emma@localhost/d", "otto@localhost").with(strangers)).allowed()).isFalse();
    }

    @Property(tries = 200)
    void anUnreadableRuleStopsWhatItsPeopleExchangeAndNothingThatCanBeRead(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        House house = House.random(random);
        List<String> people = house.people().stream().map(House.Person::address).toList();
        House.Group group = House.Group.random(random, people, List.of("localhost", "a.example"));
        RolesPolicy without = house.policy();
        RolesPolicy with = house.policy("unreadable: [{name: clear, people: " + group.yaml() + ", reason: No.}]\n");
        for (BareJid from : house.addresses()) {
            for (BareJid to : house.addresses()) {
                Exchange exchange = Exchanges.direct(from.toString(), to.toString(), StanzaKind.MESSAGE);
                assertThat(with.decide(exchange)).isEqualTo(without.decide(exchange));
                boolean isKnown = Stream.of(from, to).allMatch(a -> people.contains(a.toString()) || a.toString().endsWith("a.example") || a.toString().endsWith("b.example")
                        || a.toString().equals("localhost"));
                boolean isIn = Stream.of(from, to).anyMatch(a -> !a.toString().equals("localhost") && group.has(a, house.people()));
                Decision decision = with.decide(exchange.with(ENCRYPTED));
                assertThat(refusing(decision).contains("clear")).as("%s to %s, %s", from, to, group).isEqualTo(isKnown && isIn);
                Explanation explanation = with.explain(from, to, StanzaKind.MESSAGE, Optional.empty(), false);
                assertThat(explanation.decision()).isEqualTo(decision);
                assertThat(explanation.lines().stream().anyMatch(line -> line.startsWith("rule clear refuses"))).isEqualTo(isKnown && isIn);
            }
        }
    }

    private static Set<String> refusing(Decision decision) {
        return decision.rules().stream().filter(r -> r.effect() == Effect.REFUSE).map(DeterminingRule::id).collect(Collectors.toSet());
    }

    private void refused(Exchange exchange, String text) {
        Decision decision = policy.decide(exchange);
        assertThat(decision.error()).map(StanzaError::text).hasValueSatisfying(words -> assertThat(words).startsWith(text + " (rule "));
    }
}
