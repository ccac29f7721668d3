package im.chancery.engine.edge;

import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;

/** What the edge asks of its host. Safe for many threads; no method but {@link #author} blocks. */
public interface EdgeHost {
    /** Whether this server serves a domain, by itself or by one of its components. */
    boolean serves(String domain);

    /** Whether a domain is this server's own, as opposed to a component's. */
    boolean isOwn(String domain);

    /** Whether a domain is that of a room service of this server (XEP-0045). */
    boolean isRoomService(String domain);

    /** Whether a domain is that of a component of this server's own, as opposed to an external one. */
    boolean isComponent(String domain);

    /** Whether an address with a localpart is one of this server's own services, and nobody's account. */
    boolean isService(Jid address);

    /** The real bare addresses of those who are in a room now; none where there is no such room. */
    Set<BareJid> occupants(BareJid room);

    /** The real bare address behind an occupant's address {@code room@service/nickname}, if there is such an occupant. */
    Optional<BareJid> realAddress(Jid occupant);

    /**
     * The real bare address of who has said what a room keeps, if that is known. Waits for the host's own store, and throws what it will if that fails.
     *
     * @param id what the room calls it (XEP-0359)
     */
    Optional<BareJid> author(BareJid room, String id);
}
