package im.chancery.roles;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;

/** Names a group of subjects: whoever is in any of the departments, roles, domains or is one of the people. Only people
 * of the directory and partners are in a group: services and rooms have rules of their own, and who is unknown may do nothing anyway. */
record Selector(Set<String> departments, Set<String> roles, Set<DomainBareJid> domains, Set<BareJid> people) {

    Selector {
        departments = Set.copyOf(departments);
        roles = Set.copyOf(roles);
        domains = Set.copyOf(domains);
        people = Set.copyOf(people);
    }

    /** What puts the subject into the group, in words; empty if nothing does. */
    Optional<String> why(Subject subject) {
        if (subject.standing() != Standing.PERSON && subject.standing() != Standing.PARTNER) {
            return Optional.empty();
        }
        if (people.contains(subject.address())) {
            return Optional.of("is named");
        }
        if (subject.department().filter(departments::contains).isPresent()) {
            return subject.department().map(d -> "is in department " + d);
        }
        // The least name, so that the words don't depend on a set's order.
        return new TreeSet<>(roles).stream().filter(subject.roles()::contains).findFirst().map(r -> "holds role " + r)
                .or(() -> Optional.of(subject.address().asDomainBareJid()).filter(domains::contains).map(d -> "is in domain " + d));
    }
}
