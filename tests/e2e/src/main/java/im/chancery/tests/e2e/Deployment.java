package im.chancery.tests.e2e;

import im.chancery.tests.contracts.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * What an organisation runs: an XMPP server, an engine beside it or in it, and a small directory with a wall between research (ada, boris)
 * and trading (clara, dmitri); emma of the office may talk to both. Made for one test class; for one thread.
 */
public final class Deployment implements AutoCloseable {
    /** What a refused person reads. */
    public static final String REASON = "Research and Trading may not exchange messages.";
    /** A room that only research may use. */
    public static final String LAB = "lab";

    static final String[] PEOPLE = {"ada", "boris", "clara", "dmitri", "emma"};

    private static final String SOCKET = "link/engine.sock";
    private static final Duration LINK_LIMIT = Duration.ofSeconds(10);

    /** Where nodes in namespaces of their own meet. */
    private static final int MEMBER_PORT = 5701;
    /** Where they have their admin API, on the loopback in there. */
    private static final int ADMIN_PORT = 8480;

    private final Path home;
    private final Node node;
    private final int adminPort;
    private final Tokens tokens = new Tokens(UUID.randomUUID().toString(), UUID.randomUUID().toString(), UUID.randomUUID().toString());
    private final AdminClient admin;
    private final EngineProcess engine;
    private String options = "";
    private LoopbackRelay relay;
    private Installation installation;
    /** The engine in a server that asks another one: it runs, but nobody asks it. */
    private EngineHome idle;

    /** The three operators' tokens. */
    record Tokens(String reader, String recordsOfficer, String administrator) {
    }

    /**
     * One of the organisation's nodes.
     *
     * @param name    the node's name
     * @param domain  the domain its XMPP server serves
     * @param address where its XMPP server listens
     * @param member  where other nodes find it, with a port
     * @param host    its XMPP server
     * @param place   the network namespace in which it lives, if that is one of its own
     * @param inHost  whether the engine is in the XMPP server's process
     * @param store   the config of its archive's store
     * @param password the password of that store
     */
    public record Node(String name, String domain, String address, String member, XmppHost host, Optional<PrivateNetwork.Place> place, boolean inHost,
            String store, String password) {
        private static final String DERBY = "{kind: derby}";

        /** A node on free addresses of the loopback. Nodes meet on 127.0.0.1, because Hazelcast takes only addresses that an interface lists. */
        public static Node free(String name, String domain) throws IOException {
            return new Node(name, domain, XmppServer.freeAddress().getHostAddress(), "127.0.0.1:" + FreePort.on("127.0.0.1"), XmppHost.chosen(),
                    Optional.empty(), XmppHost.chosen().holdsEngine(), DERBY, "");
        }

        /** A node in a network namespace. */
        static Node in(PrivateNetwork.Place place, String name, String domain, XmppHost host) {
            return new Node(name, domain, place.address(), place.address() + ":" + MEMBER_PORT, host, Optional.of(place), host.holdsEngine(), DERBY, "");
        }

        /** The same with the engine beside the server, whichever that is; a Tigase asks it by the tests' gate. */
        Node withEngineBeside() {
            return new Node(name, domain, address, member, host, place, false, store, password);
        }

        /** The same with its archive in PostgreSQL. */
        Node archivedIn(String url, String user, String secret) {
            return new Node(name, domain, address, member, host, place, inHost,
                    "{kind: postgresql, url: \"" + url + "\", user: " + user + ", password-file: secrets/store-password}", secret);
        }
    }

    private Deployment(Path home, Node node) throws IOException {
        this.home = home;
        this.node = node;
        this.adminPort = node.place().isPresent() ? ADMIN_PORT : FreePort.on(node.address());
        this.admin = node.place().isPresent()
                ? new AdminClient("127.0.0.1", adminPort, tokens, new InetSocketAddress(node.address(), adminPort))
                : new AdminClient(node.address(), adminPort, tokens);
        this.engine = new EngineProcess(home.resolve("chancery.yaml"), admin::isReady);
        node.place().ifPresent(place -> engine.under(place.command().toArray(String[]::new)));
    }

