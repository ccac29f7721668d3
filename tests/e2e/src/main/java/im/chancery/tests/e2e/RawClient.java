package im.chancery.tests.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/**
 * A client, another server or a component that writes exactly the bytes a test gives it, several stanzas in one write if need be, over
 * STARTTLS where it is no component. It keeps all that the server has sent as text. For one thread.
 */
public final class RawClient implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(15);
    private static final int CONNECT_LIMIT_MILLIS = 10_000;

    private static final Pattern STREAM_ID = Pattern.compile("<stream:stream[^>]*\\sid='([^']+)'");

    private final XmppServer server;
    private final String header;
    private final StringBuffer received = new StringBuffer();
    private final Thread reader = new Thread(this::readAll, "raw-client");
    private Socket socket;

    private RawClient(XmppServer server, String streamAttributes, String to) {
        this.server = server;
        this.reader.setDaemon(true);
        this.header = "<?xml version='1.0'?><stream:stream " + streamAttributes + " xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='" + to + "'>";
    }

    /** Connects and starts TLS; nobody has logged in. */
    public static RawClient connect(XmppServer server) {
        return new RawClient(server, "xmlns='jabber:client'", server.domain()).open(XmppServer.CLIENT_PORT, null);
    }

    /** Connects, starts TLS, authenticates with SASL PLAIN and opens the stream on which a resource is bound or resumed. */
    public static RawClient authenticate(XmppServer server, String localpart) {
        return connect(server).authenticate(localpart);
    }

    /** Does the same as another server of this domain, with a certificate of the server's authority and SASL EXTERNAL. */
    public static RawClient peer(XmppServer server, String domain) {
        return new RawClient(server, "xmlns='jabber:server' from='" + domain + "'", server.domain())
                .open(XmppServer.SERVER_PORT, server.certificates().keyManagers(List.of(domain))).authenticate("EXTERNAL", domain);
    }

    /** Does the same as the external component of this domain (XEP-0114), which {@link XmppSetup#component} knows. */
    public static RawClient component(XmppServer server, String domain) {
        RawClient client = new RawClient(server, "xmlns='jabber:component:accept'", domain);
        try {
            client.connect(XmppServer.COMPONENT_PORT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        client.reader.start();
        client.write(client.header);
        Matcher id = Deadline.awaitValue("the stream's id", LIMIT, () -> Optional.of(STREAM_ID.matcher(client.received())).filter(Matcher::find));
        client.write("<handshake>" + sha1(id.group(1) + XmppSetup.COMPONENT_SECRET) + "</handshake>");
        client.awaitAndForget("<handshake");
        return client;
    }

    private static String sha1(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has SHA-1", e);
        }
    }

    /** Like {@link #authenticate}, and binds a resource. */
    public static RawClient login(XmppServer server, String localpart, String resource) {
        RawClient client = authenticate(server, localpart);
        client.write("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + resource
                + "</resource></bind></iq>");
        client.await("</iq>");
        client.forget();
        return client;
    }

    private RawClient open(int port, KeyManager[] keys) {
        startTlsWithinTries(port, keys);
        reader.start();
        write(header);
        awaitAndForget("</stream:features>");
        return this;
    }

    /** Logs in on a stream that {@link #connect} has opened, as {@link #authenticate(XmppServer, String)} does. */
    public RawClient authenticate(String localpart) {
        return authenticate("PLAIN", "\0" + localpart + "\0" + XmppSetup.PASSWORD);
    }

    private RawClient authenticate(String mechanism, String credentials) {
        write("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + mechanism + "'>"
                + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)) + "</auth>");
        awaitAndForget("<success");
        write(header);
        awaitAndForget("</stream:features>");
        return this;
    }

    private void startTlsWithinTries(int port, KeyManager[] keys) {
        for (int left = server.handshakes(); ; left--) {
            try {
                startTls(port, keys);
                return;
            } catch (IOException | GeneralSecurityException e) {
                close();
                if (left == 1) {
                    throw new AssertionError("raw client could not connect", e);
                }
            }
        }
    }

    private void connect(int port) throws IOException {
        socket = new Socket();
        socket.connect(new InetSocketAddress(server.address(), port), CONNECT_LIMIT_MILLIS);
        socket.setTcpNoDelay(true);
    }

    private void startTls(int port, KeyManager[] keys) throws IOException, GeneralSecurityException {
        connect(port);
        write(header);
        readPlain("</stream:features>");
        write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        readPlain("<proceed");
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, new TrustManager[] {server.certificates().trust()}, null);
        SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, server.domain(), port, true);
        tls.startHandshake();
        socket = tls;
    }

    /** Before TLS the answers are read byte by byte, so that nothing of the handshake is swallowed. */
    private void readPlain(String end) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end) < 0 || text.charAt(text.length() - 1) != '>') {
            int next = in.read();
            if (next < 0) {
                throw new IOException("stream ended before " + end);
            }
            text.append((char) next);
        }
    }

    private void readAll() {
        byte[] buffer = new byte[8192];
        SingleQuotes quotes = new SingleQuotes();
        try {
            InputStream in = socket.getInputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                received.append(quotes.next(new String(buffer, 0, n, StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            received.append("<!-- connection lost -->");
        }
    }

    /** Writes this text at once and nothing else. */
    public void write(String text) {
        try {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that has arrived since the last {@link #forget}, with attributes in single quotes. */
    public String received() {
        return received.toString();
    }

    /** Waits until this text has arrived, and gives all that has. */
    public String await(String text) {
        Deadline.await("«" + text + "» from the server", LIMIT, () -> received().contains(text));
        return received();
    }

    /** Waits until the server has closed the connection, and gives all that has arrived. */
    public String awaitEnd() {
        Deadline.await("the end of the stream", LIMIT, () -> !reader.isAlive());
        return received();
    }

    /** Pings the server and gives all that has arrived by its answer. */
    public String settled() {
        write("<iq type='get' id='settled' to='" + server.domain() + "'><ping xmlns='urn:xmpp:ping'/></iq>");
        return await("settled");
    }

    /** Forgets what has arrived. */
    public void forget() {
        received.setLength(0);
    }

    /** All that has arrived since the last call, which forgets it. Nothing that comes meanwhile is missed. */
    String take() {
        synchronized (received) { // which is what a StringBuffer's own methods do
            String taken = received.toString();
            received.setLength(0);
            return taken;
        }
    }

    private void awaitAndForget(String text) {
        await(text);
        forget();
    }

    /** Cuts the connection without closing the stream. */
    @Override
    public void close() {
        if (socket == null) {
            return;
        }
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
