package im.chancery.tests.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What a test wants of a Tigase in particular: jars and lines of config. Part of an {@link XmppSetup}. */
public final class TigaseSetup {
    /** Where the build leaves the plugin. */
    static final Path PLUGIN = EngineProcess.repository().resolve("plugins/host-tigase/target/distribution");

    private final List<String> lines = new ArrayList<>();
    private final List<Path> jars = new ArrayList<>();
    private final List<Path> components = new ArrayList<>();
    private final List<Path> engineJars = new ArrayList<>();
    private final List<String> javaOptions = new ArrayList<>();
    private String database = "jdbc:derby:data/tigasedb";
    private String formatter = "java.util.logging.SimpleFormatter";
    private boolean cluster;

    TigaseSetup() {
    }

    /** Has this class form the lines of its log. */
    TigaseSetup logsBy(String formatterClass) {
        formatter = formatterClass;
        return this;
    }

    /** Adds lines of config; each key with its value, and each beginning and end of a block, on a line of its own. */
    public TigaseSetup config(String... more) {
        lines.addAll(List.of(more));
        return this;
    }

    /** Loads Chancery's plugin, with the engine of this config in it. */
    public TigaseSetup engine(Path config) {
        return plugin("im.chancery.host.tigase.plugin.ChanceryBean", "config = " + quoted(config));
    }

    /**
     * Loads Chancery's plugin, and asks at this Unix-domain socket instead of the engine of this config, which runs all the same.
     */
    TigaseSetup gate(Path socket, Path config) {
        Path built = EngineProcess.repository().resolve("tests/e2e/target/tigase");
        jars.addAll(list(built.resolve("bean")));
        engineJars.addAll(list(built.resolve("bean")));
        engineJars.addAll(list(built.resolve("gate")));
        java("-Dchancery.test.gate=" + socket);
        return plugin("im.chancery.host.tigase.plugin.GateBean", "config = " + quoted(config));
    }

    /** Loads Chancery's plugin, with this class for its bean, and lines for the bean's block. */
    private TigaseSetup plugin(String bean, String... options) {
        engineJars.addAll(list(PLUGIN.resolve("chancery")));
        jars.add(PLUGIN.resolve("chancery-host-tigase.jar"));
        config("chancery (class: " + bean + ") {");
        config(options);
        return config("}");
    }

    /** Loads this jar with a component of Tigase's, and installs the schema that it brings. */
    public TigaseSetup component(Path jar) {
        jars.add(jar);
        components.add(jar);
        return this;
    }

    /** Has Tigase's PubSub component, for PEP too, where the build has found its jar; what needs it is tagged {@code pubsub} and runs nowhere else. */
    TigaseSetup pubsub() {
        Path built = EngineProcess.repository().resolve("tests/e2e/target/tigase/pubsub");
        if (Files.isDirectory(built)) {
            list(built).forEach(this::component);
        }
        return this;
    }

    /** Keeps its data in a database that is there, with schema and people, instead of one of its own. */
    public TigaseSetup database(String url) {
        database = url;
        return this;
    }

    /** Is the node of this name in a cluster of all that have the same database. Every node finds the name in {@link XmppSetup#hosts}. */
    public TigaseSetup clusterNode(String name) {
        cluster = true;
        javaOptions.add("-Dtigase-primary-address=" + name);
        return this;
    }

    /** Whether its database is its own. */
    boolean hasOwnDatabase() {
        return database.startsWith("jdbc:derby:");
    }

    /** The files of a folder that the build leaves. */
    static List<Path> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new AssertionError("there is no " + folder + ": build with the Maven profile tigase");
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** More jars that Tigase loads. */
    List<Path> jars() {
        return jars;
    }

    /** Those of them whose schema is installed. */
    List<Path> components() {
        return components;
    }

    /** Jars that the plugin loads for the engine. */
    List<Path> engineJars() {
        return engineJars;
    }

    /** Adds options of its Java, which come last; a benchmark wants {@code -XX:TieredStopAtLevel=4}, Java's own default. */
    public TigaseSetup java(String... options) {
        javaOptions.addAll(List.of(options));
        return this;
    }

    /** More options of its Java. */
    List<String> javaOptions() {
        return javaOptions;
    }

    /** The whole config file of a server with this setup. */
    String config(XmppSetup setup, String listenAddress) {
        List<String> all = new ArrayList<>(List.of(
                "'cluster-mode' = " + cluster,
                "'config-type' = 'default'",
                "'default-virtual-host' = " + quoted(setup.domain),
                "dataSource () {",
                "    default () {",
                "        uri = " + quoted(database),
                "    }",
                "}",
                "logging () {",
                "    rootLevel = 'INFO'",
                "    rootHandlers = [ 'java.util.logging.ConsoleHandler' ]",
                "    handlers () {",
                "        'java.util.logging.ConsoleHandler' () {",
                "            level = 'ALL'",
                "            formatter = " + quoted(formatter),
                "        }",
                "    }",
                "    loggers () {",
                "        'tigase.xmpp.impl.SaslAuth' () {", // says who has logged in
                "            level = 'FINEST'",
                "        }",
                "    }",
                "    'shutdown-thread-dump' = false"));
        if (setup.verbose) {
            all.add("    'debug-packages' = [ 'im.chancery' ]");
        }
        all.addAll(List.of("}",
                "'certificate-container' () {",
                "    'trusted-certs-dir' = [ 'trusted' ]",
                "}",
                // what the component is called is its domain's first part
                "muc (active: false) {}",
                "conference (class: tigase.muc.MUCComponent) {",
                "    'public-room-creation-acl' = 'ALL'",
                "    'muc-lock-new-room' = " + !setup.openRooms,
                "    'welcome-message' = false",
                "    'default_room_config' () {",
                "        'muc#roomconfig_persistentroom' = " + quoted(setup.persistentRooms),
                "    }",
                "}"));
        // at once, else it listens two seconds later; in a cluster, where it waits thirty times as long for other nodes, after three seconds
        int delay = cluster ? 100 : 0;
        door(all, "c2s", listenAddress, XmppServer.CLIENT_PORT, delay);
        door(all, "s2s", listenAddress, XmppServer.SERVER_PORT, 0);
        if (setup.plain) {
            all.addAll(List.of("'vhost-man' () {", "    defaults () {", "        'vhost-tls-required' = false", "    }", "}"));
        }
        if (setup.web) {
            door(all, "bosh", listenAddress, XmppServer.BOSH_PORT, delay);
            door(all, "ws2s", listenAddress, XmppServer.WEBSOCKET_PORT, delay);
        } else {
            all.addAll(List.of("bosh (active: false) {}", "ws2s (active: false) {}"));
        }
        all.addAll(List.of("'ext-disco' (active: false) {}", "monitor (active: false) {}", "'rtbl-component' (active: false) {}"));
        all.addAll(lines);
        return String.join("\n", all) + "\n";
    }

    /** A component that listens; throttles nobody, and sends no client elsewhere. */
    private static void door(List<String> lines, String name, String address, int port, int delayMillis) {
        lines.addAll(List.of(
                name + " () {",
                "    ifc = [ " + quoted(address) + " ]",
                "    trafficThrottling = 'xmpp:0:0:disc,bin:0:0:disc'",
                "    connectionDelay = " + delayMillis,
                "    connections () {",
                "        ports = [ " + port + " ]",
                "    }"));
        // a server proves itself by its certificate alone
        lines.add(port == XmppServer.SERVER_PORT ? "    dialback (active: false) {}" : "    seeOtherHost (active: false) {}");
        lines.add("}");
    }

    static String quoted(Object value) {
        return "'" + value.toString().replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
