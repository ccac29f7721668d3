package im.chancery.engine.audit;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * A syslog receiver on the loopback: UDP (RFC 5426), TCP with octet counting (RFC 6587) or TLS (RFC 5425), strict about frames. It can hang, die without having
 * read what it got, and return at the same port.
 */
public final class SyslogReceiver implements AutoCloseable {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final int LITTLE = 8 << 10;

    private final String kind;
    private final ServerSocketFactory sockets;
    /** Whether a sender must have a certificate. */
    private final boolean asksWho;
    private final BlockingQueue<SyslogLine> lines = new LinkedBlockingQueue<>();
    private final List<SyslogLine> all = Collections.synchronizedList(new ArrayList<>());
    private final List<Throwable> faults = new CopyOnWriteArrayList<>();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private volatile boolean hangs;
    private int port;
    private AutoCloseable listener;
    private Thread listening;

    private SyslogReceiver(String kind, ServerSocketFactory sockets, boolean asksWho) {
        this.kind = kind;
        this.sockets = sockets;
        this.asksWho = asksWho;
    }

    /** One that listens. For tls its certificate, for the name localhost, is in {@code authority.pem} of the folder. */
    public static SyslogReceiver start(String kind, Path folder) throws Exception {
        SyslogReceiver receiver = new SyslogReceiver(kind, kind.equals("tls") ? secured(folder, null) : ServerSocketFactory.getDefault(), false);
        receiver.comeBack();
        return receiver;
    }

    /** One for tls that listens to nobody but to who has the key in {@code sender.p12} of the folder, whose password is "password". */
    public static SyslogReceiver startForOne(Path folder) throws Exception {
        SyslogReceiver receiver = new SyslogReceiver("tls", secured(folder, keyPair(folder.resolve("sender.p12"), "sender")), true);
        receiver.comeBack();
        return receiver;
    }

    /** The option that leads here. */
    public String option() {
        return "audit-stream: {host: localhost, port: " + port + ", transport: " + kind + (kind.equals("tls") ? ", authority-file: authority.pem" : "") + "}";
    }

    public int port() {
        return port;
    }

    /** From now on it reads nothing of new connections but TLS's handshake. */
    public void hang() {
        hangs = true;
    }

    public void comeBack() throws IOException {
        hangs = false;
        if (kind.equals("udp")) {
            DatagramSocket socket = new DatagramSocket(new InetSocketAddress(LOOPBACK, port));
            port = socket.getLocalPort();
            listener = socket;
            listening = run(() -> datagrams(socket));
        } else {
            ServerSocket server = sockets.createServerSocket();
            if (asksWho) {
                ((SSLServerSocket) server).setNeedClientAuth(true);
            }
            server.setReuseAddress(true);
            server.setReceiveBufferSize(LITTLE);
            server.bind(new InetSocketAddress(LOOPBACK, port));
            port = server.getLocalPort();
            listener = server;
            listening = run(() -> accept(server));
        }
    }

    /** Ends at once; what it has not read is lost. */
    public void die() throws Exception {
        listener.close();
        listening.join(); // until then the port may be taken
        for (Socket connection : connections) {
            if (kind.equals("tcp") && !connection.isClosed()) {
                connection.setSoLinger(true, 0); // a reset, as from a process that is killed with unread data
            }
            connection.close();
        }
        connections.clear();
    }

    /** The next message. */
    public SyslogLine take() throws InterruptedException {
        SyslogLine line = lines.poll(30, TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("no message; faults: " + faults);
        }
        return line;
    }

    /** The next message of this event. */
    public SyslogLine take(String event) throws InterruptedException {
        SyslogLine line = take();
        while (!line.get("event").equals(event)) {
            line = take();
        }
        return line;
    }

    /** The first message of this event that it ever got. */
    public SyslogLine first(String event) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (System.nanoTime() < deadline) {
            Optional<SyslogLine> found = all().stream().filter(line -> line.get("event").equals(event)).findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("no " + event + " among " + all());
    }

    /** All that it ever got. */
    public List<SyslogLine> all() {
        synchronized (all) {
            return List.copyOf(all);
        }
    }

    private void got(SyslogLine line) {
        all.add(line);
        lines.add(line);
    }

    /** What it got that isn't syslog. */
    public List<Throwable> faults() {
        return faults;
    }

    private void datagrams(DatagramSocket socket) throws IOException {
        while (!socket.isClosed()) {
            DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
            socket.receive(packet);
            got(SyslogLine.parse(Arrays.copyOf(packet.getData(), packet.getLength())));
        }
    }

    private void accept(ServerSocket server) throws IOException {
        while (!server.isClosed()) {
            Socket connection = server.accept();
            connections.add(connection);
            if (!hangs) {
                run(() -> frames(connection));
            } else if (connection instanceof SSLSocket secured) {
                run(secured::startHandshake);
            }
        }
    }

    /** {@code SYSLOG-FRAME = MSG-LEN SP SYSLOG-MSG}; MSG-LEN doesn't begin with 0. Ends the connection when the sender has ended it. */
    private void frames(Socket connection) throws IOException {
        try (connection; InputStream in = new BufferedInputStream(connection.getInputStream())) {
            for (int digit = in.read(); digit >= 0; digit = in.read()) {
                int length = 0;
                for (; digit != ' '; digit = in.read()) {
                    if (digit < (length == 0 ? '1' : '0') || digit > '9') {
                        throw new AssertionError("not a length: byte " + digit);
                    }
                    length = 10 * length + digit - '0';
                }
                byte[] message = in.readNBytes(length);
                if (message.length < length) {
                    return; // cut off with the connection
                }
                got(SyslogLine.parse(message));
            }
        }
    }

    private interface Task {
        void run() throws IOException;
    }

    private Thread run(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // the connection or the receiver has ended
            } catch (RuntimeException | AssertionError e) {
                faults.add(e);
            }
        }, "syslog-receiver");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** @param senders whose certificates are known; null where nobody is asked for one */
    private static ServerSocketFactory secured(Path folder, KeyStore senders) throws Exception {
        KeyStore keys = keyPair(folder.resolve("receiver.p12"), "receiver");
        Files.writeString(folder.resolve("authority.pem"), "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder().encodeToString(keys.getCertificate("receiver").getEncoded()) + "\n-----END CERTIFICATE-----\n");
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, "password".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), senders == null ? null : trusting(senders.getCertificate("sender")), null);
        return context.getServerSocketFactory();
    }

    private static TrustManager[] trusting(Certificate certificate) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("sender", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        return trust.getTrustManagers();
    }

    private static KeyStore keyPair(Path store, String who) throws Exception {
        if (!Files.exists(store)) {
            new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-keyalg", "EC", "-alias", who,
                    "-dname", "CN=" + who, "-ext", "san=dns:localhost", "-keystore", store.toString(), "-storepass", "password", "-storetype", "PKCS12")
                    .redirectErrorStream(true).start().waitFor();
        }
        return KeyStore.getInstance(store.toFile(), "password".toCharArray());
    }

    @Override
    public void close() throws Exception {
        die();
    }
}
