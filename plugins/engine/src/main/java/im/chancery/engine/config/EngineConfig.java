package im.chancery.engine.config;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Option;
import im.chancery.core.config.Option.Type;
import im.chancery.core.config.PluginDescriptor;
import im.chancery.core.config.Secret;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jxmpp.jid.DomainBareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * The engine's own part of the config file.
 *
 * @param node             this node's name, and the origin of its log
 * @param data             the data folder, absolute
 * @param keys             the key folder, absolute, neither inside the data folder nor around it
 * @param keystorePassword the option that leads to the key store's password; see {@link #readKeystorePassword}
 * @param served           the domains whose people this organisation's directory knows
 * @param services         the domains of its services, such as rooms
 * @param adminListen      where the admin HTTP API listens: a loopback address
 * @param adminTokens      the file of the API's tokens, absolute
 */
public record EngineConfig(
        String node,
        Path data,
        Path keys,
        ConfigNode keystorePassword,
        Set<DomainBareJid> served,
        Set<DomainBareJid> services,
        InetSocketAddress adminListen,
        Path adminTokens) {

    /** The least characters a key store's password has. */
    public static final int KEYSTORE_PASSWORD_MINIMUM = 16;

    private static final String DEFAULT_LISTEN = "127.0.0.1:8480";
    private static final String LISTEN_ALLOWED = "a loopback address and a port, such as '" + DEFAULT_LISTEN + "' or '[::1]:8480'";
    private static final Pattern LISTEN = Pattern.compile("(127(?:\\.[0-9]{1,3}){3}|\\[::1\\]):([0-9]{1,5})");

    /** The options {@code node}, {@code domains} and {@code admin}, and what others of this package read: {@code audit-stream}, {@code log}. */
    static final PluginDescriptor DESCRIPTOR = new PluginDescriptor("engine", "The engine's node, domains and admin API, and what it tells of itself.", List.of(
            Option.map("node", "This node: its name and its folders.",
                    Option.of("name", Type.NAME, "The node's name, unique in the cluster and for ever: it is the origin of the node's log.").must(),
                    Option.of("data", Type.PATH, "The data folder: database, log, index.").must(),
                    Option.of("keys", Type.PATH, "The key folder, apart from the data folder and from its backups.").must(),
                    Option.of("keystore-password-file", Type.SECRET,
                            "Where the password of the key store is, of at least " + KEYSTORE_PASSWORD_MINIMUM + " characters.").must()).must(),
            Option.map("domains", "The domains this organisation's server answers for.",
                    Option.list("served", "The domains of its people; a message to or from any other is federation.",
                            Option.of("*", Type.DOMAIN, "A domain with accounts.")).must(),
                    Option.list("services", "The domains of its services: rooms, file upload and so on. What is sent to one that isn't here is taken for an unknown partner's.",
                            Option.of("*", Type.DOMAIN, "A service's domain.")).or("[]")).must(),
            Option.map("admin", "The admin HTTP API, which the command line uses.",
                    Option.of("listen", Type.STRING, "Where it listens: " + LISTEN_ALLOWED + "; port 0 takes a free one.").or(DEFAULT_LISTEN),
                    Option.of("tokens", Type.PATH, "The file of the tokens' hashes, a JSON list that `chancery token create` writes.").must()).must(),
            AuditStreamOptions.OPTION,
            LogOptions.OPTION));

    public EngineConfig {
        served = Set.copyOf(served);
        services = Set.copyOf(services);
    }

    /**
     * Reads the engine's part of a file that has passed the schema.
     *
     * @throws ConfigException with everything that is wrong in it
     */
    public static EngineConfig from(ConfigNode root) throws ConfigException {
        List<ConfigProblem> problems = new ArrayList<>();
        ConfigNode node = root.get("node").orElseThrow();
        ConfigNode domains = root.get("domains").orElseThrow();
        ConfigNode admin = root.get("admin").orElseThrow();
        ConfigNode keys = node.get("keys").orElseThrow();
        Path dataFolder = node.get("data").orElseThrow().file();
        Path keyFolder = keys.file();
        if (keyFolder.startsWith(dataFolder) || dataFolder.startsWith(keyFolder)) {
            problems.add(keys.problem("'" + keys.text() + "', which shares a folder with data", "a folder neither inside node.data nor around it"));
        }
        Set<DomainBareJid> served = domains(domains, "served", Set.of(), problems);
        if (served.isEmpty()) {
            domains.get("served").ifPresent(list -> problems.add(list.problem("an empty list", "at least one domain")));
        }
        Set<DomainBareJid> services = domains(domains, "services", served, problems);
        InetSocketAddress listen = admin.get("listen").map(l -> listen(l, problems)).orElseGet(() -> address(DEFAULT_LISTEN));
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return new EngineConfig(node.text("name", ""), dataFolder, keyFolder, node.get("keystore-password-file").orElseThrow(),
                served, services, listen, admin.get("tokens").orElseThrow().file());
    }

    /** Reads the key store's password. */
    public Secret readKeystorePassword() throws ConfigException {
        return Secret.at(keystorePassword, KEYSTORE_PASSWORD_MINIMUM);
    }

    private static Set<DomainBareJid> domains(ConfigNode parent, String key, Set<DomainBareJid> others, List<ConfigProblem> problems) {
        Set<DomainBareJid> read = new LinkedHashSet<>();
        for (ConfigNode item : parent.get(key).map(ConfigNode::items).orElse(List.of())) {
            DomainBareJid domain = domain(item.text());
            if (others.contains(domain) || !read.add(domain)) {
                problems.add(item.problem("'" + item.text() + "' again", "each domain once"));
            }
        }
        return read;
    }

    private static DomainBareJid domain(String text) {
        try {
            return JidCreate.domainBareFrom(text);
        } catch (XmppStringprepException e) {
            throw new IllegalArgumentException("not checked as a domain", e);
        }
    }

    private static InetSocketAddress listen(ConfigNode option, List<ConfigProblem> problems) {
        InetSocketAddress address = address(option.text());
        if (address == null) {
            problems.add(option.problem("'" + option.text() + "'", LISTEN_ALLOWED));
        }
        return address;
    }

    /** The loopback address a text means; null where it isn't one. Asks no name server: only addresses in digits pass. */
    private static InetSocketAddress address(String text) {
        Matcher form = LISTEN.matcher(text);
        if (!form.matches() || Integer.parseInt(form.group(2)) > 65535) {
            return null;
        }
        try {
            InetAddress host = InetAddress.getByName(form.group(1));
            return host.isLoopbackAddress() ? new InetSocketAddress(host, Integer.parseInt(form.group(2))) : null;
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
