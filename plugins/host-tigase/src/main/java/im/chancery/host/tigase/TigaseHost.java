package im.chancery.host.tigase;

import im.chancery.engine.edge.EdgeHost;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;
import tigase.kernel.core.Kernel;
import tigase.muc.MUCComponent;
import tigase.muc.Room;
import tigase.muc.repository.IMucRepository;
import tigase.vhosts.VHostManager;
import tigase.xmpp.jid.BareJID;

/** Tigase's domains, and the rooms of tigase-muc where it is installed. */
final class TigaseHost implements EdgeHost {
    private final VHostManager domains;
    /** By component name, which is the first label of the service's domain. */
    private final Map<String, IMucRepository> roomServices;

    TigaseHost(VHostManager domains, Map<String, IMucRepository> roomServices) {
        this.domains = domains;
        this.roomServices = roomServices;
    }

    /** The rooms of each room service in a kernel; none where tigase-muc is not installed. */
    static Map<String, IMucRepository> roomServices(Kernel kernel) {
        Map<String, IMucRepository> found = new HashMap<>();
        try {
            for (String name : kernel.getNamesOf(MUCComponent.class)) {
                kernel.getInstance(name);
                Kernel own = kernel.getInstance(name + "#KERNEL");
                found.put(name, own.getInstance(IMucRepository.class));
            }
        } catch (NoClassDefFoundError e) {
            return Map.of(); // tigase-muc is a jar of its own
        }
        return found;
    }

    @Override
    public boolean serves(String domain) {
        return domains.isLocalDomainOrComponent(domain);
    }

    @Override
    public boolean isRoomService(String domain) {
        int dot = domain.indexOf('.');
        return dot > 0 && roomServices.containsKey(domain.substring(0, dot)) && domains.isLocalDomain(domain.substring(dot + 1));
    }

    @Override
    public Set<BareJid> occupants(BareJid room) {
        Set<BareJid> occupants = new HashSet<>();
        room(room).ifPresent(found -> found.getOccupantsBareJids().forEach(occupant -> occupants.add(bare(occupant))));
        return occupants;
    }

    @Override
    public Optional<BareJid> realAddress(Jid occupant) {
        return room(occupant.asBareJid())
                .map(found -> found.getOccupantsJidByNickname(occupant.getResourceOrEmpty().toString()))
                .map(TigaseHost::bare);
    }

    /** Only a room that is in memory has occupants; one that isn't must not be loaded from the database here. */
    private Optional<Room> room(BareJid address) {
        String domain = address.getDomain().toString();
        IMucRepository rooms = roomServices.get(domain.substring(0, Math.max(0, domain.indexOf('.'))));
        return rooms == null ? Optional.empty() : Optional.ofNullable(rooms.getActiveRooms().get(BareJID.bareJIDInstanceNS(address.toString())));
    }

    private static BareJid bare(BareJID address) {
        try {
            return JidCreate.bareFrom(address.toString());
        } catch (XmppStringprepException e) {
            // whoever has this address can neither send nor be sent anything that is asked about; a policy must not decide without them
            throw new IllegalStateException("an occupant's address is none by RFC 7622", e);
        }
    }
}
