package im.chancery.tests.e2e;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a test wants of a Prosody in particular: modules and lines of config. Part of an {@link XmppSetup}. */
public final class ProsodySetup {
    private final Set<String> modules = new LinkedHashSet<>(List.of("roster", "saslauth", "tls", "disco", "ping", "carbons",
            "smacks", "offline", "blocklist", "pep", "private", "s2s"));
    private final Set<String> roomModules = new LinkedHashSet<>();
    private final List<Path> pluginPaths = new ArrayList<>();
    private final List<String> globalLines = new ArrayList<>();
    private final List<String> hostLines = new ArrayList<>();
    private final List<String> roomLines = new ArrayList<>();
    private String logLevel = "info";

    ProsodySetup() {
    }

    /** Loads more modules globally. */
    public ProsodySetup modules(String... names) {
        modules.addAll(List.of(names));
        return this;
    }

    /** Loads more modules on the room service. */
    public ProsodySetup roomModules(String... names) {
        roomModules.addAll(List.of(names));
        return this;
    }

    /** Where Prosody looks for modules before its own: a copy of this folder, since its user may not be let into every place. */
    public ProsodySetup pluginPath(Path folder) {
        pluginPaths.add(folder.toAbsolutePath());
        return this;
    }

    /** Loads Chancery's module, which asks at this Unix-domain socket. */
    public ProsodySetup engine(Path socket) {
        return chancery("unix:" + socket);
    }

    /** Loads Chancery's module, which asks at this address, as {@code chancery_engine} has it. */
    ProsodySetup chancery(String engine) {
        return modules("chancery").pluginPath(EngineProcess.repository().resolve("plugins/host-prosody/src/main/lua"))
                .global("chancery_engine = " + quoted(engine));
    }

    /** Adds lines of Lua config to the global section. */
    public ProsodySetup global(String... lines) {
        globalLines.addAll(List.of(lines));
        return this;
    }

    /** Adds lines of Lua config to the domain's section. */
    public ProsodySetup host(String... lines) {
        hostLines.addAll(List.of(lines));
        return this;
    }

    /** Adds lines of Lua config to the room service's section. */
    public ProsodySetup rooms(String... lines) {
        roomLines.addAll(List.of(lines));
        return this;
    }

    /** Logs more or less, such as {@code debug}. */
    public ProsodySetup logLevel(String level) {
        logLevel = level;
        return this;
    }

    /** Puts the modules of the plugin paths where {@link #config} says that they are. */
    void copyModules(Path home) {
        pluginPaths.forEach(folder -> Folders.copy(folder, copyOf(folder, home)));
    }

    private Path copyOf(Path folder, Path home) {
        return home.resolve("modules-" + pluginPaths.indexOf(folder));
    }

    /** The whole config file of a server with this setup. */
    String config(XmppSetup setup, String listenAddress, Path home) {
        List<String> lines = new ArrayList<>(List.of(
                "data_path = " + quoted(home.resolve("data")),
                "plugin_paths = " + list(pluginPaths.stream().map(folder -> copyOf(folder, home)).toList()),
                "interfaces = { " + quoted(listenAddress) + " }",
                "c2s_ports = { " + XmppServer.CLIENT_PORT + " }",
                "s2s_ports = { " + XmppServer.SERVER_PORT + " }",
                "c2s_direct_tls_ports = { }",
                "s2s_direct_tls_ports = { }",
                "http_ports = { " + XmppServer.BOSH_PORT + " }",
                "https_ports = { }",
                "http_interfaces = { " + quoted(listenAddress) + " }",
                "consider_bosh_secure = true",
                "consider_websocket_secure = true",
                "network_settings = { nagle = false }",
                "modules_enabled = " + list(modules),
                "authentication = \"internal_hashed\"",
                "storage = \"internal\"",
                "c2s_require_encryption = true",
                "s2s_require_encryption = true",
                "s2s_secure_auth = true",
                "ssl = { certificate = " + quoted(home.resolve("server.crt")) + "; key = " + quoted(home.resolve("server.key"))
                        + "; cafile = " + quoted(home.resolve("authority.crt")) + " }",
                "unbound = { resolvconf = false; hoststxt = " + quoted(home.resolve("hosts")) + " }",
                "log = { { levels = { min = " + quoted(setup.verbose ? "debug" : logLevel) + " }; to = \"console\" } }"));
        if (!setup.components.isEmpty()) {
            lines.addAll(List.of("component_ports = { " + XmppServer.COMPONENT_PORT + " }", "component_interfaces = { " + quoted(listenAddress) + " }"));
        }
        lines.addAll(globalLines);
        lines.add("VirtualHost " + quoted(setup.domain));
        lines.addAll(hostLines);
        lines.add("Component " + quoted(XmppSetup.roomDomain(setup.domain)) + " \"muc\"");
        lines.add("modules_enabled = " + list(roomModules));
        lines.add("muc_room_default_persistent = " + setup.persistentRooms);
        lines.add("muc_room_locking = " + !setup.openRooms);
        lines.addAll(roomLines);
        for (String component : setup.components) {
            lines.addAll(List.of("Component " + quoted(component), "component_secret = " + quoted(XmppSetup.COMPONENT_SECRET)));
        }
        return String.join("\n", lines) + "\n";
    }

    private static String list(Iterable<?> values) {
        StringBuilder text = new StringBuilder("{ ");
        values.forEach(v -> text.append(quoted(v)).append("; "));
        return text.append("}").toString();
    }

    static String quoted(Object value) {
        return '"' + value.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
