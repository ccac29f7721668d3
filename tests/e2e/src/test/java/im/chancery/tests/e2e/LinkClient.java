package im.chancery.tests.e2e;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A host that only asks: the host's end of the link, written from docs/link.md alone. For one thread.
 */
final class LinkClient implements AutoCloseable {
    private static final int HELLO = 0x01;
    private static final int WELCOME = 0x04;
    private static final int SUBMIT = 0x10;
    static final int VERDICT = 0x14;
    private static final int OUTCOME = 0x15;

    private final SocketChannel channel;
    private final DataInputStream in;

    /** An answer; {@code record} is empty where nothing was recorded. */
    record Verdict(long id, boolean allowed, String record) {
        /** Reads the body of a VERDICT frame. */
        static Verdict of(DataInputStream body) throws IOException {
            return new Verdict(body.readLong(), body.readByte() == 1, new String(body.readNBytes(body.readInt()), StandardCharsets.UTF_8));
        }
    }

    private LinkClient(SocketChannel channel) {
        this.channel = channel;
        this.in = new DataInputStream(Channels.newInputStream(channel));
    }

    /** Connects and waits for the welcome. */
    static LinkClient connect(Path socket) {
        try {
            LinkClient client = new LinkClient(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
            client.write(frame(HELLO, out -> {
                out.writeByte(1);
                text(out, "test host");
                text(out, "instance");
                text(out, "");
            }));
            client.read(WELCOME);
            return client;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asks about a chat message and waits for the verdict. */
    Verdict ask(long id, String from, String to, String body) {
        return askAll(id, 1, from, to, body).get(0);
    }

    /** Asks about many in one write, and waits for all verdicts. The ids ascend from the first. */
    List<Verdict> askAll(long first, int count, String from, String to, String body) {
        try {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (long id = first; id < first + count; id++) {
                all.write(question(id, from, to, body).array());
            }
            write(ByteBuffer.wrap(all.toByteArray()));
            List<Verdict> verdicts = new ArrayList<>();
            while (verdicts.size() < count) {
                Verdict verdict = Verdict.of(read(VERDICT));
                if (!verdict.record().isEmpty()) {
                    write(frame(OUTCOME, out -> {
                        out.writeByte(verdict.allowed() ? 0 : 1);
                        text(out, verdict.record());
                    }));
                }
                verdicts.add(verdict);
            }
            return verdicts;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ByteBuffer question(long id, String from, String to, String body) throws IOException {
        return frame(SUBMIT, out -> {
            out.writeLong(id);
            out.writeByte(0); // message
            out.writeByte(0); // local
            out.writeByte(0); // direct
            text(out, "chat");
            text(out, from);
            text(out, to);
            text(out, "");
            text(out, "");
            out.writeLong(0);
            text(out, "<message xmlns='jabber:client' type='chat' id='m" + id + "' from='" + from + "' to='" + to + "'><body>" + body
                    + "</body></message>");
        });
    }

    private DataInputStream read(int type) throws IOException {
        byte[] frame = in.readNBytes(in.readInt());
        if (frame[0] != type) {
            throw new AssertionError("frame of type " + type + " expected, got " + new String(frame, StandardCharsets.UTF_8));
        }
        return new DataInputStream(new java.io.ByteArrayInputStream(frame, 1, frame.length - 1));
    }

    private interface Fields {
        void write(DataOutputStream out) throws IOException;
    }

    private static ByteBuffer frame(int type, Fields fields) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        fields.write(new DataOutputStream(body));
        return ByteBuffer.wrap(ByteBuffer.allocate(Integer.BYTES + 1 + body.size()).putInt(1 + body.size()).put((byte) type)
                .put(body.toByteArray()).array());
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
