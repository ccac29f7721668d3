package im.chancery.roles;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;

/**
 * The organisation's people and the domains it knows. Immutable. Domains match exactly, never by suffix.
 *
 * @param served      the domains whose addresses are people of the house
 * @param services    the domains of the house's rooms and other services
 * @param departments all departments
 * @param roles       all roles
 * @param people      the people of the directory by address
 */
record Directory(Set<DomainBareJid> served, Set<DomainBareJid> services, Set<String> departments, RoleHierarchy roles,
        Map<BareJid, Subject> people) {

    Directory {
        served = Set.copyOf(served);
        services = Set.copyOf(services);
        departments = Set.copyOf(departments);
        people = Map.copyOf(people);
    }

    /** What the address is, if it is of the house; empty for every other domain. */
    Optional<Subject> ofTheHouse(BareJid address) {
        Subject person = people.get(address);
        if (person != null) {
            return Optional.of(person);
        }
        DomainBareJid domain = address.asDomainBareJid();
        boolean isDomain = !address.hasLocalpart();
        if (services.contains(domain)) {
            return Optional.of(Subject.outside(address, isDomain ? Standing.SERVICE : Standing.ROOM));
        }
        if (served.contains(domain)) {
            return Optional.of(Subject.outside(address, isDomain ? Standing.SERVICE : Standing.UNKNOWN));
        }
        return Optional.empty();
    }
}
