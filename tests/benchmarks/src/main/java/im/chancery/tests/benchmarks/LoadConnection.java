package im.chancery.tests.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.BiConsumer;

/**
 * One client connection of the load generator: plain TCP, SASL PLAIN (RFC 6120, section 6; RFC 4616), and a reader that
 * looks only for message stanzas and their ids. It is no XMPP client: it spares the CPU that the servers under test need.
 * Used by one thread.
 */
final class LoadConnection implements AutoCloseable {
    private static final byte[] OPEN = bytes("<message");
    private static final byte[] CLOSE = bytes("</message>");
    /** Prosody puts values in single quotes, Tigase in double ones. */
    private static final byte[] ID = bytes(" id=");
    private static final byte[] TYPE = bytes(" type=");
    private static final byte[] ERROR = bytes("error");

    final SocketChannel channel;
    final String jid;
    private ByteBuffer in = ByteBuffer.allocate(1 << 17);

    LoadConnection(InetSocketAddress server, String domain, String user, String password) throws IOException {
        channel = SocketChannel.open(server);
        channel.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
        jid = user + "@" + domain;
        String stream = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='" + domain
                + "' version='1.0'>";
        exchange("<?xml version='1.0'?>" + stream, "</stream:features>");
        String plain = Base64.getEncoder().encodeToString(("\0" + user + "\0" + password).getBytes(StandardCharsets.UTF_8));
        exchange("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + plain + "</auth>", "<success");
        exchange("<?xml version='1.0'?>" + stream, "</stream:features>");
        exchange("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>load</resource></bind></iq>", "</iq>");
        exchange("<presence/>", "<presence");
        channel.configureBlocking(false);
    }

    private void exchange(String send, String until) throws IOException {
        write(ByteBuffer.wrap(bytes(send)));
        StringBuilder seen = new StringBuilder();
        ByteBuffer b = ByteBuffer.allocate(8192);
        while (seen.indexOf(until) < 0) {
            if (channel.read(b.clear()) < 0 || seen.indexOf("<failure") >= 0) {
                throw new IOException(jid + ": expected " + until + ", got " + seen);
            }
            seen.append(new String(b.array(), 0, b.position(), StandardCharsets.UTF_8));
        }
    }

    /** Writes all of it, spinning while the socket's buffer is full. */
    void write(ByteBuffer out) throws IOException {
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    /** Reads what is there and reports each whole message stanza: its numeric id, and whether it is an error. */
    void read(BiConsumer<Integer, Boolean> message) throws IOException {
        int n;
        while ((n = channel.read(in)) > 0) {
            if (!in.hasRemaining()) {
                consume(message);
                if (!in.hasRemaining()) {
                    in = ByteBuffer.allocate(in.capacity() * 2).put(in.flip());
                }
            }
        }
        if (n < 0) {
            throw new IOException(jid + ": the server closed the stream");
        }
        consume(message);
    }

    private void consume(BiConsumer<Integer, Boolean> message) {
        byte[] a = in.array();
        int end = in.position();
        int done = 0;
        while (true) {
            int start = find(a, OPEN, done, end);
            int close = start < 0 ? -1 : find(a, CLOSE, start, end);
            if (close < 0) {
                break;
            }
            int head = find(a, bytes(">"), start, close);
            int id = find(a, ID, start, head);
            int value = 0;
            for (int i = id + ID.length + 1; id >= 0 && a[i] >= '0' && a[i] <= '9'; i++) {
                value = value * 10 + a[i] - '0';
            }
            int type = find(a, TYPE, start, head);
            int text = type + TYPE.length + 1;
            message.accept(id < 0 ? -1 : value, type >= 0 && find(a, ERROR, text, text + ERROR.length) == text);
            done = close + CLOSE.length;
        }
        in.limit(end).position(done);
        in.compact();
    }

    private static int find(byte[] a, byte[] what, int from, int end) {
        outer:
        for (int i = from; i <= end - what.length; i++) {
            for (int k = 0; k < what.length; k++) {
                if (a[i + k] != what[k]) {
                    continue outer;
                }
            }
            return i;
        }
        return -1;
    }

    private static byte[] bytes(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
