package im.chancery.core;

import java.util.Set;
import org.jxmpp.jid.BareJid;

/**
 * A room and the real bare addresses of its occupants at one moment.
 *
 * @param room      the room's bare address
 * @param version   the host's counter of occupant changes of this room; two snapshots with one version are equal
 * @param occupants real bare addresses, without duplicates; the sender is among them once joined
 */
public record RoomSnapshot(BareJid room, long version, Set<BareJid> occupants) {
    public RoomSnapshot {
        occupants = Set.copyOf(occupants);
    }
}
