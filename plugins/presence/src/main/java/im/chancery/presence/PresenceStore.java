package im.chancery.presence;

import im.chancery.core.PresenceChange;
import java.util.Collection;
import java.util.List;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;

/**
 * Where presence is kept and shared. Look-ups are local and never wait for another node. Safe for many threads.
 * Advisory: no compliance decision depends on it.
 */
public interface PresenceStore extends AutoCloseable {
    /** Takes a change of a resource whose host is attached to this node, and shares it. */
    void publish(PresenceChange change);

    /** Replaces all that this node has said of a domain, after its host has (re)connected; an empty collection means its host is gone. */
    void replace(DomainBareJid domain, Collection<PresenceChange> available);

    /** The available resources of a person on any node, highest priority first. */
    List<PresenceEntry> find(BareJid person);

    /** All available resources on any node. */
    Collection<PresenceEntry> all();

    /** The nodes that share this view, this one first. */
    List<Member> members();

    @Override
    void close();

    /**
     * A resource that is available.
     *
     * @param presence its newest presence
     * @param node     the name of the node whose host it is on
     */
    record PresenceEntry(PresenceChange presence, String node) {
    }

    /**
     * A node of the cluster.
     *
     * @param node    its name
     * @param address where it listens for members, {@code host:port}, or {@code local}
     * @param self    whether it is this one
     */
    record Member(String node, String address, boolean self) {
    }
}
