package im.chancery.roles;

import static im.chancery.roles.Exchanges.bare;
import static im.chancery.roles.Exchanges.direct;
import static im.chancery.roles.Exchanges.jid;
import static im.chancery.roles.Exchanges.message;
import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Content;
import im.chancery.core.Direction;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may reach whom outside of rooms, in the example's house. */
class RolesPolicyTest {
    private final RolesPolicy policy;

    RolesPolicyTest() throws Exception {
        policy = Config.policy(Config.example());
    }

    @ParameterizedTest
    @CsvSource({
            // two people of the house
            "alice@localhost/a,      anton@localhost,           ALLOW,  builtin:house",
            "alice@localhost/a,      olga@localhost/o,          ALLOW,  builtin:house",
            "alice@localhost/a,      bob@localhost,             REFUSE, research-trading",
            "bob@localhost/b,        alice@localhost/a,         REFUSE, research-trading",
            "ALICE@LocalHost/a,      Bob@LOCALHOST,             REFUSE, research-trading",
            // oneself and one's server
            "alice@localhost/a,      alice@localhost,           ALLOW,  builtin:self",
            "alice@localhost/a,      alice@localhost/b,         ALLOW,  builtin:self",
            "alice@localhost/a,      localhost,                 ALLOW,  builtin:service",
            "localhost,              alice@localhost/a,         ALLOW,  builtin:service",
            "alice@localhost/a,      conference.localhost,      ALLOW,  builtin:service",
            "conference.localhost,   alice@localhost/a,         ALLOW,  builtin:service",
            "room@conference.localhost/n, alice@localhost/a,    REFUSE, builtin:unknown-room",
            // whom the directory doesn't know
            "alice@localhost/a,      nobody@localhost,          REFUSE, builtin:unknown-subject",
            "nobody@localhost/n,     alice@localhost,           REFUSE, builtin:unknown-subject",
            "nobody@localhost/n,     localhost,                 REFUSE, builtin:unknown-subject",
            "nobody@localhost/n,     otto@partner.example,      REFUSE, builtin:unknown-subject",
            "nobody@localhost/n,     nobody@localhost,          ALLOW,  builtin:self",
            // federation
            "olga@localhost/o,       paul@partner.example,      ALLOW,  partner:partner.example",
            "paul@partner.example/p, olga@localhost,            ALLOW,  partner:partner.example",
            "alice@localhost/a,      paul@partner.example,      REFUSE, partner:partner.example",
            "paul@partner.example/p, alice@localhost,           REFUSE, partner:partner.example",
            "alice@localhost/a,      partner.example,           REFUSE, partner:partner.example",
            "localhost,              partner.example,           ALLOW,  partner:partner.example",
            "olga@localhost/o,       eve@elsewhere.example,     REFUSE, builtin:unknown-partner",
            "eve@elsewhere.example/e, olga@localhost,           REFUSE, builtin:unknown-partner",
            "eve@elsewhere.example/e, nobody@localhost,         REFUSE, builtin:unknown-partner",
            "eve@elsewhere.example/e, localhost,                REFUSE, builtin:unknown-partner",
            "localhost,              elsewhere.example,         REFUSE, builtin:unknown-partner",
            // domains match exactly
            "olga@localhost/o,       paul@evilpartner.example,  REFUSE, builtin:unknown-partner",
            "olga@localhost/o,       paul@sub.partner.example,  REFUSE, builtin:unknown-partner",
            "olga@localhost/o,       paul@partner.example.evil, REFUSE, builtin:unknown-partner",
            "olga@evil.localhost/o,  alice@localhost,           REFUSE, builtin:unknown-partner",
    })
    void decides(String from, String to, Effect effect, String rule) {
        for (StanzaKind kind : StanzaKind.values()) {
            Decision decision = policy.decide(direct(from, to, kind));
            assertThat(decision.effect()).isEqualTo(effect);
            assertThat(decision.rules().get(0).id()).isEqualTo(rule);
        }
    }

    @Test
    void aRefusalSaysWhyAndNamesTheRule() {
        assertThat(policy.decide(message("alice@localhost/a", "bob@localhost")).error()).contains(
                StanzaError.policyViolation("Research and Trading may not talk to each other. (rule research-trading)"));
    }

    @Test
    void aShadowRuleIsReportedAfterTheOthersAndHasNoEffect() {
        Decision decision = policy.decide(message("bob@localhost/b", "paul@partner.example"));
        assertThat(decision.allowed()).isTrue();
        assertThat(decision.rules()).extracting(DeterminingRule::id).containsExactly("partner:partner.example", "traders-outside");
        assertThat(decision.rules()).extracting(DeterminingRule::shadow).containsExactly(false, true);
    }

