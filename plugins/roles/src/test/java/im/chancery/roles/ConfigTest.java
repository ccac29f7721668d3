package im.chancery.roles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Option;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A config that means nothing is refused, with every problem and each one's place. */
class ConfigTest {

    @Test
    void theExampleIsGood() throws Exception {
        assertThat(Config.policy(Config.example())).isNotNull();
    }

    @Test
    void anUnknownDepartmentOrRoleIsRefusedWhereverItStands() {
        assertThat(problems("""
                departments: [research]
                roles: {analyst: {inherits: [clerk]}}
                people:
                  - {jid: a@localhost, department: reserch, roles: [analist]}
                barriers:
                  - {name: b, from: {departments: [trading]}, to: {roles: [trader]}, reason: No.}
                rooms:
                  - {name: r, rooms: [x@conference.localhost], members: {roles: [boss]}, reason: No.}
                partners:
                  - {domain: p.example, people: {departments: [office]}}
                separation:
                  - {name: s, roles: [analyst, auditor]}
                """)).containsExactly(
                "test.yaml:2:30: roles.analyst.inherits[0]: found unknown role 'clerk'; allowed: one of analyst",
                "test.yaml:4:36: people[0].department: found unknown department 'reserch'; allowed: one of research",
                "test.yaml:4:53: people[0].roles[0]: found unknown role 'analist'; allowed: one of analyst",
                "test.yaml:6:36: barriers[0].from.departments[0]: found unknown department 'trading'; allowed: one of research",
                "test.yaml:6:60: barriers[0].to.roles[0]: found unknown role 'trader'; allowed: one of analyst",
                "test.yaml:8:66: rooms[0].members.roles[0]: found unknown role 'boss'; allowed: one of analyst",
                "test.yaml:10:48: partners[0].people.departments[0]: found unknown department 'office'; allowed: one of research",
                "test.yaml:12:32: separation[0].roles[1]: found unknown role 'auditor'; allowed: one of analyst");
    }

    @Test
    void aCycleOfRolesIsRefusedAtEachOfItsRoles() {
        assertThat(problems("""
                roles:
                  a: {inherits: [b]}
                  b: {inherits: [c]}
                  c: {inherits: [a]}
                  d: {inherits: [a]}
                  e: {inherits: [e]}
                """)).containsExactly(
                "test.yaml:2:17: roles.a.inherits: found a cycle: a inherits b inherits c inherits a; allowed: roles that don't lead back to 'a'",
                "test.yaml:3:17: roles.b.inherits: found a cycle: b inherits c inherits a inherits b; allowed: roles that don't lead back to 'b'",
                "test.yaml:4:17: roles.c.inherits: found a cycle: c inherits a inherits b inherits c; allowed: roles that don't lead back to 'c'",
                "test.yaml:6:17: roles.e.inherits: found a cycle: e inherits e; allowed: roles that don't lead back to 'e'");
    }

    @Test
    void aPersonStandsOnceAndInAServedDomain() {
        assertThat(problems("""
                departments: [d, d]
                people:
                  - {jid: a@localhost}
                  - {jid: A@LOCALHOST}
                  - {jid: a@elsewhere.example}
                  - {jid: a@sub.localhost}
                  - {jid: a@conference.localhost}
                  - {jid: localhost}
                  - {jid: a@localhost/phone}
                  - {jid: '@localhost'}
                  - {name: Nobody}
                """)).containsExactly(
                "test.yaml:1:18: departments[1]: found department 'd' a second time; allowed: each department once",
                "test.yaml:4:11: people[1].jid: found 'a@localhost' a second time; allowed: each person once",
                "test.yaml:5:11: people[2].jid: found 'a@elsewhere.example', whose domain isn't served; allowed: an address of one of localhost",
                "test.yaml:6:11: people[3].jid: found 'a@sub.localhost', whose domain isn't served; allowed: an address of one of localhost",
                "test.yaml:7:11: people[4].jid: found 'a@conference.localhost', whose domain isn't served; allowed: an address of one of localhost",
                "test.yaml:8:11: people[5].jid: found 'localhost'; allowed: a bare address, such as alice@example.org",
                "test.yaml:9:11: people[6].jid: found 'a@localhost/phone'; allowed: a bare address, such as alice@example.org",
                "test.yaml:10:11: people[7].jid: found '@localhost'; allowed: a bare address, such as alice@example.org",
                "test.yaml:11:5: people[8]: found no 'jid'; allowed: an entry 'jid'");
    }

