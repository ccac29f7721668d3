package im.chancery.tests.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A real XMPP server in a temporary folder, on a loopback address of its own. It can be stopped, killed and started again with
 * its data. For one thread; {@link #close} stops it and keeps nothing.
 */
public abstract class XmppServer implements AutoCloseable {
    /** The port for clients, on {@link #address}. */
    public static final int CLIENT_PORT = 5222;
    /** The port for servers, on {@link #address}. */
    public static final int SERVER_PORT = 5269;
    /** The port for BOSH, on {@link #address}, where the setup wants it. */
    static final int BOSH_PORT = 5280;
    /** The port for WebSocket, on {@link #address}, where the setup wants it. */
    static final int WEBSOCKET_PORT = 5290;
    /** The port for external components, on {@link #address}, where the setup wants them. */
    static final int COMPONENT_PORT = 5275;
    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

    private final XmppHost host;
    private final XmppSetup setup;
    private final Path home;
    private final InetAddress address;
    private Process process;

    XmppServer(XmppHost host, XmppSetup setup) throws IOException {
        this.host = host;
        this.setup = setup;
        this.home = Files.createTempDirectory("chancery-" + name() + "-");
        this.address = setup.address == null ? freeAddress() : InetAddress.getByName(setup.address);
    }

    /** Writes config, certificates and accounts for the host that is chosen, and starts it; returns once clients can connect. */
    public static XmppServer start(XmppSetup setup) {
        return start(XmppHost.chosen(), setup);
    }

    /** The same for one host, whichever is chosen. */
    public static XmppServer start(XmppHost host, XmppSetup setup) {
        XmppServer server = prepare(host, setup);
        try {
            server.start();
            return server;
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    private static XmppServer prepare(XmppHost host, XmppSetup setup) {
        try {
            XmppServer server = host == XmppHost.PROSODY ? new ProsodyServer(setup) : new TigaseServer(setup);
            server.writeFiles();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A loopback address on which all these ports are free. Random, so that runs side by side don't meet. */
    public static InetAddress freeAddress() throws IOException {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        while (true) {
            InetAddress candidate = InetAddress.getByAddress(new byte[] {127, (byte) random.nextInt(1, 255),
                (byte) random.nextInt(1, 255), (byte) random.nextInt(2, 255)});
            if (List.of(CLIENT_PORT, SERVER_PORT, BOSH_PORT, WEBSOCKET_PORT, COMPONENT_PORT).stream().allMatch(port -> isFree(candidate, port))) {
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

    /** Writes all that it needs into its {@link #home}. */
    abstract void writeFiles() throws IOException;

    /** The command that runs it in the foreground. */
    abstract List<String> command();

    /** Whether what it has logged since its start says that it serves; where it says nothing, that it listens is enough. */
    boolean saysThatItServes(String logged) {
        return true;
    }

    /** Where clients find it by BOSH, without TLS, if the setup wants that. */
    public abstract URI bosh();

    /** Where clients find it by WebSocket, without TLS, if the setup wants that. */
    public abstract URI webSocket();

    /** What the test wants of it. */
    final XmppSetup setup() {
        return setup;
    }

    /** Which server it is. */
    public XmppHost host() {
        return host;
    }

    private String name() {
        return host.name().toLowerCase(Locale.ROOT);
    }

    /** The domain served. */
    public String domain() {
        return setup.domain;
    }

    /** The room service's domain. */
    public String roomDomain() {
        return XmppSetup.roomDomain(setup.domain);
    }

    /** Where it listens. */
    public InetAddress address() {
        return address;
    }

    /** Its own folder: config, {@code data}, {@code log}. */
    public Path home() {
        return home;
    }

    /** The authority that signed its certificate. */
    public Certificates certificates() {
        return setup.certificates;
    }

    /** How often a person has logged in since it was made, by any resource. */
    public long logins(String localpart) {
        String line = loginOf(localpart + "@" + setup.domain);
        return log().lines().filter(l -> l.contains(line)).count();
    }

    /**
     * How many times a client may try to start TLS. One is what a server should need; a Tigase 8.4.0 spoils about one handshake in a hundred,
     * with and without the plugin, because its reading thread races the one that begins it.
     */
    int handshakes() {
        return 1;
    }

    /** What its log says when somebody has logged in, and of nobody else. */
    abstract String loginOf(String bareJid);

    /** Whether it runs. */
    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** The process id while it runs. */
    public long pid() {
        return process.pid();
    }

    /** What it has in memory, in bytes: the most there has been since it was started (VmHWM of proc(5)). */
    public long memory() {
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
        int before = log().length();
        try {
            List<String> command = new ArrayList<>(setup.wrapper);
            command.addAll(command());
            process = new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(home.resolve("log").toFile())).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Deadline.await(name() + " of " + setup.domain + " serves on " + address, START_LIMIT, () -> {
            if (!process.isAlive()) {
                throw new AssertionError(name() + " ended with " + process.exitValue() + ":\n" + log());
            }
            if (!saysThatItServes(log().substring(before))) {
                return false;
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
                throw new AssertionError(name() + " did not stop within " + limit + ":\n" + log());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        if (isAlive()) {
            kill();
        }
        Folders.delete(home);
    }

    /**
     * Every file below the data folder whose bytes hold this text, such as an offline store that keeps a message. A database
     * may have it still after it was taken out.
     */
    public List<Path> filesWith(String text) {
        return Folders.filesWith(home.resolve("data"), text);
    }
}
