package im.chancery.tests.e2e;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a test wants of its XMPP server, whichever that is: domain, people, rooms, federation; and what it wants if it is one
 * of them. Mutable until the server is made; for one thread.
 */
public final class XmppSetup {
    /** The password of all people. */
    public static final String PASSWORD = "the secret of them all";
    /** The domain for {@link #plain}. */
    public static final String PLAIN_DOMAIN = "default";

    /** The secret of all external components. */
    static final String COMPONENT_SECRET = "the secret of the components";

    final String domain;
    final Certificates certificates;
    final Set<String> people = new LinkedHashSet<>();
    final Set<String> components = new LinkedHashSet<>();
    final Map<String, List<String>> federation = new LinkedHashMap<>();
    final ProsodySetup prosody = new ProsodySetup();
    final TigaseSetup tigase = new TigaseSetup();
    Optional<Path> engine = Optional.empty();
    String address;
    List<String> wrapper = List.of();
    boolean persistentRooms;
    boolean openRooms;
    boolean web;
    boolean plain;
    boolean verbose;

    private XmppSetup(String domain, Certificates certificates) {
        this.domain = domain;
        this.certificates = certificates;
    }

    /** A server of this domain, with a room service below it, and certificates of this authority. */
    public static XmppSetup of(String domain, Certificates certificates) {
        return new XmppSetup(domain, certificates);
    }

    /** Where the room service of a domain is. */
    static String roomDomain(String domain) {
        return "conference." + domain;
    }

    /** Where the publish-subscribe service (XEP-0060) of a domain is, if it has one. */
    static String pubsubDomain(String domain) {
        return "pubsub." + domain;
    }

    /** Has a publish-subscribe service, in which this person may make nodes; a Tigase lets everybody. */
    public XmppSetup pubsub(String localpart) {
        prosody.rooms("Component " + ProsodySetup.quoted(pubsubDomain(domain)) + " \"pubsub\"", "admins = { " + ProsodySetup.quoted(localpart + "@" + domain) + " }");
        tigase.pubsub();
        return this;
    }

    /** Adds people; the password of each is {@link #PASSWORD}. */
    public XmppSetup people(String... localparts) {
        people.addAll(List.of(localparts));
        return this;
    }

    /** Keeps rooms, and what was said there, beyond their last occupant and the server's end. */
    public XmppSetup persistentRooms() {
        persistentRooms = true;
        prosody.roomModules("muc_mam");
        return this;
    }

    /** A new room takes others at once; else not until its maker has configured it (XEP-0045, section 10.1.2). */
    public XmppSetup openRooms() {
        openRooms = true;
        return this;
    }

    /** Takes clients by BOSH and WebSocket too, without TLS. */
    public XmppSetup web() {
        web = true;
        prosody.modules("bosh", "websocket");
        return this;
    }

    /**
     * Takes clients on {@link XmppServer#CLIENT_PORT} without TLS too. A Tigase does so by config for no other domain than
     * {@link #PLAIN_DOMAIN}, which takes its defaults.
     */
    public XmppSetup plain() {
        plain = true;
        prosody.global("c2s_require_encryption = false", "allow_unencrypted_plain_auth = true");
        return this;
    }

    /** Takes an external component of this domain (XEP-0114). */
    public XmppSetup component(String componentDomain) {
        if (components.isEmpty()) {
            tigase.config("ext () {", "    trafficThrottling = 'xmpp:0:0:disc,bin:0:0:disc'", "}");
        }
        components.add(componentDomain);
        return this;
    }

    /** Logs all that Chancery's part of it has to say, at any level. */
    public XmppSetup verbose() {
        verbose = true;
        return this;
    }

    /** Listens on this address instead of a random free one; servers that federate must know each other's. */
    public XmppSetup address(String loopback) {
        address = loopback;
        return this;
    }

    /** Runs under a command that becomes it, such as {@code ip netns exec NAME}. */
    public XmppSetup under(List<String> command) {
        wrapper = command;
        return this;
    }

    /** Finds the peer's domain and its services at this address, instead of in the DNS. */
    public XmppSetup federatesWith(String peerDomain, String peerAddress) {
        federation.put(peerAddress, List.of(peerDomain, roomDomain(peerDomain), pubsubDomain(peerDomain)));
        return this;
    }

    /** Finds this name at this address, instead of in the DNS. */
    public XmppSetup finds(String name, String atAddress) {
        federation.put(atAddress, List.of(name));
        return this;
    }

    /** What is wanted in addition if it is a Prosody. */
    public XmppSetup prosody(Consumer<ProsodySetup> wish) {
        wish.accept(prosody);
        return this;
    }

    /** What is wanted in addition if it is a Tigase. */
    public XmppSetup tigase(Consumer<TigaseSetup> wish) {
        wish.accept(tigase);
        return this;
    }

    /** The lines of a hosts file in which the server finds its peers. */
    String hosts() {
        StringBuilder hosts = new StringBuilder("127.0.0.1 localhost\n");
        federation.forEach((peer, names) -> hosts.append(peer).append(' ').append(String.join(" ", names)).append('\n'));
        return hosts.toString();
    }

    /** Is gated by the engine of this config: one beside the server, which listens on {@code link/engine.sock} there, or one in it. */
    public XmppSetup engine(Path config) {
        engine = Optional.of(config);
        return this;
    }
}
