package im.chancery.roles;

import im.chancery.core.StanzaKind;
import im.chancery.core.config.ConfigException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jxmpp.jid.BareJid;

/**
 * A random organisation with its rules, as a config and as a model that says what the config means by going through
 * the lists, without any of the code under test.
 */
record House(List<Person> people, List<Barrier> barriers, List<String> rooms, List<String> partners) {
    static final List<BareJid> ROOMS = List.of(Exchanges.bare("r0@conference.localhost"), Exchanges.bare("r1@conference.localhost"));
    private static final int GROUPS = 4;
    private static final List<String> DOMAINS = List.of("localhost", "a.example", "b.example");
    /** Of these only {@code r3} inherits: r2, which inherits r1. */
    private static final String ROLES = "{r0: {}, r1: {}, r2: {inherits: [r1]}, r3: {inherits: [r2]}}";

    record Person(String address, int department, Set<Integer> assigned) {
        boolean holds(int role) {
            return assigned.contains(role) || role == 2 && assigned.contains(3) || role == 1 && (assigned.contains(2) || assigned.contains(3));
        }

        String yaml() {
            return "{jid: " + address + ", department: d" + department + ", roles: [" + numbered("r", assigned) + "]}";
        }
    }

    record Group(Set<Integer> departments, Set<Integer> roles, Set<String> domains, Set<String> people) {
        boolean has(BareJid address, List<Person> directory) {
            boolean byDirectory = directory.stream().filter(p -> address.equals(p.address()))
                    .anyMatch(p -> departments.contains(p.department()) || roles.stream().anyMatch(p::holds));
            return byDirectory || domains.contains(address.getDomain().toString()) || people.contains(address.toString());
        }

        String yaml() {
            return "{departments: [" + numbered("d", departments) + "], roles: [" + numbered("r", roles) + "], domains: ["
                    + String.join(", ", domains) + "], people: [" + String.join(", ", people) + "]}";
        }

        static Group random(Random random, List<String> addresses, List<String> domains) {
            Group group = new Group(some(random, GROUPS), some(random, GROUPS),
                    domains.stream().filter(d -> random.nextInt(8) == 0).collect(Collectors.toSet()),
                    addresses.stream().filter(a -> random.nextInt(8) == 0).collect(Collectors.toSet()));
            boolean empty = group.departments.isEmpty() && group.roles.isEmpty() && group.domains.isEmpty() && group.people.isEmpty();
            return empty ? random(random, addresses, domains) : group;
        }
    }

    record Barrier(String name, Group from, Group to, boolean bothWays, Set<StanzaKind> kinds, boolean shadow) {
        String yaml() {
            return "{name: " + name + ", from: " + from.yaml() + ", to: " + to.yaml() + ", both-ways: " + bothWays + ", shadow: " + shadow
                    + ", kinds: [" + kinds.stream().map(k -> k.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining(", "))
                    + "], reason: 'This is " + name + ".'}";
        }

        static Barrier random(Random random, String name, List<String> addresses) {
            Set<StanzaKind> kinds = new HashSet<>(List.of(StanzaKind.values()[random.nextInt(3)], StanzaKind.values()[random.nextInt(3)],
                    StanzaKind.MESSAGE).subList(0, 1 + random.nextInt(2)));
            return new Barrier(name, Group.random(random, addresses, DOMAINS), Group.random(random, addresses, DOMAINS), random.nextBoolean(),
                    kinds, random.nextInt(4) == 0);
        }
    }