    @Test
    void ruleNamesAreTheirOwn() {
        assertThat(problems("""
                roles: {x: {}, y: {}}
                people: [{jid: a@localhost}]
                separation: [{name: n, roles: [x, y]}]
                barriers:
                  - {name: n, from: {people: [a@localhost]}, to: {domains: [localhost]}, reason: No.}
                rooms:
                  - {name: n, rooms: [x@conference.localhost], members: {people: [a@localhost]}, reason: No.}
                partners:
                  - {name: n, domain: p.example}
                """)).containsExactly(
                "test.yaml:5:12: barriers[0].name: found rule name 'n' a second time; allowed: a name of its own for each rule",
                "test.yaml:7:12: rooms[0].name: found rule name 'n' a second time; allowed: a name of its own for each rule",
                "test.yaml:9:12: partners[0].name: found rule name 'n' a second time; allowed: a name of its own for each rule");
    }

    @Test
    void aRuleThatNamesNobodyIsRefused() {
        assertThat(problems("""
                people: [{jid: a@localhost}]
                barriers:
                  - {name: b1, from: {}, to: {departments: []}, reason: No.}
                  - {name: b2, to: {people: [a@localhost]}, kinds: [], reason: No.}
                rooms:
                  - {name: r1, rooms: [], members: {domains: []}, reason: No.}
                partners:
                  - {domain: p.example, people: {}}
                """)).containsExactly(
                "test.yaml:3:22: barriers[0].from: found a selector that names nobody; allowed: an entry in departments, roles, domains or people",
                "test.yaml:3:30: barriers[0].to: found a selector that names nobody; allowed: an entry in departments, roles, domains or people",
                "test.yaml:4:5: barriers[1]: found no 'from'; allowed: an entry 'from'",
                "test.yaml:4:52: barriers[1].kinds: found no kind; allowed: one or more of message, presence, iq",
                "test.yaml:6:23: rooms[0].rooms: found no room; allowed: one room or more",
                "test.yaml:6:36: rooms[0].members: found a selector that names nobody; allowed: an entry in departments, roles, domains or people",
                "test.yaml:8:33: partners[0].people: found a selector that names nobody; allowed: an entry in departments, roles, domains or people");
    }

    @Test
    void aMisspeltAddressOrDomainIsNoOpenDoor() {
        assertThat(problems("""
                people: [{jid: a@localhost}]
                partners: [{domain: p.example}]
                barriers:
                  - name: b
                    from: {people: [b@localhost, c@q.example, nonsense, d@p.example]}
                    to: {domains: [q.example, p.example, conference.localhost, a@p.example]}
                    reason: No.
                """)).containsExactly(
                "test.yaml:5:21: barriers[0].from.people[0]: found 'b@localhost', whom the directory doesn't know; allowed: an address of 'people' or of a partner's domain",
                "test.yaml:5:34: barriers[0].from.people[1]: found 'c@q.example', whom the directory doesn't know; allowed: an address of 'people' or of a partner's domain",
                "test.yaml:5:47: barriers[0].from.people[2]: found 'nonsense'; allowed: a bare address, such as alice@example.org",
                "test.yaml:6:20: barriers[0].to.domains[0]: found domain 'q.example', which is neither served nor a partner's; allowed: one of localhost, p.example",
                "test.yaml:6:42: barriers[0].to.domains[2]: found domain 'conference.localhost', which is neither served nor a partner's; allowed: one of localhost, p.example",
                "test.yaml:6:64: barriers[0].to.domains[3]: found 'a@p.example'; allowed: a domain, such as example.org");
    }