    @Test
    void everyRuleThatRefusesIsNamed() throws Exception {
        RolesPolicy two = Config.policy("""
                roles: {a: {}, b: {}}
                people: [{jid: x@localhost, roles: [a]}, {jid: y@localhost, roles: [b]}]
                barriers:
                  - {name: second, from: {roles: [b]}, to: {roles: [a]}, both-ways: true, reason: Two.}
                  - {name: first, from: {people: [x@localhost]}, to: {domains: [localhost]}, both-ways: false, reason: One.}
                """);
        Decision decision = two.decide(message("x@localhost/r", "y@localhost"));
        assertThat(decision.rules()).extracting(DeterminingRule::id).containsExactly("first", "second");
        assertThat(decision.error().orElseThrow().text()).isEqualTo("One. (rule first)");
    }

    /** What the host answers in x's name is x's, and reaches nobody whom x may not reach. */
    @Test
    void aOneWayBarrierIsNotGoneAroundByFetching() throws Exception {
        RolesPolicy oneWay = Config.policy("""
                people: [{jid: x@localhost}, {jid: y@localhost}]
                barriers: [{name: b, from: {people: [x@localhost]}, to: {people: [y@localhost]}, both-ways: false, reason: No.}]
                """);
        assertThat(oneWay.decide(iq("y@localhost/r", "x@localhost", "get")).error()).contains(StanzaError.policyViolation("No. (rule b)"));
        assertThat(oneWay.decide(iq("y@localhost/r", "x@localhost", "set")).allowed()).isTrue();
        // x's client answers for itself, and is asked about
        assertThat(oneWay.decide(iq("y@localhost/r", "x@localhost/r", "get")).allowed()).isTrue();
        assertThat(oneWay.decide(iq("y@localhost/r", "room@conference.localhost", "get")).allowed()).isTrue();
    }

    /** As a rule's author may write it, and as a host may stamp what reaches the same account at the partner's server. */
    @ParameterizedTest
    @CsvSource({"jessica, \uff4aessica", "jessica, jes\u00adsica", "jessica, jes\u200dsica", "jessica, je\u00dfica", "mu\u0308ller, m\u00fcller", "strau\u00df, strauss",
            "\u03bd\u03af\u03ba\u03bf\u03c2, \u03bd\u03af\u03ba\u03bf\u03c3"})
    void noSpellingOfAPartnersPersonPassesTheirBarrier(String written, String stamped) throws Exception {
        RolesPolicy spelt = Config.policy("""
                departments: [research]
                people: [{jid: alice@localhost, department: research}]
                partners: [{domain: partner.example}]
                barriers: [{name: wall, from: {departments: [research]}, to: {people: [%s@partner.example]}, reason: No.}]
                """.formatted(written));
        assertThat(spelt.decide(message("alice@localhost/a", stamped + "@partner.example")).effect()).isEqualTo(Effect.REFUSE);
        assertThat(spelt.decide(message(stamped + "@partner.example/p", "alice@localhost")).effect()).isEqualTo(Effect.REFUSE);
        assertThat(spelt.decide(message("alice@localhost/a", "paul@partner.example")).effect()).isEqualTo(Effect.ALLOW);
    }

    /** At the partner's server they may be one account. */
    @Test
    void twoSpellingsThatAreNamedAreHeldToTheRulesOfBoth() throws Exception {
        RolesPolicy spelt = Config.policy("""
                departments: [research, trading]
                people: [{jid: alice@localhost, department: research}, {jid: tom@localhost, department: trading}]
                partners: [{domain: partner.example}]
                barriers:
                  - {name: one, from: {departments: [research]}, to: {people: [strasse@partner.example]}, reason: No.}
                  - {name: two, from: {departments: [trading]}, to: {people: [stra\u00dfe@partner.example]}, reason: No.}
                """);
        for (String who : List.of("alice@localhost/a", "tom@localhost/t")) {
            for (String local : List.of("strasse", "stra\u00dfe")) {
                assertThat(spelt.decide(message(who, local + "@partner.example")).effect()).as(who + " to " + local).isEqualTo(Effect.REFUSE);
            }
        }
        assertThat(spelt.explain(bare("alice@localhost"), bare("stra\u00dfe@partner.example"), StanzaKind.MESSAGE, Optional.empty(), true).lines())
                .anyMatch(line -> line.contains("another spelling")).noneMatch(line -> line.contains("do not keep them apart") && line.startsWith("2"));
    }

