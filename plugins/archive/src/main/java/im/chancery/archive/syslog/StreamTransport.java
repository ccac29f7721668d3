package im.chancery.archive.syslog;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Syslog over TCP with octet counting (RFC 6587, section 3.4.1) or over TLS (RFC 5425, section 4.3), which frames messages alike. The receiver's certificate
 * must be one for the host's name (RFC 5425, section 5.2). A syslog receiver says nothing, so whatever can be read is the end of the connection.
 */
public final class StreamTransport implements SyslogTransport {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int HANDSHAKE_MILLIS = 10_000;
    private static final int GLANCE_MILLIS = 1;
    private static final int FINISH_MILLIS = 2_000;
    /** Little, so that little is under way when a connection breaks. Linux doubles it. */
    private static final int SEND_BUFFER = 64 << 10;
    /** More than fit into the buffers of both ends, where the other end's is as Linux makes it for one that doesn't read: 128 KiB each, and some. */
    private static final int IN_DOUBT = 1_000;

    private final String host;
    private final int port;
    private final SSLSocketFactory tls;
    /** What is written to: the connection, or TLS over it. */
    private volatile Socket socket;
    /** The connection itself. */
    private volatile Socket plain;

    private StreamTransport(String host, int port, SSLSocketFactory tls) {
        this.host = host;
        this.port = port;
        this.tls = tls;
    }

    /** Over TCP, in plain text. */
    public static StreamTransport tcp(String host, int port) {
        return new StreamTransport(host, port, null);
    }

    /** Over TLS 1.2 or newer. */
    public static StreamTransport tls(String host, int port, SSLSocketFactory factory) {
        return new StreamTransport(host, port, factory);
    }

    @Override
    public void send(byte[] message) throws IOException {
        try {
            if (socket == null) {
                socket = connect();
            }
            ByteArrayOutputStream frame = new ByteArrayOutputStream(message.length + 8);
            frame.writeBytes((message.length + " ").getBytes(StandardCharsets.US_ASCII));
            frame.writeBytes(message);
            current().getOutputStream().write(frame.toByteArray());
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** The socket is known to {@link #close} before anything waits on it. */
    private Socket connect() throws IOException {
        Socket connecting = new Socket();
        plain = connecting;
        socket = connecting;
        connecting.setSendBufferSize(SEND_BUFFER);
        connecting.setTcpNoDelay(true);
        connecting.setKeepAlive(true);
        connecting.connect(DatagramTransport.resolved(host, port), CONNECT_MILLIS);
        if (tls == null) {
            return connecting;
        }
        connecting.setSoTimeout(HANDSHAKE_MILLIS);
        SSLSocket secured = (SSLSocket) tls.createSocket(connecting, host, port, true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        return secured;
    }

    private Socket current() throws IOException {
        Socket now = socket;
        if (now == null) {
            throw new IOException("closed");
        }
        return now;
    }

    @Override
    public int inDoubt() {
        return IN_DOUBT;
    }

    @Override
    public void check() throws IOException {
        Socket now = socket;
        if (now == null) {
            return;
        }
        try {
            now.setSoTimeout(GLANCE_MILLIS);
            int read = now.getInputStream().read();
            throw new EOFException(read < 0 ? "the receiver has ended the connection" : "the receiver says something, which no syslog receiver does");
        } catch (SocketTimeoutException e) {
            return; // it says nothing, as it should
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /**
     * RFC 5425, section 4.4: TLS's own goodbye, and the receiver's end of the connection after it has read all. Nothing but the connection's end bounds a
     * write, and the goodbye is one.
     */
    @Override
    public boolean finish() {
        Socket now = socket;
        Socket under = plain;
        if (now == null || under == null) {
            return false;
        }
        CompletableFuture<Void> end = CompletableFuture.runAsync(() -> close(under), CompletableFuture.delayedExecutor(FINISH_MILLIS, TimeUnit.MILLISECONDS));
        try {
            now.setSoTimeout(FINISH_MILLIS);
            now.shutdownOutput();
            return now.getInputStream().read() < 0;
        } catch (IOException e) {
            return false;
        } finally {
            end.cancel(false);
            close();
        }
    }

    /** The connection first: TLS would wait for who is writing, and so for a receiver that doesn't read, to say its goodbye. */
    @Override
    public void close() {
        Socket under = plain;
        Socket old = socket;
        plain = null;
        socket = null;
        close(under);
        close(old);
    }

    private static void close(Socket open) {
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // it was over already
            }
        }
    }
}
