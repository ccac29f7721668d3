package im.chancery.roles;

import im.chancery.core.config.ConfigNode;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;
import org.jxmpp.jid.EntityBareJid;

/** Reads departments, roles and people. For one thread and one file. */
final class DirectoryReader {
    private final Problems problems;

    DirectoryReader(Problems problems) {
        this.problems = problems;
    }

    Directory read(ConfigNode root, Set<DomainBareJid> served, Set<DomainBareJid> services) {
        Set<String> departments = departments(root);
        RoleHierarchy roles = roles(root);
        return new Directory(served, services, departments, roles, people(root, served, departments, roles));
    }

    private Set<String> departments(ConfigNode root) {
        Set<String> departments = new HashSet<>();
        for (ConfigNode node : items(root, "departments")) {
            if (!departments.add(node.text())) {
                problems.add(node, "department '" + node.text() + "' a second time", "each department once");
            }
        }
        return departments;
    }

    private RoleHierarchy roles(ConfigNode root) {
        Map<String, ConfigNode> nodes = root.get("roles").map(ConfigNode::entries).orElse(Map.of());
        Map<String, List<String>> inherited = new LinkedHashMap<>();
        nodes.forEach((role, node) -> {
            inherited.put(role, node.texts("inherits"));
            known(items(node, "inherits"), "role", nodes.keySet());
        });
        RoleHierarchy hierarchy = new RoleHierarchy(inherited);
        nodes.forEach((role, node) -> {
            List<String> cycle = hierarchy.cycle(role);
            if (!cycle.isEmpty()) {
                problems.add(node.get("inherits").orElse(node), "a cycle: " + String.join(" inherits ", cycle),
                        "roles that don't lead back to '" + role + "'");
            }
        });
        return hierarchy;
    }

    private Map<BareJid, Subject> people(ConfigNode root, Set<DomainBareJid> served, Set<String> departments, RoleHierarchy roles) {
        Map<BareJid, Subject> people = new HashMap<>();
        for (ConfigNode node : items(root, "people")) {
            node.get("department").ifPresent(d -> known(List.of(d), "department", departments));
            known(items(node, "roles"), "role", roles.names());
            Optional<ConfigNode> jid = problems.required(node, "jid");
            jid.flatMap(problems::address).ifPresent(address -> {
                if (!served.contains(address.asDomainBareJid())) {
                    problems.add(jid.get(), "'" + address + "', whose domain isn't served", "an address of " + Problems.oneOf(served));
                } else if (people.putIfAbsent(address, person(node, address, roles)) != null) {
                    problems.add(jid.get(), "'" + address + "' a second time", "each person once");
                }
            });
        }
        separations(root, roles);
        return people;
    }

    private static Subject person(ConfigNode node, EntityBareJid address, RoleHierarchy roles) {
        Set<String> assigned = Set.copyOf(node.texts("roles"));
        return new Subject(address, Standing.PERSON, node.text("name", address.getLocalpart().toString()),
                node.get("department").map(ConfigNode::text), assigned, roles.closure(assigned));
    }

    /** Checks static separation of duty (INCITS 359): nobody is authorised for two roles of a set, inherited ones counted. */
    private void separations(ConfigNode root, RoleHierarchy roles) {
        for (ConfigNode node : items(root, "separation")) {
            List<ConfigNode> names = problems.required(node, "roles").map(ConfigNode::items).orElse(List.of());
            known(names, "role", roles.names());
            Set<String> set = Set.copyOf(node.texts("roles"));
            if (set.size() < 2) {
                problems.add(node.get("roles").orElse(node), set.size() + " roles", "two or more different roles");
                continue;
            }
            for (ConfigNode person : items(root, "people")) {
                List<String> held = roles.closure(person.texts("roles")).stream().filter(set::contains).sorted().toList();
                if (held.size() > 1) {
                    problems.add(person.get("roles").orElse(person), "roles " + String.join(" and ", held) + " together",
                            "at most one of them, as separation '" + node.text("name", "") + "' says");
                }
            }
        }
    }

    private void known(List<ConfigNode> nodes, String what, Collection<String> names) {
        nodes.stream().filter(n -> !names.contains(n.text()))
                .forEach(n -> problems.unknown(n, "unknown " + what + " '" + n.text() + "'", n.text(), names));
    }

    private static List<ConfigNode> items(ConfigNode map, String key) {
        return map.get(key).map(ConfigNode::items).orElse(List.of());
    }
}
