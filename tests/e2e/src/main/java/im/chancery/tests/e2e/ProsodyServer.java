package im.chancery.tests.e2e;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real Prosody in a temporary folder, on a loopback address of its own, as an unprivileged user. It can be stopped,
 * killed and started again with its data. For one thread; {@link #close} stops it and keeps nothing.
 */
public final class ProsodyServer implements AutoCloseable {
    /** The port for clients, on {@link #address}. */
    public static final int CLIENT_PORT = 5222;
    /** The port for servers, on {@link #address}. */
    public static final int SERVER_PORT = 5269;
    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
    static final String SYSTEM_USER = "prosody";

    private final ProsodySetup setup;
    private final Path home;
    private final InetAddress address;
    private Process process;

    private ProsodyServer(ProsodySetup setup, Path home, InetAddress address) {
        this.setup = setup;
        this.home = home;
        this.address = address;
    }

    /** Writes config, certificates and accounts, and starts; returns once clients can connect. */
    public static ProsodyServer start(ProsodySetup setup) {
        ProsodyServer server = prepare(setup);
        server.start();
        return server;
    }

    /** Like {@link #start(ProsodySetup)}, but leaves it stopped. */
    public static ProsodyServer prepare(ProsodySetup setup) {
        requireProsody();
        try {
            Path home = Files.createTempDirectory("chancery-prosody-");
            InetAddress address = setup.address == null ? freeAddress() : InetAddress.getByName(setup.address);
            ProsodyServer server = new ProsodyServer(setup, home, address);
            server.writeFiles();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void requireProsody() {
        boolean there = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "prosody")));
        if (!there) {
            throw new AssertionError("there is no prosody on the PATH; these tests need Prosody 0.12, which scripts/test installs");
        }
    }

    /** A loopback address on which both XMPP ports are free. Random, so that runs side by side don't meet. */
    public static InetAddress freeAddress() throws IOException {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        while (true) {
            InetAddress candidate = InetAddress.getByAddress(new byte[] {127, (byte) random.nextInt(1, 255),
                (byte) random.nextInt(1, 255), (byte) random.nextInt(2, 255)});
            if (isFree(candidate, CLIENT_PORT) && isFree(candidate, SERVER_PORT)) {
                return candidate;
            }
        }
    }

    private static boolean isFree(InetAddress candidate, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(candidate, port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** The domain served. */
    public String domain() {
        return setup.domain;
    }

    /** The room service's domain. */
    public String roomDomain() {
        return "conference." + setup.domain;
    }

    /** Where it listens. */
    public InetAddress address() {
        return address;
    }

    /** Its own folder: config, {@code data}, {@code log}. The Prosody user owns it. */
    public Path home() {
        return home;
    }

    /** The authority that signed its certificate. */
    public Certificates certificates() {
        return setup.certificates;
    }

    /** The process id while it runs. */
    public long pid() {
        return process.pid();
    }

    /** The most memory it has had since it was started (VmHWM of proc(5)), in bytes. */
    public long peakMemory() {
        try {
            String peak = Files.readString(Path.of("/proc", Long.toString(pid()), "status")).replaceFirst("(?s).*VmHWM:\\s*(\\d+) kB.*", "$1");
            return Long.parseLong(peak) * 1024;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that it has logged since it was made. */
    public String log() {
        try {
            Path log = home.resolve("log");
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it, again or for the first time, and returns once clients can connect. */
    public void start() {
        List<String> command = new ArrayList<>(asUser());
        command.addAll(List.of("prosody", "--config", home.resolve("prosody.cfg.lua").toString(), "-F"));
        try {
            ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(home.resolve("log").toFile()));
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Deadline.await("Prosody of " + setup.domain + " listens on " + address, START_LIMIT, () -> {
            if (!process.isAlive()) {
                throw new AssertionError("Prosody ended with " + process.exitValue() + ":\n" + log());
            }
            try (Socket socket = new Socket(address, CLIENT_PORT)) {
                return socket.isConnected();
            }
        });
    }

    /** Asks it to stop (SIGTERM) and waits until it has. */
    public void stop() {
        process.destroy();
        awaitEnd(STOP_LIMIT);
    }

    /** Kills it with SIGKILL and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd(STOP_LIMIT);
    }

    /** Makes it read its config and certificates again (SIGHUP). */
    public void reload() {
        Signals.send(process, "HUP");
    }

    /** Freezes it (SIGSTOP) until {@link #thaw}. */
    public void freeze() {
        Signals.send(process, "STOP");
    }

    /** Lets it go on (SIGCONT). */
    public void thaw() {
        Signals.send(process, "CONT");
    }

    private void awaitEnd(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("Prosody did not stop within " + limit + ":\n" + log());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            kill();
        }
        Folders.delete(home);
    }

    /** Every file below the data folder whose bytes hold this text, such as an offline store that kept a message. */
    public List<Path> filesWith(String text) {
        return Folders.filesWith(home.resolve("data"), text);
    }

    private void writeFiles() throws IOException {
        Files.createDirectories(home.resolve("certs"));
        setup.certificates.writeAuthority(home.resolve("authority.crt"));
        setup.certificates.write(List.of(domain(), roomDomain()), home.resolve("server.crt"), home.resolve("server.key"));
        StringBuilder hosts = new StringBuilder("127.0.0.1 localhost\n");
        setup.federation.forEach((peer, names) -> hosts.append(peer).append(' ').append(String.join(" ", names)).append('\n'));
        Files.writeString(home.resolve("hosts"), hosts);
        Path accounts = Files.createDirectories(home.resolve("data").resolve(storeName(domain())).resolve("accounts"));
        for (Map.Entry<String, String> person : setup.people.entrySet()) {
            // mod_auth_internal_hashed takes a plain password and replaces it by its hash on first use
            Files.writeString(accounts.resolve(storeName(person.getKey()) + ".dat"),
                    "return { [\"password\"] = " + ProsodySetup.quoted(person.getValue()) + "; };\n");
        }
        Files.writeString(home.resolve("prosody.cfg.lua"), setup.config(address.getHostAddress(), home));
        giveAway(home);
    }

    /** Prosody's datamanager escapes all but letters and digits as {@code %xx}. */
    private static String storeName(String name) {
        StringBuilder text = new StringBuilder();
        for (char c : name.toCharArray()) {
            text.append(c < 128 && Character.isLetterOrDigit(c) ? String.valueOf(c) : String.format("%%%02x", (int) c));
        }
        return text.toString();
    }

    /** Lets the user that Prosody runs as own a folder and all in it; does nothing where the tests don't run as root. */
    public static void giveAway(Path folder) throws IOException {
        if (!isRoot()) {
            return;
        }
        UserPrincipal owner = folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(SYSTEM_USER);
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                Files.setOwner(path, owner);
            }
        }
    }

    /** The command's beginning that makes it run unprivileged: Prosody misbehaves as root. */
    static List<String> asUser() {
        return isRoot()
                ? List.of("setpriv", "--reuid=" + SYSTEM_USER, "--regid=" + SYSTEM_USER, "--init-groups", "--")
                : List.of();
    }

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }
}
