package im.chancery.roles;

import im.chancery.core.DeterminingRule;
import im.chancery.core.Effect;
import im.chancery.core.StanzaKind;
import im.chancery.core.config.ConfigNode;
import im.chancery.roles.Rule.Side;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;

/** Reads barriers, rooms, limits of what can't be read, and partners. For one thread and one file. */
final class RuleReader {
    private static final Set<StanzaKind> ALL_KINDS = EnumSet.allOf(StanzaKind.class);

    private final Problems problems;
    private final Directory directory;
    private final List<Rule> rules = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final Set<BareJid> named = new HashSet<>();

    /**
     * What the file says.
     *
     * @param rules    in the file's order
     * @param partners the domains that may be federated with, each with the rule that admits it
     * @param named    the addresses outside the directory that rules name
     */
    record Rules(List<Rule> rules, Map<DomainBareJid, DeterminingRule> partners, Set<BareJid> named) {
    }

    RuleReader(Problems problems, Directory directory) {
        this.problems = problems;
        this.directory = directory;
    }

    Rules read(ConfigNode root) {
        Map<DomainBareJid, ConfigNode> partners = partners(root);
        SelectorReader selectors = new SelectorReader(problems, directory, partners.keySet(), named);
        items(root, "separation").forEach(this::name);
        items(root, "barriers").forEach(node -> barrier(node, selectors));
        items(root, "rooms").forEach(node -> room(node, selectors));
        items(root, "unreadable").forEach(node -> unreadable(node, selectors));
        SelectorReader house = new SelectorReader(problems, directory, Set.of(), named);
        Map<DomainBareJid, DeterminingRule> admitted = new HashMap<>();
        partners.forEach((domain, node) -> admitted.put(domain, partner(domain, node, house)));
        return new Rules(rules, admitted, named);
    }

    private void barrier(ConfigNode node, SelectorReader selectors) {
        Selector from = problems.required(node, "from").map(selectors::read).orElse(SelectorReader.NOBODY);
        Selector to = problems.required(node, "to").map(selectors::read).orElse(SelectorReader.NOBODY);
        boolean bothWays = node.get("both-ways").map(ConfigNode::bool).orElse(true);
        boolean namesAddress = !from.people().isEmpty() || !to.people().isEmpty();
        rules.add(new Rule(rule(node, name(node)), from::why, to::why, bothWays, kinds(node), false, namesAddress));
    }

    private void room(ConfigNode node, SelectorReader selectors) {
        Selector members = problems.required(node, "members").map(selectors::read).orElse(SelectorReader.NOBODY);
        Set<BareJid> addresses = new HashSet<>();
        Optional<ConfigNode> list = problems.required(node, "rooms");
        list.filter(n -> n.items().isEmpty()).ifPresent(n -> problems.add(n, "no room", "one room or more"));
        for (ConfigNode item : list.map(ConfigNode::items).orElse(List.of())) {
            problems.address(item).ifPresent(address -> {
                if (!directory.services().contains(address.asDomainBareJid())) {
                    problems.add(item, "'" + address + "', whose domain is no service", "a room of " + Problems.oneOf(directory.services()));
                }
                addresses.add(address);
            });
        }
        named.addAll(addresses);
        Side outside = subject -> isPeople(subject) && members.why(subject).isEmpty() ? Optional.of("is not among its members") : Optional.empty();
        Side rooms = subject -> addresses.contains(subject.address()) ? Optional.of("is a room of this rule") : Optional.empty();
        rules.add(new Rule(rule(node, name(node)), outside, rooms, false, ALL_KINDS, false, !members.people().isEmpty()));
    }

    private void unreadable(ConfigNode node, SelectorReader selectors) {
        Selector people = problems.required(node, "people").map(selectors::read).orElse(SelectorReader.NOBODY);
        rules.add(new Rule(rule(node, name(node)), people::why, Rule.ANYBODY, true, ALL_KINDS, true, !people.people().isEmpty()));
    }

    private Map<DomainBareJid, ConfigNode> partners(ConfigNode root) {
        Map<DomainBareJid, ConfigNode> partners = new LinkedHashMap<>();
        for (ConfigNode node : items(root, "partners")) {
            Optional<ConfigNode> entry = problems.required(node, "domain");
            entry.flatMap(problems::domain).ifPresent(domain -> {
                if (directory.served().contains(domain) || directory.services().contains(domain)) {
                    problems.add(entry.get(), "'" + domain + "', which is a domain of the house", "a domain of another organisation");
                } else if (partners.putIfAbsent(domain, node) != null) {
                    problems.add(entry.get(), "'" + domain + "' a second time", "each partner once");
                }
            });
        }
        return partners;
    }

    /** A partner that only some may reach is a wall between its domain and everybody else of the house. */
    private DeterminingRule partner(DomainBareJid domain, ConfigNode node, SelectorReader selectors) {
        String name = node.get("name").map(n -> name(node)).orElse("partner:" + domain);
        node.get("people").map(selectors::read).ifPresent(admitted -> {
            Side outside = subject -> subject.standing() == Standing.PERSON && admitted.why(subject).isEmpty()
                    ? Optional.of("is not among those who may reach " + domain) : Optional.empty();
            Side there = subject -> subject.standing() == Standing.PARTNER && subject.address().asDomainBareJid().equals(domain)
                    ? Optional.of("is in domain " + domain) : Optional.empty();
            String reason = node.text("reason", RolesPlugin.PARTNER_REASON);
            rules.add(new Rule(new DeterminingRule(name, Effect.REFUSE, reason, false), outside, there, true, ALL_KINDS, false,
                    !admitted.people().isEmpty()));
        });
        return new DeterminingRule(name, Effect.ALLOW, "This organisation admits " + domain + " as a partner.", false);
    }

    private static boolean isPeople(Subject subject) {
        return subject.standing() == Standing.PERSON || subject.standing() == Standing.PARTNER;
    }

    private DeterminingRule rule(ConfigNode node, String name) {
        String reason = problems.required(node, "reason").map(ConfigNode::text).orElse("");
        return new DeterminingRule(name, Effect.REFUSE, reason, node.get("shadow").map(ConfigNode::bool).orElse(false));
    }

    private String name(ConfigNode node) {
        Optional<ConfigNode> name = problems.required(node, "name");
        name.filter(n -> !names.add(n.text())).ifPresent(n -> problems.add(n, "rule name '" + n.text() + "' a second time", "a name of its own for each rule"));
        return name.map(ConfigNode::text).orElse("");
    }

    private Set<StanzaKind> kinds(ConfigNode node) {
        Optional<ConfigNode> list = node.get("kinds");
        if (list.isEmpty()) {
            return ALL_KINDS;
        }
        Set<StanzaKind> kinds = EnumSet.noneOf(StanzaKind.class);
        for (StanzaKind kind : ALL_KINDS) {
            if (list.get().items().stream().anyMatch(n -> n.text().equals(token(kind)))) {
                kinds.add(kind);
            }
        }
        if (kinds.isEmpty()) {
            problems.add(list.get(), "no kind", "one or more of message, presence, iq");
        }
        return kinds;
    }

    static String token(StanzaKind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static List<ConfigNode> items(ConfigNode map, String key) {
        return map.get(key).map(ConfigNode::items).orElse(List.of());
    }
}
