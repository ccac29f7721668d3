package im.chancery.tests.e2e;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a test wants of its Prosody: domain, people, modules and lines of config. Mutable until the server is made; for one
 * thread.
 */
public final class ProsodySetup {
    final String domain;
    final Certificates certificates;
    final Map<String, String> people = new LinkedHashMap<>();
    final Set<String> modules = new LinkedHashSet<>(List.of("roster", "saslauth", "tls", "disco", "ping", "carbons",
            "smacks", "offline", "blocklist", "pep", "private", "s2s"));
    final Set<String> roomModules = new LinkedHashSet<>();
    final List<Path> pluginPaths = new ArrayList<>();
    final List<String> globalLines = new ArrayList<>();
    final List<String> hostLines = new ArrayList<>();
    final List<String> roomLines = new ArrayList<>();
    final Map<String, List<String>> federation = new LinkedHashMap<>();
    String address;
    String logLevel = "info";

    private ProsodySetup(String domain, Certificates certificates) {
        this.domain = domain;
        this.certificates = certificates;
    }

    /** A server of this domain, with a room service {@code conference.} below it, and certificates of this authority. */
    public static ProsodySetup of(String domain, Certificates certificates) {
        return new ProsodySetup(domain, certificates);
    }

    /** Adds people; the password of each is {@link #password}. */
    public ProsodySetup people(String... localparts) {
        for (String localpart : localparts) {
            people.put(localpart, password(localpart));
        }
        return this;
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

    /** Where Prosody looks for modules before its own. */
    public ProsodySetup pluginPath(Path folder) {
        pluginPaths.add(folder.toAbsolutePath());
        return this;
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

    /** Listens on this loopback address instead of a random free one; servers that federate must know each other's. */
    public ProsodySetup address(String loopback) {
        address = loopback;
        return this;
    }

    /** Finds the peer's domain and its room service at this address, instead of in the DNS. */
    public ProsodySetup federatesWith(String peerDomain, String peerAddress) {
        federation.put(peerAddress, List.of(peerDomain, "conference." + peerDomain));
        return this;
    }

    /** Logs more, such as {@code debug}. */
    public ProsodySetup logLevel(String level) {
        logLevel = level;
        return this;
    }

    /** The password a test person has. */
    public static String password(String localpart) {
        return "secret of " + localpart;
    }

    /** The whole config file. */
    String config(String listenAddress, Path home) {
        List<String> lines = new ArrayList<>(List.of(
                "data_path = " + quoted(home.resolve("data")),
                "plugin_paths = " + list(pluginPaths),
                "interfaces = { " + quoted(listenAddress) + " }",
                "c2s_ports = { " + ProsodyServer.CLIENT_PORT + " }",
                "s2s_ports = { " + ProsodyServer.SERVER_PORT + " }",
                "c2s_direct_tls_ports = { }",
                "s2s_direct_tls_ports = { }",
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
                "log = { { levels = { min = " + quoted(logLevel) + " }; to = \"console\" } }"));
        lines.addAll(globalLines);
        lines.add("VirtualHost " + quoted(domain));
        lines.addAll(hostLines);
        lines.add("Component " + quoted("conference." + domain) + " \"muc\"");
        lines.add("modules_enabled = " + list(roomModules));
        lines.addAll(roomLines);
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
