package im.chancery.host.tigase;

import im.chancery.core.Gate;
import im.chancery.engine.Engine;
import im.chancery.engine.config.ConfigFile;
import im.chancery.engine.config.EdgeOptions;
import im.chancery.engine.edge.Edge;
import im.chancery.host.tigase.plugin.Binding;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Driver;
import java.time.Clock;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jxmpp.jid.BareJid;
import tigase.cluster.ClusterConnectionManager;
import tigase.kernel.core.Kernel;
import tigase.server.AbstractMessageReceiver;
import tigase.server.ConnectionManager;
import tigase.server.Message;
import tigase.server.Packet;
import tigase.server.xmppclient.ClientConnectionManager;
import tigase.server.xmppsession.SessionManager;
import tigase.vhosts.VHostManager;
import tigase.xml.Element;
import tigase.xmpp.XMPPIOService;
import tigase.xmpp.XMPPResourceConnection;
import tigase.xmpp.jid.JID;

/**
 * Runs an engine inside Tigase and shows its edge what passes the components that have streams, and the session manager. Safe for many
 * threads.
 */
public class TigaseBinding implements Binding {
    static final String SESSION_MANAGER = "sess-man";
    private static final String DOMAINS = "vhost-man";

    private Kernel kernel;
    private Engine engine;
    private Gate gate;
    private EdgeOptions options;
    private volatile Passages passages;

    /** Made by the plugin's bean. */
    public TigaseBinding() {
    }

    @Override
    public void start(Path file, Kernel root) throws Exception {
        kernel = root;
        // java.sql.DriverManager itself looks for drivers on Tigase's class path only; each driver registers itself when it is loaded
        ServiceLoader.load(Driver.class, getClass().getClassLoader()).forEach(driver -> { });
        ConfigFile config = ConfigFile.read(file);
        options = EdgeOptions.from(config.root());
        engine = Engine.start(config, Clock.systemUTC());
        gate = gate(engine);
        engine.carryCheckpointsBy(this::carry);
        engine.countHeldBy(this::held);
    }

    /** The gate that is asked: the engine's. */
    protected Gate gate(Engine started) {
        return started.gate();
    }

    @Override
    public void drain() {
        Passages opened = passages;
        if (opened != null) {
            opened.edge.close();
        }
    }

    @Override
    public void stop() {
        engine.close();
    }

    @Override
    public Packet leaving(String component, Packet packet) {
        return passages().of(component).leaving(packet);
    }

    @Override
    public Packet arriving(String component, Packet packet) {
        return passages().of(component).arriving(packet);
    }

    @Override
    public void parsed(XMPPIOService<?> stream, Packet packet) {
        ClientPassage clients = passages().clients(stream.getConnectionId().getLocalpart());
        if (clients != null) {
            clients.parsed(stream, packet);
        }
    }

    @Override
    public void ended(XMPPResourceConnection session) {
        passages().sessionDoor.ended(session);
    }

    /** By then Tigase has made all its components; while it makes this one, most of them don't exist yet. */
    private Passages passages() {
        if (passages == null) {
            synchronized (this) {
                if (passages == null) {
                    passages = new Passages();
                }
            }
        }
        return passages;
    }

    private long held() {
        Passages opened = passages;
        return opened == null ? 0 : opened.edge.waiting();
    }

    private void carry(BareJid to, String checkpoint) throws IOException {
        Passages opened = passages();
        String own = opened.domains.isLocalDomain(to.getDomain().toString()) ? to.getDomain().toString() : opened.domains.getDefVHostItem().getDomain();
        Element message = new Element(Message.ELEM_NAME, new String[] {Packet.XMLNS_ATT, Packet.ID_ATT, Packet.FROM_ATT, Packet.TO_ATT},
                new String[] {Packet.CLIENT_XMLNS, UUID.randomUUID().toString(), own, to.toString()});
        message.addChild(new Element("subject", "Checkpoint of " + engine.node()));
        message.addChild(new Element("body", checkpoint));
        opened.sessions.send(Packet.packetInstance(message, JID.jidInstanceNS(own), JID.jidInstanceNS(to.toString())));
    }

    /** The ways past Tigase's components, each made when something comes by. */
    private final class Passages {
        private final Map<String, Passage> byComponent = new ConcurrentHashMap<>();
        private final VHostManager domains = kernel.getInstance(DOMAINS);
        private final Sessions sessions = new Sessions(kernel.getInstance(SESSION_MANAGER));
        private final TigaseHost host = new TigaseHost(kernel, domains);
        private final Edge edge = new Edge(gate, host, options);
        private final Deliveries deliveries = new Deliveries(edge, host);
        private final Marked released = new Marked();
        private final SessionPassage sessionDoor = new SessionPassage(edge, host, gate, sessions, this::clients, released);

        Passage of(String component) {
            Passage known = byComponent.get(component); // it is asked for each packet
            return known != null ? known : byComponent.computeIfAbsent(component, this::open);
        }

        ClientPassage clients(String component) {
            return of(component) instanceof ClientPassage clients ? clients : null;
        }

        private Passage open(String name) {
            Object component = kernel.isBeanClassRegistered(name) ? kernel.getInstance(name) : null;
            if (component instanceof SessionManager) {
                return sessionDoor;
            }
            if (component instanceof ClientConnectionManager streams) {
                return new ClientPassage(streams, edge, host, sessions, deliveries, released);
            }
            if (component instanceof ConnectionManager<?> streams && !(component instanceof ClusterConnectionManager)) {
                return new ServerPassage((AbstractMessageReceiver) streams, edge, host, deliveries);
            }
            return new Passage() { }; // has no streams
        }
    }
}
