package im.chancery.archive.syslog;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;

/**
 * Syslog over UDP (RFC 5426): a datagram for each message. Nobody tells what has arrived; only that nobody listens may come back, and fails the next
 * message.
 */
public final class DatagramTransport implements SyslogTransport {
    private final String host;
    private final int port;
    private volatile DatagramSocket socket;

    /** @param port 1 to 65,535; 514 is usual */
    public DatagramTransport(String host, int port) {
        this.host = host;
        this.port = port;
    }

    @Override
    public void send(byte[] message) throws IOException {
        try {
            DatagramSocket to = socket;
            if (to == null) {
                to = new DatagramSocket();
                socket = to;
                to.connect(resolved(host, port));
            }
            to.send(new DatagramPacket(message, message.length));
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    static InetSocketAddress resolved(String host, int port) throws IOException {
        InetSocketAddress to = new InetSocketAddress(host, port);
        if (to.isUnresolved()) {
            throw new IOException("no address known for " + host);
        }
        return to;
    }

    /** That nobody listens is told of the one before. */
    @Override
    public int inDoubt() {
        return 1;
    }

    @Override
    public void check() {
        // there is no connection that could have ended
    }

    @Override
    public boolean finish() {
        close();
        return false;
    }

    @Override
    public void close() {
        DatagramSocket old = socket;
        socket = null;
        if (old != null) {
            old.close();
        }
    }
}
