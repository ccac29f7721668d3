package im.chancery.roles;

import im.chancery.core.config.ConfigNode;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.Optional;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;

/**
 * Reads selectors. A name that nobody has is refused and not taken for an empty group: a misspelt barrier would be an
 * open door. For one thread and one file.
 */
final class SelectorReader {
    static final Selector NOBODY = new Selector(Set.of(), Set.of(), Set.of(), Set.of());

    private final Problems problems;
    private final Directory directory;
    private final Set<DomainBareJid> domains = new HashSet<>();
    private final Set<DomainBareJid> partners;
    private final Set<BareJid> named;

    /**
     * @param partners the domains beside the served ones that a selector may name
     * @param named    takes the addresses outside the directory that selectors name
     */
    SelectorReader(Problems problems, Directory directory, Set<DomainBareJid> partners, Set<BareJid> named) {
        this.problems = problems;
        this.directory = directory;
        this.partners = Set.copyOf(partners);
        this.domains.addAll(directory.served());
        this.domains.addAll(partners);
        this.named = named;
    }

    Selector read(ConfigNode node) {
        Selector selector = new Selector(
                names(node, "departments", "department", directory.departments()),
                names(node, "roles", "role", directory.roles().names()),
                each(node, "domains", this::domain),
                each(node, "people", this::person));
        // An entry that is wrong has its own problem; this one is for a selector without any.
        if (List.of("departments", "roles", "domains", "people").stream().allMatch(key -> node.get(key).map(ConfigNode::items).orElse(List.of()).isEmpty())) {
            problems.add(node, "a selector that names nobody", "an entry in departments, roles, domains or people");
        }
        return selector;
    }

    private Set<String> names(ConfigNode node, String key, String what, Collection<String> known) {
        return each(node, key, item -> {
            if (known.contains(item.text())) {
                return Optional.of(item.text());
            }
            problems.unknown(item, "unknown " + what + " '" + item.text() + "'", item.text(), known);
            return Optional.empty();
        });
    }

    private Optional<DomainBareJid> domain(ConfigNode item) {
        Optional<DomainBareJid> domain = problems.domain(item);
        domain.filter(d -> !domains.contains(d)).ifPresent(d ->
                problems.unknown(item, "domain '" + d + "', which is neither served nor a partner's", d.toString(), domains));
        return domain;
    }

    private Optional<BareJid> person(ConfigNode item) {
        Optional<BareJid> address = problems.address(item).map(a -> a);
        address.filter(a -> !directory.people().containsKey(a)).ifPresent(a -> {
            if (partners.contains(a.asDomainBareJid())) {
                named.add(a);
            } else {
                problems.add(item, "'" + a + "', whom the directory doesn't know", "an address of 'people'"
                        + (partners.isEmpty() ? "" : " or of a partner's domain"));
            }
        });
        return address;
    }

    private static <T> Set<T> each(ConfigNode node, String key, Function<ConfigNode, Optional<T>> reader) {
        Set<T> values = new HashSet<>();
        node.get(key).map(ConfigNode::items).orElse(List.of()).forEach(item -> reader.apply(item).ifPresent(values::add));
        return values;
    }
}
