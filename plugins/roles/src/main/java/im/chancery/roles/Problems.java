package im.chancery.roles;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.FirstProblems;
import im.chancery.core.config.Nearest;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jxmpp.jid.DomainBareJid;
import org.jxmpp.jid.EntityBareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/** Collects the problems of a config, and reads addresses. For one thread. */
final class Problems {
    /** More names than these nobody reads; a large organisation has hundreds of departments. */
    private static final int MOST_NAMES = 20;

    private final FirstProblems found = new FirstProblems();

    /** Notes a problem at a node. */
    void add(ConfigNode at, String what, String allowed) {
        found.add(at.position(), () -> at.problem(what, allowed));
    }

    /** Notes a name that isn't among those that are allowed. */
    void unknown(ConfigNode at, String what, String name, Collection<?> allowed) {
        found.add(at.position(), () -> at.problem(what, oneOf(allowed, name)));
    }

    /** Throws what was found, the first of it, in the file's order. */
    void throwIfAny() throws ConfigException {
        if (!found.told().isEmpty()) {
            throw new ConfigException(found.told());
        }
    }

    /** The entry of a map; a problem and empty where it is absent. */
    Optional<ConfigNode> required(ConfigNode map, String key) {
        Optional<ConfigNode> entry = map.get(key);
        if (entry.isEmpty()) {
            add(map, "no '" + key + "'", "an entry '" + key + "'");
        }
        return entry;
    }

    /** Reads a bare address; a problem and empty where the node isn't one. */
    Optional<EntityBareJid> address(ConfigNode node) {
        String text = node.text();
        try {
            // A localpart and a domainpart have no slash (RFC 7622, section 3), so there is a resourcepart where there is one.
            if (text.indexOf('/') < 0) {
                return Optional.of(JidCreate.entityBareFrom(text));
            }
        } catch (XmppStringprepException e) {
            // Told below; the exception's text says no more than that it isn't an address.
        }
        add(node, "'" + text + "'", "a bare address, such as alice@example.org");
        return Optional.empty();
    }

    /** Reads a domain; a problem and empty where the node isn't one. */
    Optional<DomainBareJid> domain(ConfigNode node) {
        String text = node.text();
        try {
            if (text.indexOf('/') < 0 && text.indexOf('@') < 0) {
                return Optional.of(JidCreate.domainBareFrom(text));
            }
        } catch (XmppStringprepException e) {
            // Told below, as above.
        }
        add(node, "'" + text + "'", "a domain, such as example.org");
        return Optional.empty();
    }

    /** Names in an order of their own, for the "allowed" of a problem. */
    static String oneOf(Collection<?> names) {
        return oneOf(names, "");
    }

    /** Of many those that are nearest to what was found. */
    private static String oneOf(Collection<?> names, String found) {
        TreeSet<String> sorted = new TreeSet<>();
        names.forEach(n -> sorted.add(n.toString()));
        if (sorted.size() <= MOST_NAMES) {
            return sorted.isEmpty() ? "nothing, since none is defined" : "one of " + String.join(", ", sorted);
        }
        List<String> first = found.isEmpty() ? sorted.stream().limit(MOST_NAMES).toList() : Nearest.first(MOST_NAMES, found, sorted);
        return "one of " + String.join(", ", first) + " and " + (sorted.size() - MOST_NAMES) + " more";
    }
}