    @Test
    void roomsAreTheHousesAndPartnersAreNot() {
        assertThat(problems("""
                people: [{jid: a@localhost}]
                rooms: [{name: r, rooms: [x@localhost, y@conference.p.example], members: {people: [a@localhost]}, reason: No.}]
                partners:
                  - {domain: localhost}
                  - {domain: conference.localhost}
                  - {domain: p.example}
                  - {domain: P.Example}
                  - {domain: q.example, people: {domains: [p.example]}}
                """)).containsExactly(
                "test.yaml:2:27: rooms[0].rooms[0]: found 'x@localhost', whose domain is no service; allowed: a room of one of conference.localhost",
                "test.yaml:2:40: rooms[0].rooms[1]: found 'y@conference.p.example', whose domain is no service; allowed: a room of one of conference.localhost",
                "test.yaml:4:14: partners[0].domain: found 'localhost', which is a domain of the house; allowed: a domain of another organisation",
                "test.yaml:5:14: partners[1].domain: found 'conference.localhost', which is a domain of the house; allowed: a domain of another organisation",
                "test.yaml:7:14: partners[3].domain: found 'p.example' a second time; allowed: each partner once",
                "test.yaml:8:44: partners[4].people.domains[0]: found domain 'p.example', which is neither served nor a partner's; allowed: one of localhost");
    }

    /** Static separation of duty, INCITS 359. */
    @Test
    void nobodyHoldsSeparatedRolesNotEvenByInheritance() {
        assertThat(problems("""
                roles: {pays: {}, approves: {}, chief: {inherits: [pays]}, clerk: {}}
                people:
                  - {jid: a@localhost, roles: [pays, clerk]}
                  - {jid: b@localhost, roles: [pays, approves]}
                  - {jid: c@localhost, roles: [chief, approves]}
                separation:
                  - {name: four-eyes, roles: [pays, approves]}
                  - {name: alone, roles: [pays]}
                """)).containsExactly(
                "test.yaml:4:31: people[1].roles: found roles approves and pays together; allowed: at most one of them, as separation 'four-eyes' says",
                "test.yaml:5:31: people[2].roles: found roles approves and pays together; allowed: at most one of them, as separation 'four-eyes' says",
                "test.yaml:8:26: separation[1].roles: found 1 roles; allowed: two or more different roles");
    }

    /** The nearest come first, since one of them was meant. */
    @Test
    void ofManyNamesTheNearestAreTold() {
        String departments = IntStream.range(0, 300).mapToObj(i -> "emea-" + i).collect(Collectors.joining(", "));
        assertThat(problems("departments: [" + departments + "]\npeople: [{jid: a@localhost, department: EMEA_7}]\n")).singleElement().asString()
                .startsWith("test.yaml:2:41: people[0].department: found unknown department 'EMEA_7'; allowed: one of emea-7, emea-0, emea-1, ")
                .endsWith(" and 280 more").hasSizeLessThan(400);
    }

    @Test
    void aRenamedDepartmentIsToldInFewWords() {
        String departments = IntStream.range(0, 300).mapToObj(i -> "emea-team-" + i).collect(Collectors.joining(", "));
        String people = IntStream.range(0, 20_000).mapToObj(i -> "  - {jid: p" + i + "@localhost, department: apac-team-" + i % 300 + "}\n").collect(Collectors.joining());
        List<String> told = problems("departments: [" + departments + "]\npeople:\n" + people);
        assertThat(told).hasSize(100).first().asString().startsWith("test.yaml:3:").contains("people[0].department: found unknown department 'apac-team-0'");
        assertThat(told).last().asString().startsWith("test.yaml:102:").endsWith("people[99].department: found 19901 more problems from here on; allowed: none");
        assertThat(told.stream().mapToInt(String::length).sum()).isLessThan(100_000);
    }

    @Test
    void everyOptionIsDocumentedAndTheExampleUsesNoOther() {
        List<Option> options = RolesPlugin.descriptor().options();
        assertThat(flatten(options)).allSatisfy(o -> assertThat(o.doc()).as(o.name()).endsWith("."));
        assertThat(Config.node(Config.example()).entries().keySet())
                .containsExactlyInAnyOrderElementsOf(options.stream().map(Option::name).toList());
    }

    private static Stream<Option> flatten(List<Option> options) {
        return options.stream().flatMap(o -> Stream.concat(Stream.of(o), flatten(o.children())));
    }

    private static List<String> problems(String yaml) {
        ConfigException refused = catchThrowableOfType(ConfigException.class, () -> Config.policy(yaml));
        assertThat(refused).as("the config is accepted").isNotNull();
        return refused.problems().stream().map(ConfigProblem::toString).toList();
    }
}