    static House random(Random random) {
        List<Person> people = IntStream.range(0, 2 + random.nextInt(4))
                .mapToObj(i -> new Person("p" + i + "@localhost", random.nextInt(GROUPS), some(random, GROUPS))).toList();
        List<String> house = people.stream().map(Person::address).toList();
        List<String> all = new ArrayList<>(house);
        all.addAll(List.of("x@a.example", "y@b.example"));
        List<Barrier> barriers = IntStream.range(0, random.nextInt(5)).mapToObj(i -> Barrier.random(random, "barrier" + i, all)).toList();
        List<String> rooms = IntStream.range(0, random.nextInt(3)).mapToObj(i -> "{name: room" + i + ", rooms: [" + ROOMS.get(random.nextInt(2))
                + "], members: " + Group.random(random, all, DOMAINS).yaml() + ", reason: No., shadow: " + (random.nextInt(4) == 0) + "}").toList();
        List<String> partners = List.of("{domain: a.example}",
                "{domain: b.example, people: " + Group.random(random, house, List.of("localhost")).yaml() + "}");
        return new House(people, barriers, rooms, partners);
    }

    RolesPolicy policy() throws ConfigException {
        return policy("");
    }

    /** The same with more sections of config. */
    RolesPolicy policy(String more) throws ConfigException {
        return Config.policy(more + "departments: [d0, d1, d2, d3]\nroles: " + ROLES + "\npeople: " + list(people.stream().map(Person::yaml).toList())
                + "barriers: " + list(barriers.stream().map(Barrier::yaml).toList()) + "rooms: " + list(rooms) + "partners: " + list(partners));
    }

    /** Everybody whom the tests ask about: the directory, partners, and some whom nobody knows. */
    List<BareJid> addresses() {
        List<BareJid> addresses = new ArrayList<>(people.stream().map(p -> Exchanges.bare(p.address())).toList());
        for (String other : List.of("x@a.example", "y@b.example", "z@b.example", "b.example", "nobody@localhost", "eve@elsewhere.example", "localhost")) {
            addresses.add(Exchanges.bare(other));
        }
        return addresses;
    }

    /** The barriers that keep {@code from} from reaching {@code to}. Strangers, unknown addresses, services and oneself have rules of their own. */
    Set<String> barriersBetween(BareJid from, BareJid to, StanzaKind kind, boolean shadow) {
        if (from.equals(to) || !isSubject(from) || !isSubject(to)) {
            return Set.of();
        }
        return barriers.stream().filter(b -> b.shadow() == shadow && b.kinds().contains(kind))
                .filter(b -> b.from().has(from, people) && b.to().has(to, people)
                        || b.bothWays() && b.from().has(to, people) && b.to().has(from, people))
                .map(Barrier::name).collect(Collectors.toSet());
    }

    House withBothWays() {
        return new House(people, barriers.stream().map(b -> new Barrier(b.name(), b.from(), b.to(), true, b.kinds(), b.shadow())).toList(), rooms, partners);
    }

    House withoutShadow() {
        return new House(people, barriers.stream().filter(b -> !b.shadow()).toList(), rooms.stream().filter(r -> r.endsWith("shadow: false}")).toList(), partners);
    }

    House withOneMoreBarrier(Random random) {
        List<Barrier> more = new ArrayList<>(barriers);
        more.add(random.nextInt(more.size() + 1), Barrier.random(random, "another", people.stream().map(Person::address).toList()));
        return new House(people, more, rooms, partners);
    }

    House shuffled(Random random) {
        return new House(shuffled(people, random), shuffled(barriers, random), shuffled(rooms, random), shuffled(partners, random));
    }

    private boolean isSubject(BareJid address) {
        return address.getDomain().toString().endsWith(".example") && !address.getDomain().toString().startsWith("elsewhere")
                || people.stream().anyMatch(p -> address.equals(p.address()));
    }

    private static <T> List<T> shuffled(List<T> list, Random random) {
        List<T> copy = new ArrayList<>(list);
        Collections.shuffle(copy, random);
        return copy;
    }

    private static Set<Integer> some(Random random, int bound) {
        return IntStream.range(0, bound).filter(i -> random.nextInt(4) == 0).boxed().collect(Collectors.toSet());
    }

    private static String numbered(String prefix, Set<Integer> numbers) {
        return numbers.stream().map(n -> prefix + n).collect(Collectors.joining(", "));
    }

    private static String list(List<String> items) {
        return items.isEmpty() ? "[]\n" : "\n" + items.stream().map(i -> "  - " + i + "\n").collect(Collectors.joining());
    }
}
