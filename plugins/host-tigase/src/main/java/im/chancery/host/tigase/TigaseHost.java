package im.chancery.host.tigase;

import im.chancery.engine.edge.EdgeHost;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;
import tigase.kernel.core.Kernel;
import tigase.muc.MUCComponent;
import tigase.muc.Room;
import tigase.muc.RoomAffiliation;
import tigase.muc.repository.IMucRepository;
import tigase.server.Command;
import tigase.server.Iq;
import tigase.server.Message;
import tigase.server.Packet;
import tigase.server.Presence;
import tigase.server.ServerComponent;
import tigase.vhosts.VHostManager;
import tigase.xmpp.jid.BareJID;
import tigase.xmpp.jid.JID;

/** Tigase's domains, and the rooms of tigase-muc where it is installed. */
final class TigaseHost implements EdgeHost {
    private final VHostManager domains;
    /** The names of all components: each is reached at name@domain (and name.domain), and an account of that name never is. */
    private final Set<String> services;
    /** By component name, which is the first label of the service's domain. */
    private final Map<String, IMucRepository> roomServices;

    private final String node;

    TigaseHost(Kernel kernel, VHostManager domains) {
        this.domains = domains;
        this.services = Set.copyOf(kernel.getNamesOf(ServerComponent.class));
        this.roomServices = roomServices(kernel);
        this.node = domains.getComponentId().getDomain();
    }

    /** The rooms of each room service in a kernel; none where tigase-muc is not installed. */
    private static Map<String, IMucRepository> roomServices(Kernel kernel) {
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
    public boolean isService(Jid address) {
        return address.getLocalpartOrNull() != null && isService(address.getLocalpartOrNull().toString(), address.getDomain().toString());
    }

    /**
     * Whether a packet is a stanza of RFC 6120, as opposed to a nonza or a command of one of Tigase's components to another. A stream may bring what looks
     * like such a command, but it is taken for one only where it goes to a component.
     */
    boolean isStanza(Packet packet) {
        String name = packet.getElemName();
        if (name != Message.ELEM_NAME && name != Presence.ELEM_NAME && name != Iq.ELEM_NAME) { // Tigase's names are interned
            return false;
        }
        JID to = packet.getStanzaTo();
        boolean isInternal = packet.isCommand() && packet.getCommand() != Command.OTHER && to != null && to.getLocalpart() != null
                && isService(to.getLocalpart(), to.getDomain());
        return !isInternal;
    }

    private boolean isService(String localpart, String domain) {
        return services.contains(localpart) && (domain.equals(node) || domains.isLocalDomain(domain));
    }

    @Override
    public Set<BareJid> occupants(BareJid room) {
        Set<BareJid> occupants = new HashSet<>();
        room(room).ifPresent(found -> Stream.concat(found.getOccupantsBareJids(), found.getAffiliationsMatching(RoomAffiliation::isPersistentOccupant))
                .forEach(occupant -> occupants.add(bare(occupant)))); // a persistent one reads along without being there
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
