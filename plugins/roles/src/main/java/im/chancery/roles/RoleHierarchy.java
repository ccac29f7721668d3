package im.chancery.roles;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Roles and what they inherit: the general role hierarchy of INCITS 359. Immutable. */
final class RoleHierarchy {
    private final Map<String, Set<String>> inherited;

    /** @param inherited each role with the roles it inherits directly; cycles do no harm here, {@link #cycle} finds them */
    RoleHierarchy(Map<String, ? extends Collection<String>> inherited) {
        Map<String, Set<String>> copy = new HashMap<>();
        inherited.forEach((role, parents) -> copy.put(role, Set.copyOf(parents)));
        this.inherited = Map.copyOf(copy);
    }

    Set<String> names() {
        return inherited.keySet();
    }

    /** These roles and all that they inherit, at any depth. */
    Set<String> closure(Collection<String> roles) {
        Set<String> found = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(roles);
        while (!open.isEmpty()) {
            String role = open.pop();
            if (found.add(role)) {
                open.addAll(inherited.getOrDefault(role, Set.of()));
            }
        }
        return found;
    }

    /** The way from a role back to itself, the role first and last; empty where there is none. */
    List<String> cycle(String role) {
        List<String> way = new ArrayList<>();
        return leadsBack(role, role, way, new LinkedHashSet<>()) ? way : List.of();
    }

    private boolean leadsBack(String at, String goal, List<String> way, Set<String> seen) {
        way.add(at);
        for (String next : inherited.getOrDefault(at, Set.of()).stream().sorted().toList()) {
            if (next.equals(goal)) {
                way.add(goal);
                return true;
            }
            if (seen.add(next) && leadsBack(next, goal, way, seen)) {
                return true;
            }
        }
        way.remove(way.size() - 1);
        return false;
    }
}
