package im.chancery.presence;

import im.chancery.core.PresenceChange;
import java.util.Collection;
import java.util.List;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;

/**
 * Where presence is kept and shared. Look-ups are local; no method waits for another node. Safe for many threads.
 * Advisory: no compliance decision depends on it.
 */
public interface PresenceStore extends AutoCloseable {
    /**
     * Takes a change of a resource whose host is attached to this node, and shares it. It can be looked up here when this
     * returns, on the other nodes within a second in normal running. After {@link #close} it is ignored.
     */
    void publish(PresenceChange change);

    /**
     * Replaces all that this node has said of a domain, after its host has (re)connected; an empty collection means its host
     * is gone. Other nodes see it happen at once, never half.
     *
     * @param available resources of this domain; one that isn't available is left out
     * @throws IllegalArgumentException where a resource is of another domain; nothing is changed then
     */
    void replace(DomainBareJid domain, Collection<PresenceChange> available);

    /**
     * The available resources of a person on any node, highest priority first (RFC 6121, section 8.5.2.1.1), equal ones by
     * resource and node, so that all nodes agree on the order. Negative priorities are in it. Immutable.
     */
    List<PresenceEntry> find(BareJid person);

    /** All available resources on any node, in no particular order. A copy. */
    Collection<PresenceEntry> all();

    /** The nodes that share this view, this one first, the others by name. */
    List<Member> members();

    /** How much there is, and what was turned away since the store was opened. */
    Counts counts();

    /** Leaves the cluster, which drops what this node has said. Nothing can be found here any more. */
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

    /**
     * Figures for metrics. Only {@code resources} can fall.
     *
     * @param resources available resources on any node
     * @param forged    messages from the member network that were turned away: not bytes, not well-formed, or not authentic
     * @param replayed  authentic messages that were ignored because they were old, or proved nothing new
     * @param resent    times this node has sent all it knows because a peer had missed something
     * @param expired   times a peer was dropped because it hadn't proved for too long that it lives
     * @param conflicts messages ignored because another live node has the same name
     */
    record Counts(long resources, long forged, long replayed, long resent, long expired, long conflicts) {
    }
}
