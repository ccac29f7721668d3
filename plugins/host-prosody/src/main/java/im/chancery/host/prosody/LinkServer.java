package im.chancery.host.prosody;

import im.chancery.core.Gate;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Secret;
import im.chancery.engine.config.LinkOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jxmpp.jid.BareJid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's end of the link (docs/link.md): listens for hosts and puts a {@link Gate} behind them. Starts no policy and
 * no archive; the caller owns the gate and closes it after this. Safe for many threads.
 */
public final class LinkServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LinkServer.class);
    /** A house has a handful of hosts; more connections than this are refused. */
    private static final int MAX_CONNECTIONS = 16;
    private static final int HANDSHAKE_SECONDS = 10;
    private static final long AGAIN_MILLIS = 200;
    /** A host sends a PING each 15 s. */
    private static final Duration SILENCE = Duration.ofSeconds(60);
    private static final int LOOK_SECONDS = 10;

    private final Gate gate;
    private final String node;
    private final LinkOptions options;
    private final Optional<LinkSecret> secret;
    private final ServerSocketChannel listener;
    private final Attempts attempts;
    private final HostPresence presence;
    private final Set<LinkConnection> connections = ConcurrentHashMap.newKeySet();
    /** What is scheduled after the end is dropped: the end has settled it. */
    private final ScheduledExecutorService timer =
            new ScheduledThreadPoolExecutor(1, r -> daemon(r, "link-timer"), new ThreadPoolExecutor.DiscardPolicy());
    private volatile boolean closing;

    /** Where the next host comes from. */
    @FunctionalInterface
    interface Accepting {
        SocketChannel accept() throws IOException;
    }

    private LinkServer(Gate gate, String node, LinkOptions options, Optional<LinkSecret> secret, ServerSocketChannel listener) {
        this.gate = gate;
        this.node = node;
        this.options = options;
        this.secret = secret;
        this.listener = listener;
        Consumer<Runnable> afterDeadline = task -> timer.schedule(task, options.deadline().toMillis(), TimeUnit.MILLISECONDS);
        this.attempts = new Attempts(gate, afterDeadline);
        this.presence = new HostPresence(gate, afterDeadline);
        timer.scheduleWithFixedDelay(() -> closeSilent(SILENCE), LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Listens where the config file says. Returns once hosts can connect.
     *
     * @param link the config file's {@code link} entry
     * @param node this node's name, told to hosts
     * @throws ConfigException if the entry or its secret can't be used
     * @throws IOException     if it can't listen there; a Unix socket on which another process listens is left alone
     */
    public static LinkServer start(ConfigNode link, String node, Gate gate) throws ConfigException, IOException {
        return start(link, node, gate, listener -> listener::accept);
    }

    static LinkServer start(ConfigNode link, String node, Gate gate, Function<ServerSocketChannel, Accepting> hosts) throws ConfigException, IOException {
        LinkOptions options = LinkOptions.of(link);
        Optional<LinkSecret> secret = options.secret().isEmpty()
                ? Optional.empty()
                : Optional.of(new LinkSecret(Secret.at(options.secret().get(), LinkOptions.SECRET_MINIMUM)));
        LinkServer server = new LinkServer(gate, node, options, secret, bind(options));
        daemon(() -> server.accept(hosts.apply(server.listener)), "link-accept").start();
        LOG.info("The link listens on {}", server.address());
        return server;
    }

    /** Where it listens; with the port that was taken, if the config file asks for port 0. */
    public SocketAddress address() {
        try {
            return listener.getLocalAddress();
        } catch (IOException e) {
            return options.address();
        }
    }

    /** How many stanzas the connected hosts hold back for their verdicts: questions that were read and not answered yet. */
    public long held() {
        return connections.stream().mapToLong(LinkConnection::held).sum();
    }

    /**
     * Has one of the connected hosts send a message from its own domain. Nobody answers for its arrival.
     *
     * @throws IOException if no host is connected
     */
    public void send(BareJid to, String subject, String text) throws IOException {
        Frame.Notice notice = new Frame.Notice(to.toString(), subject, text);
        if (connections.stream().noneMatch(connection -> connection.notice(notice))) {
            throw new IOException("no host is linked");
        }
    }

    /** Breaks off the connections whose hosts have said nothing for so long. */
    void closeSilent(Duration limit) {
        connections.forEach(connection -> connection.closeIfSilent(limit.toNanos()));
    }

    private static ServerSocketChannel bind(LinkOptions options) throws IOException {
        if (!(options.address() instanceof UnixDomainSocketAddress unix)) {
            return ServerSocketChannel.open().bind(options.address());
        }
        Path path = unix.getPath();
        removeIfStale(unix);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(unix);
            var view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
            if (options.group().isPresent()) {
                GroupPrincipal group = path.getFileSystem().getUserPrincipalLookupService()
                        .lookupPrincipalByGroupName(options.group().get());
                view.setGroup(group);
            }
            view.setPermissions(PosixFilePermissions.fromString("rw-rw----"));
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** A socket file outlives its process; it is removed only where nobody answers on it. */
    private static void removeIfStale(UnixDomainSocketAddress unix) throws IOException {
        if (!Files.exists(unix.getPath(), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (SocketChannel probe = SocketChannel.open(unix)) {
            throw new BindException("another process listens on " + unix.getPath());
        } catch (ConnectException e) {
            LOG.info("Removing the socket {}, on which nobody listens", unix.getPath());
            Files.delete(unix.getPath());
        }
    }

    /** Goes on whatever fails, until the listener is closed. What fails again and again is told of once. */
    private void accept(Accepting hosts) {
        boolean failing = false;
        while (!closing) {
            try {
                SocketChannel channel = hosts.accept();
                if (connections.size() >= MAX_CONNECTIONS) {
                    LOG.warn("Refused a host: {} are connected", MAX_CONNECTIONS);
                    channel.close();
                    continue;
                }
                open(channel);
                failing = false;
            } catch (AsynchronousCloseException e) {
                return;
            } catch (IOException | RuntimeException | Error e) {
                if (!listener.isOpen()) {
                    return;
                }
                if (!failing) {
                    LOG.error("The link can't accept a host; it is tried again every {} ms", AGAIN_MILLIS, e);
                }
                failing = true;
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(AGAIN_MILLIS));
            }
        }
    }

    private void open(SocketChannel channel) throws IOException {
        LinkConnection connection = new LinkConnection(new LinkChannel(channel), gate, node, options, secret, attempts, presence, connections::remove);
        connections.add(connection);
        try {
            daemon(connection::read, "link-read").start();
            daemon(connection::write, "link-write").start();
        } catch (Error e) { // no more threads: what is half open would take one of the few places
            connections.remove(connection);
            connection.closeChannel();
            throw e;
        }
        timer.schedule(connection::closeUnlessWelcomed, HANDSHAKE_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Drains and closes: takes no more connections, asks hosts to send no more, answers what was asked, takes outcomes until
     * the hosts have closed, for at most the deadline. Attempts still without an outcome then become unknown.
     */
    @Override
    public void close() {
        closing = true;
        try {
            listener.close();
            connections.forEach(LinkConnection::drain);
            long end = System.nanoTime() + options.deadline().toNanos();
            for (LinkConnection connection : connections) {
                connection.awaitEnd(end - System.nanoTime());
            }
            if (options.address() instanceof UnixDomainSocketAddress unix) {
                Files.deleteIfExists(unix.getPath());
            }
        } catch (IOException e) {
            LOG.warn("The link's listener did not close cleanly", e);
        } finally {
            connections.forEach(LinkConnection::closeChannel);
            timer.shutdownNow();
            attempts.giveUp();
        }
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