    /** One node that serves {@code localhost}. */
    public static Deployment start() {
        try {
            Node node = Node.free("node1", "localhost");
            return start(node, List.of(node), new Certificates(), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One node on its own, with its config changed before anything has read it, and with further wishes for its server. */
    static Deployment start(Node node, Certificates authority, UnaryOperator<String> change, Consumer<XmppSetup> wishes) {
        return start(node, List.of(node), authority, "", change, wishes);
    }

    /**
     * One node that serves {@code localhost}.
     *
     * @param options more top-level options of its config
     * @param prepare puts more into its folder, before anything starts
     */
    static Deployment start(String options, Preparation prepare) {
        try {
            Node node = Node.free("node1", "localhost");
            Deployment deployment = new Deployment(Files.createTempDirectory("chancery-e2e-"), node);
            deployment.options = options;
            prepare.in(deployment.home);
            return run(deployment, List.of(node), new Certificates(), "", UnaryOperator.identity(), setup -> { });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts files into a folder. */
    @FunctionalInterface
    interface Preparation {
        void in(Path home) throws IOException;
    }

    /**
     * One node of an organisation that has several domains, which federate and share presence.
     *
     * @param secret what the nodes share
     */
    public static Deployment start(Node node, List<Node> all, Certificates authority, String secret) {
        return start(node, all, authority, secret, setup -> { });
    }

    /** The same with further wishes for its server. */
    static Deployment start(Node node, List<Node> all, Certificates authority, String secret, Consumer<XmppSetup> wishes) {
        return start(node, all, authority, secret, UnaryOperator.identity(), wishes);
    }

    private static Deployment start(Node node, List<Node> all, Certificates authority, String secret, UnaryOperator<String> change,
            Consumer<XmppSetup> wishes) {
        try {
            return run(new Deployment(Files.createTempDirectory("chancery-e2e-"), node), all, authority, secret, change, wishes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Deployment run(Deployment deployment, List<Node> all, Certificates authority, String secret, UnaryOperator<String> change,
            Consumer<XmppSetup> wishes) throws IOException {
        try {
            deployment.writeFiles(all, secret);
            deployment.change(change);
            deployment.run(all, authority, wishes);
            return deployment;
        } catch (RuntimeException | Error e) {
            deployment.close();
            throw e;
        }
    }

    private void run(List<Node> all, Certificates authority, Consumer<XmppSetup> wishes) throws IOException {
        XmppSetup setup = XmppSetup.of(node.domain(), authority).address(node.address()).people(PEOPLE).persistentRooms();
        all.stream().filter(other -> !other.domain().equals(node.domain())).forEach(other -> setup.federatesWith(other.domain(), other.address()));
        node.place().ifPresent(place -> {
            setup.under(place.command());
            relay = LoopbackRelay.start(place, adminPort);
        });
        wishes.accept(setup);
        if (node.host().holdsEngine() && !node.inHost()) {
            idle = EngineHome.make(node.host(), node.domain(), "");
            installation = Installation.startBeside(node.host(), setup.tigase(tigase -> tigase.gate(home.resolve(SOCKET), idle.engine().config())), engine);
        } else {
            installation = Installation.start(node.host(), setup, engine);
        }
    }

    /** Kills the engine with SIGKILL; where it is in the XMPP server, the two together. */
    public void crash() {
        installation.crash();
    }

    /** Starts again what was killed of engine and server, and returns once both serve. */
    public void recover() {
        installation.recover();
    }

    /**
     * Stops the engine, changes its config and starts it again beside the running server; returns once that is linked to it.
     *
     * @throws IllegalStateException if the engine is in the server
     */
    public void reconfigure(UnaryOperator<String> change) {
        int before = links();
        engine().stop();
        change(change);
        engine().start();
        Deadline.await("the server is linked to the engine", LINK_LIMIT, () -> links() > before);
    }

    private void change(UnaryOperator<String> change) {
        try {
            Files.writeString(config(), change.apply(Files.readString(config())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its config file, which the running engine looks at. */
    public Path config() {
        return home.resolve("chancery.yaml");
    }

    /** All that the engine has logged. */
    public String engineLog() {
        return installation.engineLog();
    }

    /** How often its Prosody has been linked to the engine, and one. */
    int links() {
        return server().log().split("Linked to the engine", -1).length;
    }

    /** The XMPP server. */
    public XmppServer server() {
        return installation.server();
    }

    /**
     * The engine's process.
     *
     * @throws IllegalStateException if it is in the server's
     */
    public EngineProcess engine() {
        return installation.engine();
    }

    /** The engine's admin API. */
    public AdminClient admin() {
        return admin;
    }

    /** The engine's folder, with {@code data}, {@code keys} and {@code checkpoints} in it. */
    public Path home() {
        return home;
    }

    @Override
    public void close() {
        if (installation != null) {
            installation.close();
        }
        engine.close();
        if (idle != null) {
            idle.close();
        }
        if (relay != null) {
            relay.close();
        }
        Folders.delete(home);
    }

    private void writeFiles(List<Node> all, String secret) throws IOException {
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String folder : List.of("data", "keys", "secrets", "link", "checkpoints")) {
            Files.createDirectories(home.resolve(folder));
        }
        if (!node.inHost()) {
            ProsodyServer.giveAway(home.resolve("link"));
        }
        writeSecret("keystore-password", UUID.randomUUID().toString());
        writeSecret("tokens", "[" + String.join(",", token("reader", tokens.reader()), token("records-officer", tokens.recordsOfficer()),
                token("administrator", tokens.administrator())) + "]");
        writeSecret("cluster", secret);
        writeSecret("store-password", node.password());
        Files.writeString(home.resolve("chancery.yaml"), config(all) + (all.size() > 1 ? cluster(all) : "") + options);
    }

    private String config(List<Node> all) {
        List<String> domains = all.stream().map(Node::domain).distinct().toList();
        String domain = all.get(0).domain();
        String other = all.get(all.size() - 1).domain();
        return """
                node: {name: %s, data: data, keys: keys, keystore-password-file: secrets/keystore-password}
                domains:
                  served: [%s]
                  services: [%s]
                %s
                admin: {listen: "%s:%d", tokens: secrets/tokens}
                archive:
                  store: %s
                  sinks: [{kind: file, path: checkpoints/latest}]
                departments: [research, trading, office]
                people:
                  - {jid: ada@%s, department: research}
                  - {jid: boris@%s, department: research}
                  - {jid: clara@%s, department: trading}
                  - {jid: dmitri@%s, department: trading}
                  - {jid: emma@%s, department: office}
                barriers:
                  - {name: wall, from: {departments: [research]}, to: {departments: [trading]}, both-ways: true, reason: "%s"}
                rooms:
                  - {name: lab-only, rooms: [%s@conference.%s], members: {departments: [research]}, reason: "This room is for Research only."}
                retention:
                  classes: [{name: default, period: 90 days}, {name: audit, period: 10 years}]
                """.formatted(node.name(), String.join(", ", domains), String.join(", ", domains.stream().map(XmppSetup::roomDomain).toList()),
                link(node.inHost()), node.place().isPresent() ? "127.0.0.1" : node.address(), adminPort, node.store(),
                domain, domain, other, other, domain, REASON, LAB, domain);
    }

    /** How the server asks: by the link, or at its own edge. */
    static String link(boolean inHost) {
        return (inHost ? "edge: {" : "link: {listen: \"unix:" + SOCKET + "\"" + (ProsodyServer.isRoot() ? ", group: "
                + ProsodyServer.SYSTEM_USER : "") + ", ") + "deadline: 5 s, max-held: 64 MiB}";
    }

    private String cluster(List<Node> all) {
        return "presence: {cluster: {listen: \"" + node.member() + "\", members: ["
                + String.join(", ", all.stream().map(n -> "\"" + n.member() + "\"").toList()) + "], secret-file: secrets/cluster}}\n";
    }

    private void writeSecret(String name, String text) throws IOException {
        Path file = home.resolve("secrets").resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static String token(String duty, String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "{\"id\": \"%s\", \"name\": \"test %s\", \"duty\": \"%s\", \"sha256\": \"%s\"}"
                    .formatted(duty, duty, duty, HexFormat.of().formatHex(hash));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
