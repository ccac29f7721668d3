package im.chancery.engine.edge;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a room elsewhere says of an occupant who goes (XEP-0045, the {@code <x/>} of muc#user). Clients tell by it whether somebody has left, has been removed,
 * or has another nickname now.
 *
 * <p>Where it goes on unasked it is made anew, of nothing that a sender can write freely: known codes, each once, and one item's affiliation and role. The code of
 * a new nickname (303) is none of those: without the nickname clients would wait for somebody who never comes. The same in Lua is {@code occupancy.lib.lua}.
 */
final class Occupancy {
    static final String MUC_USER = "http://jabber.org/protocol/muc#user";
    /** XEP-0045, section 15.6: those of an unavailable presence, but 303. */
    private static final Set<String> CODES = Set.of("110", "301", "307", "321", "322", "332", "333");
    private static final Map<String, Set<String>> VALUES = Map.of("affiliation", Set.of("owner", "admin", "member", "none", "outcast"),
            "role", Set.of("moderator", "participant", "visitor", "none"));

    private Occupancy() {
    }

    /** What a room says in a stanza. */
    static Optional<EdgeElement> saidIn(EdgeStanza stanza) {
        return stanza.element().child("x", MUC_USER);
    }

    /** What may go on of it unasked. It is equal to what was said if that is all of it. */
    static EdgeElement plain(EdgeElement said) {
        Set<Object> seen = new HashSet<>();
        List<EdgeElement> kept = said.children().stream().filter(part -> part.namespace().equals(MUC_USER)).map(Occupancy::plainPart).filter(Objects::nonNull)
                .filter(part -> seen.add(part.name().equals("item") ? "item" : part)).toList();
        return new EdgeElement("x", MUC_USER, Map.of(), kept, "");
    }

    private static EdgeElement plainPart(EdgeElement part) {
        Map<String, String> attributes = switch (part.name()) {
            case "status" -> known(part, Map.of("code", CODES));
            case "item" -> known(part, VALUES);
            default -> Map.of();
        };
        return attributes.isEmpty() ? null : new EdgeElement(part.name(), MUC_USER, attributes, List.of(), "");
    }

    private static Map<String, String> known(EdgeElement part, Map<String, Set<String>> values) {
        return part.attributes().entrySet().stream().filter(e -> values.getOrDefault(e.getKey(), Set.of()).contains(e.getValue()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
