package im.chancery.engine.config;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Quantity;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The link's options, as the config file's {@code link} entry has them.
 *
 * @param address  where to listen: a Unix-domain path, or a loopback TCP address
 * @param group    the group that owns the Unix socket; empty for the engine's own
 * @param secret   the option that leads to the secret; always there for TCP
 * @param deadline how long the host waits for a verdict
 * @param maxHeld  bytes of questions without an answer, on either side
 */
public record LinkOptions(SocketAddress address, Optional<String> group, Optional<ConfigNode> secret, Duration deadline, long maxHeld) {
    /** The addresses that may be listened on, in words. */
    public static final String ALLOWED_ADDRESS = "unix:PATH or tcp:127.0.0.1:PORT";
    /** The longest frame, in bytes: type and body (docs/link.md, "Frames"). */
    public static final int LONGEST_FRAME = 4 << 20;
    /** The least characters a secret has. */
    public static final int SECRET_MINIMUM = 32;
    static final String DEADLINE = "5 s";
    static final String MAX_HELD = "64 MiB";
    /** A Unix socket's path is at most 107 bytes long on Linux (unix(7)). */
    private static final int LONGEST_UNIX_PATH = 107;

    /**
     * Reads the {@code link} entry, which has passed the schema.
     *
     * @throws ConfigException with everything that is wrong in it
     */
    public static LinkOptions of(ConfigNode link) throws ConfigException {
        List<ConfigProblem> problems = new ArrayList<>();
        Optional<SocketAddress> address = link.get("listen").flatMap(n -> address(n, problems));
        Optional<ConfigNode> secret = link.get("secret-file");
        if (address.filter(InetSocketAddress.class::isInstance).isPresent() && secret.isEmpty()) {
            problems.add(link.problem("tcp without secret-file", "a secret-file wherever listen is tcp"));
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return new LinkOptions(
                address.orElseThrow(),
                link.get("group").map(ConfigNode::text),
                secret,
                Quantity.duration(link.text("deadline", DEADLINE)).orElseThrow(),
                Quantity.size(link.text("max-held", MAX_HELD)).orElseThrow());
    }

    private static Optional<SocketAddress> address(ConfigNode listen, List<ConfigProblem> problems) {
        String text = listen.text();
        if (text.startsWith("unix:") && text.length() > "unix:".length()) {
            Path config = Path.of(listen.position().file()).toAbsolutePath();
            Path path = config.resolveSibling(text.substring("unix:".length())).normalize();
            if (path.toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST_UNIX_PATH) {
                return Optional.of(UnixDomainSocketAddress.of(path));
            }
            problems.add(listen.problem("a socket path of more than " + LONGEST_UNIX_PATH + " bytes", "a shorter one"));
            return Optional.empty();
        }
        int colon = text.lastIndexOf(':');
        if (text.startsWith("tcp:127.") && colon > "tcp:".length() && text.substring(colon + 1).matches("[0-9]{1,5}")) {
            int port = Integer.parseInt(text.substring(colon + 1));
            String host = text.substring("tcp:".length(), colon);
            if (port <= 65535 && host.matches("127(\\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}")) {
                return Optional.of(new InetSocketAddress(host, port));
            }
        }
        problems.add(listen.problem("'" + text + "'", ALLOWED_ADDRESS));
        return Optional.empty();
    }
}
