package im.chancery.retention;

import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.RoomSnapshot;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;

/**
 * Which exchanges belong to a record class. Criteria that are empty don't matter; the others must all match, each by at
 * least one of its values. Departments and domains are those of everybody involved: the sender, the addressee, and in a
 * room all who hear it.
 *
 * @param departments departments' names
 * @param rooms       rooms' bare addresses
 * @param domains     domains, compared whole: {@code evilexample.com} is not {@code example.com}
 */
record RecordMatch(Set<String> departments, Set<BareJid> rooms, Set<DomainBareJid> domains) {
    RecordMatch {
        departments = Set.copyOf(departments);
        rooms = Set.copyOf(rooms);
        domains = Set.copyOf(domains);
    }

    boolean isEmpty() {
        return departments.isEmpty() && rooms.isEmpty() && domains.isEmpty();
    }

    boolean matches(Exchange exchange, Function<BareJid, Optional<String>> departmentOf) {
        return matchesRoom(exchange)
                && (domains.isEmpty() || involved(exchange).map(BareJid::asDomainBareJid).anyMatch(domains::contains))
                && (departments.isEmpty() || involved(exchange).map(departmentOf).flatMap(Optional::stream).anyMatch(departments::contains));
    }

    private boolean matchesRoom(Exchange exchange) {
        return rooms.isEmpty() || exchange.room().map(RoomSnapshot::room).filter(rooms::contains).isPresent();
    }

    private static Stream<BareJid> involved(Exchange exchange) {
        Stream<BareJid> ends = Stream.concat(Stream.of(exchange.from().asBareJid(), exchange.to().asBareJid()), exchange.recipient().stream());
        return exchange.place() == Place.ROOM
                ? Stream.concat(ends, exchange.room().stream().flatMap(r -> r.occupants().stream()))
                : ends;
    }
}
