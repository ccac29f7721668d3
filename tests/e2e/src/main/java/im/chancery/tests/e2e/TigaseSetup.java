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
    private final List<String> lines = new ArrayList<>();
    private final List<Path> jars = new ArrayList<>();
    private final List<Path> engineJars = new ArrayList<>();
    private List<String> javaOptions = List.of("-Xmx384m", "-XX:+UseSerialGC");

    TigaseSetup() {
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

    /** Loads Chancery's plugin, with this class for its bean, and lines for the bean's block. */
    TigaseSetup plugin(String bean, String... options) {
        Path distribution = EngineProcess.repository().resolve("plugins/host-tigase/target/distribution");
        if (!Files.isDirectory(distribution)) {
            throw new AssertionError("there is no plugin in " + distribution + ": build with the Maven profile tigase");
        }
        try (Stream<Path> libraries = Files.list(distribution.resolve("chancery"))) {
            engineJars.addAll(libraries.toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        jars.add(distribution.resolve("chancery-host-tigase.jar"));
        config("chancery (class: " + bean + ") {");
        config(options);
        return config("}");
    }

    /** Adds a jar to those that Tigase loads; its schema is installed too. */
    public TigaseSetup jar(Path jar) {
        jars.add(jar);
        return this;
    }

    /** Adds a jar to those that the plugin loads beside the engine. */
    TigaseSetup engineJar(Path jar) {
        engineJars.add(jar);
        return this;
    }

    /** Runs in a Java with these options. */
    public TigaseSetup java(String... options) {
        javaOptions = List.of(options);
        return this;
    }

    List<String> javaOptions() {
        return javaOptions;
    }

    List<Path> jars() {
        return jars;
    }

    List<Path> engineJars() {
        return engineJars;
    }

    /** The whole config file of a server with this setup. */
    String config(XmppSetup setup, String listenAddress) {
        List<String> all = new ArrayList<>(List.of(
                "'cluster-mode' = false",
                "'config-type' = 'default'",
                "'default-virtual-host' = " + quoted(setup.domain),
                "dataSource () {",
                "    default () {",
                "        uri = 'jdbc:derby:data/tigasedb'",
                "    }",
                "}",
                "logging () {",
                "    rootLevel = 'INFO'",
                "    rootHandlers = [ 'java.util.logging.ConsoleHandler' ]",
                "    handlers () {",
                "        'java.util.logging.ConsoleHandler' () {",
                "            level = 'ALL'",
                "            formatter = 'java.util.logging.SimpleFormatter'",
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
        door(all, "c2s", listenAddress, XmppServer.CLIENT_PORT);
        door(all, "s2s", listenAddress, XmppServer.SERVER_PORT);
        if (setup.plain) {
            all.addAll(List.of("'vhost-man' () {", "    defaults () {", "        'vhost-tls-required' = false", "    }", "}"));
        }
        if (setup.web) {
            door(all, "bosh", listenAddress, XmppServer.BOSH_PORT);
            door(all, "ws2s", listenAddress, XmppServer.WEBSOCKET_PORT);
        } else {
            all.addAll(List.of("bosh (active: false) {}", "ws2s (active: false) {}"));
        }
        all.addAll(List.of("'ext-disco' (active: false) {}", "monitor (active: false) {}", "'rtbl-component' (active: false) {}"));
        all.addAll(lines);
        return String.join("\n", all) + "\n";
    }

    /** A component that listens; throttles nobody, and sends no client elsewhere. */
    private static void door(List<String> lines, String name, String address, int port) {
        lines.addAll(List.of(
                name + " () {",
                "    ifc = [ " + quoted(address) + " ]",
                "    trafficThrottling = 'xmpp:0:0:disc,bin:0:0:disc'",
                "    connectionDelay = 0", // else it listens two seconds later
                "    connections () {",
                "        ports = [ " + port + " ]",
                "    }"));
        // a server proves itself by its certificate alone
        lines.add(port == XmppServer.SERVER_PORT ? "    dialback (active: false) {}" : "    seeOtherHost {}");
        lines.add("}");
    }

    static String quoted(Object value) {
        return "'" + value.toString().replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