    /** At the partner's server they may be two accounts. */
    @Test
    void whomARoomAdmitsByNameIsNotWhoeverIsSpeltAlike() throws Exception {
        RolesPolicy members = Config.policy("""
                people: [{jid: alice@localhost}]
                partners: [{domain: partner.example}]
                rooms: [{name: board, rooms: [board@conference.localhost], members: {people: [strasse@partner.example]}, reason: No.}]
                """);
        assertThat(members.decide(Exchanges.join("strasse@partner.example/p", "board@conference.localhost")).allowed()).isTrue();
        for (String other : List.of("stra\u00dfe", "\uff53trasse", "paul")) {
            assertThat(members.decide(Exchanges.join(other + "@partner.example/p", "board@conference.localhost")).allowed()).as(other).isFalse();
        }
    }

    /** Nor by somebody of a partner's, whom the host answers as it answers the house. */
    @Test
    void aOneWayBarrierAgainstAPartnerIsNotGoneAroundByFetching() throws Exception {
        RolesPolicy oneWay = Config.policy("""
                people: [{jid: x@localhost}]
                partners: [{domain: partner.example}]
                barriers: [{name: b, from: {people: [x@localhost]}, to: {domains: [partner.example]}, both-ways: false, reason: No.}]
                """);
        assertThat(oneWay.decide(iq("y@partner.example/r", "x@localhost", "get", Direction.INBOUND)).error()).contains(StanzaError.policyViolation("No. (rule b)"));
        assertThat(oneWay.decide(iq("y@partner.example/r", "x@localhost", "set", Direction.INBOUND)).allowed()).isTrue();
        assertThat(oneWay.decide(iq("y@partner.example/r", "x@localhost/r", "get", Direction.INBOUND)).allowed()).isTrue();
        RolesPolicy otherWay = Config.policy("""
                people: [{jid: x@localhost}]
                partners: [{domain: partner.example}]
                barriers: [{name: b, from: {domains: [partner.example]}, to: {people: [x@localhost]}, both-ways: false, reason: No.}]
                """);
        // the partner's server answers, and its answer is asked about
        assertThat(otherWay.decide(iq("x@localhost/r", "y@partner.example", "get", Direction.OUTBOUND)).allowed()).isTrue();
    }

    private static Exchange iq(String from, String to, String type) {
        return iq(from, to, type, Direction.LOCAL);
    }

    private static Exchange iq(String from, String to, String type, Direction direction) {
        return new Exchange(jid(from), jid(to), Optional.empty(), StanzaKind.IQ, type, direction, Place.DIRECT, Optional.empty(), "");
    }

    /** Whoever has a proxy pass bytes on writes to somebody and reads from them (XEP-0065). */
    @Test
    void aProxyPassesNoBytesOnAcrossABarrierInEitherDirection() throws Exception {
        RolesPolicy oneWay = Config.policy("""
                people: [{jid: x@localhost}, {jid: y@localhost}, {jid: z@localhost}]
                barriers: [{name: b, from: {people: [x@localhost]}, to: {people: [y@localhost]}, both-ways: false, reason: No.}]
                """);
        assertThat(oneWay.decide(activates("x@localhost/r", "y@localhost")).error()).contains(StanzaError.policyViolation("No. (rule b)"));
        assertThat(oneWay.decide(activates("y@localhost/r", "x@localhost")).error()).contains(StanzaError.policyViolation("No. (rule b)"));
        assertThat(oneWay.decide(activates("x@localhost/r", "z@localhost")).allowed()).isTrue();
    }

    private static Exchange activates(String from, String target) {
        return iq(from, "conference.localhost", "set").with(Content.NOTHING, Optional.of(jid(target).asBareJid()));
    }

    @Test
    void aOneWayBarrierOfOneKindStopsNothingElse() throws Exception {
        RolesPolicy oneWay = Config.policy("""
                people: [{jid: x@localhost}, {jid: y@localhost}]
                barriers: [{name: b, from: {people: [x@localhost]}, to: {people: [y@localhost]}, both-ways: false, kinds: [iq], reason: No.}]
                """);
        assertThat(oneWay.decide(direct("x@localhost", "y@localhost", StanzaKind.IQ)).allowed()).isFalse();
        assertThat(oneWay.decide(direct("x@localhost", "y@localhost", StanzaKind.MESSAGE)).allowed()).isTrue();
        assertThat(oneWay.decide(direct("x@localhost", "y@localhost", StanzaKind.PRESENCE)).allowed()).isTrue();
        assertThat(oneWay.decide(direct("y@localhost", "x@localhost", StanzaKind.IQ)).allowed()).isTrue();
    }

