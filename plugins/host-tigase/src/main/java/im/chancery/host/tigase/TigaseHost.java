package im.chancery.host.tigase;

import im.chancery.engine.edge.EdgeHost;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;
import tigase.component.exceptions.RepositoryException;
import tigase.kernel.core.BeanConfig;
import tigase.kernel.core.Kernel;
import tigase.muc.MUCComponent;
import tigase.muc.Room;
import tigase.muc.RoomAffiliation;
import tigase.muc.history.ExtendedMAMRepository;
import tigase.muc.history.HistoryProviderMDBean;
import tigase.muc.repository.IMucRepository;
import tigase.server.Command;
import tigase.server.ConnectionManager;
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
    /** What a component with streams tells the session manager. */
    private static final Set<Command> OWN = Set.of(Command.STREAM_OPENED, Command.STREAM_CLOSED, Command.STREAM_CLOSED_UPDATE, Command.STREAM_FINISHED,
            Command.GETFEATURES, Command.TLS_HANDSHAKE_COMPLETE, Command.STREAM_MOVED, Command.CHECK_USER_CONNECTION, Command.REDIRECT);

    private static final boolean HAS_ROOMS = hasRooms();

    private final Kernel kernel;
    private final VHostManager domains;
    private final String node;

    TigaseHost(Kernel kernel, VHostManager domains) {
        this.kernel = kernel;
        this.domains = domains;
        this.node = domains.getComponentId().getDomain();
    }

    /** Whether tigase-muc is installed, which is a jar of its own. */
    private static boolean hasRooms() {
        try {
            return ServerComponent.class.isAssignableFrom(MUCComponent.class);
        } catch (NoClassDefFoundError e) {
            return false;
        }
    }

    /**
     * Whether Tigase has a component of this name and kind now; an admin may add one while it runs. Each is reached at name@domain (and name.domain), and an
     * account of that name never is.
     */
    private boolean isComponent(String name, Class<?> kind) {
        BeanConfig bean = kernel.getDependencyManager().getBeanConfig(name);
        return bean != null && bean.getState() != BeanConfig.State.inactive && kind.isAssignableFrom(bean.getClazz());
    }

    @Override
    public boolean serves(String domain) {
        return domains.isLocalDomainOrComponent(domain);
    }

    @Override
    public boolean isRoomService(String domain) {
        return HAS_ROOMS && isComponentAt(domain, MUCComponent.class);
    }

    @Override
    public boolean isComponent(String domain) {
        return isComponentAt(domain, ServerComponent.class);
    }

    private boolean isComponentAt(String domain, Class<?> kind) {
        int dot = domain.indexOf('.');
        return dot > 0 && isComponent(domain.substring(0, dot), kind) && isOwn(domain.substring(dot + 1));
    }

    @Override
    public boolean isOwn(String domain) {
        return domain.equals(node) || domains.isLocalDomain(domain);
    }

    @Override
    public boolean isService(Jid address) {
        return address.getLocalpartOrNull() != null && isService(address.getLocalpartOrNull().toString(), address.getDomain().toString());
    }

    /** What a packet is that a component has taken from a stream, or has made itself. */
    enum Nature {
        /** A stanza of RFC 6120. */
        STANZA,
        /** A command of one of Tigase's components to the session manager, or a nonza: nobody reads it. */
        OWN,
        /** An element that is no stanza but has an address, to which Tigase would bring it; or a stanza for a component that would write it to any stream. */
        STRAY
    }

    /**
     * A stream may bring what looks like a command between Tigase's components, and Tigase takes it for one. Only what ends at the session manager, and a component
     * has made, is let pass as one: those have no namespace, which whatever comes off a stream has. The session manager takes what is for the host as well.
     */
    Nature nature(Packet packet) {
        JID to = packet.getStanzaTo();
        if (!hasStanzaName(packet)) {
            return to == null ? Nature.OWN : Nature.STRAY;
        }
        if (to == null) {
            return Nature.STANZA;
        }
        boolean isToService = to.getLocalpart() != null && isService(to.getLocalpart(), to.getDomain());
        Command command = packet.isCommand() ? packet.getCommand() : Command.OTHER;
        if (command != Command.OTHER && (isToService || to.getLocalpart() == null && isOwn(to.getDomain()))) {
            return TigaseBinding.SESSION_MANAGER.equals(to.getLocalpart()) && OWN.contains(command) && packet.getXMLNS() == null ? Nature.OWN : Nature.STRAY;
        }
        // a component with streams would write it to the one that is named
        return isToService && isComponent(to.getLocalpart(), ConnectionManager.class) || isComponentAt(to.getDomain(), ConnectionManager.class) ? Nature.STRAY : Nature.STANZA;
    }

    /** Whether it has the name of a stanza; Tigase's names are interned. */
    static boolean hasStanzaName(Packet packet) {
        String name = packet.getElemName();
        return name == Message.ELEM_NAME || name == Presence.ELEM_NAME || name == Iq.ELEM_NAME;
    }

    /** Whether a packet on its way to a stream is a stanza, as opposed to a command for the component that has the stream. */
    boolean isDelivery(Packet packet) {
        JID to = packet.getStanzaTo();
        boolean isCommand = packet.isCommand() && packet.getCommand() != Command.OTHER && to != null && to.getLocalpart() != null
                && isService(to.getLocalpart(), to.getDomain());
        return hasStanzaName(packet) && !isCommand;
    }

    private boolean isService(String localpart, String domain) {
        return isComponent(localpart, ServerComponent.class) && isOwn(domain);
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

    /** tigase-muc stores who has said it beside what it stores, and tells nobody. */
    @Override
    public Optional<BareJid> author(BareJid room, String id) {
        return roomService(room).flatMap(own -> {
            try {
                ExtendedMAMRepository.Item item = own.getInstance(HistoryProviderMDBean.class).getItem(BareJID.bareJIDInstanceNS(room.toString()), id);
                return Optional.ofNullable(item).map(ExtendedMAMRepository.Item::getSenderJID).map(JID::getBareJID).map(TigaseHost::bare);
            } catch (RepositoryException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Only a room that is in memory has occupants; one that isn't must not be loaded from the database here. */
    private Optional<Room> room(BareJid address) {
        return roomService(address).map(own -> own.<IMucRepository>getInstance(IMucRepository.ID).getActiveRooms().get(BareJID.bareJIDInstanceNS(address.toString())));
    }

    private Optional<Kernel> roomService(BareJid room) {
        String domain = room.getDomain().toString();
        return isRoomService(domain) ? Optional.of(kernel.getInstance(domain.substring(0, domain.indexOf('.')) + "#KERNEL")) : Optional.empty();
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