    @Test
    void aRoleIsHeldThroughInheritanceAtAnyDepth() throws Exception {
        RolesPolicy deep = Config.policy("""
                roles: {top: {inherits: [middle]}, middle: {inherits: [bottom]}, bottom: {}, other: {}}
                people: [{jid: x@localhost, roles: [top]}, {jid: y@localhost, roles: [other]}, {jid: z@localhost, roles: [bottom]}]
                barriers: [{name: b, from: {roles: [bottom]}, to: {roles: [other]}, reason: No.}, {name: c, from: {roles: [top]}, to: {people: [z@localhost]}, reason: No.}]
                """);
        assertThat(deep.decide(message("x@localhost", "y@localhost")).rules().get(0).id()).isEqualTo("b");
        assertThat(deep.decide(message("z@localhost", "x@localhost")).rules().get(0).id()).isEqualTo("c");
        // Inheritance goes one way: who holds the bottom role doesn't hold the top one.
        assertThat(deep.decide(message("z@localhost", "z@localhost")).allowed()).isTrue();
    }

    @Test
    void aBarrierAppliesToPeopleAndDomainsOfPartners() throws Exception {
        RolesPolicy partners = Config.policy("""
                people: [{jid: x@localhost}, {jid: y@localhost}]
                partners: [{domain: a.example}, {domain: b.example}]
                barriers:
                  - {name: domain, from: {people: [x@localhost]}, to: {domains: [a.example]}, reason: No.}
                  - {name: person, from: {people: [y@localhost]}, to: {people: [eve@b.example]}, reason: No.}
                """);
        assertThat(partners.decide(message("p@a.example/r", "x@localhost")).rules().get(0).id()).isEqualTo("domain");
        assertThat(partners.decide(message("x@localhost", "p@b.example/r")).allowed()).isTrue();
        assertThat(partners.decide(message("y@localhost", "eve@b.example/r")).rules().get(0).id()).isEqualTo("person");
        assertThat(partners.decide(message("y@localhost", "adam@b.example/r")).allowed()).isTrue();
        assertThat(partners.decide(message("y@localhost", "p@a.example")).allowed()).isTrue();
    }

    @Test
    void manyRulesAreDecidedByTheOneThatMatches() throws Exception {
        StringBuilder yaml = new StringBuilder("departments: [d0");
        for (int i = 1; i <= 150; i++) {
            yaml.append(", d").append(i);
        }
        yaml.append("]\npeople:\n");
        for (int i = 0; i <= 150; i++) {
            yaml.append("  - {jid: p").append(i).append("@localhost, department: d").append(i).append("}\n");
        }
        yaml.append("barriers:\n");
        for (int i = 0; i < 150; i++) {
            yaml.append("  - {name: b").append(i).append(", from: {departments: [d").append(i).append("]}, to: {departments: [d").append(i + 1)
                    .append("]}, both-ways: ").append(i % 2 == 0).append(", reason: No.}\n");
        }
        RolesPolicy many = Config.policy(yaml.toString());
        for (int i = 0; i < 150; i++) {
            String one = "p" + i + "@localhost";
            String next = "p" + (i + 1) + "@localhost";
            assertThat(many.decide(message(one, next)).rules()).extracting(DeterminingRule::id).isEqualTo(List.of("b" + i));
            assertThat(many.decide(message(next, one)).allowed()).isEqualTo(i % 2 == 1);
            assertThat(many.decide(message(one, "p" + (i + 2) % 150 + "@localhost")).allowed()).isTrue();
        }
    }

    @Test
    void aHouseWithoutAnyOptionLetsNobodyTalk() throws Exception {
        RolesPolicy empty = Config.policy("{}");
        assertThat(empty.decide(message("alice@localhost", "bob@localhost")).allowed()).isFalse();
        assertThat(empty.decide(message("alice@localhost", "localhost")).allowed()).isFalse();
    }

    @Test
    void tellsDepartments() {
        assertThat(policy.departmentOf(bare("alice@localhost"))).contains("research");
        assertThat(policy.departmentOf(bare("nobody@localhost"))).isEmpty();
        assertThat(policy.departmentOf(bare("paul@partner.example"))).isEmpty();
        assertThat(policy.membersOf("trading")).containsExactly(bare("berta@localhost"), bare("bob@localhost"));
        assertThat(policy.membersOf("nowhere")).isEmpty();
    }
}
