package im.chancery.tests.e2e;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
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
    private final SocketChannel channel;
    private final DataInputStream in;

    /** An answer; {@code record} is empty where nothing was recorded. */
    record Verdict(long id, boolean allowed, String record) {
        /** Reads the body of a VERDICT frame. */
        static Verdict of(DataInputStream body) throws IOException {
            return new Verdict(body.readLong(), body.readByte() == 1, LinkFrames.text(body));
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
            client.write(LinkFrames.hello("test host", "instance"));
            client.read(LinkFrames.WELCOME);
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
                Verdict verdict = Verdict.of(read(LinkFrames.VERDICT));
                if (!verdict.record().isEmpty()) {
                    write(LinkFrames.frame(LinkFrames.OUTCOME, out -> {
                        out.writeByte(verdict.allowed() ? 0 : 1);
                        LinkFrames.text(out, verdict.record());
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
        return LinkFrames.frame(LinkFrames.SUBMIT, out -> {
            out.writeLong(id);
            out.writeByte(0); // message
            out.writeByte(0); // local
            out.writeByte(0); // direct
            LinkFrames.text(out, "chat");
            LinkFrames.text(out, from);
            LinkFrames.text(out, to);
            LinkFrames.text(out, "");
            LinkFrames.text(out, "");
            out.writeLong(0);
            LinkFrames.text(out, "<message xmlns='jabber:client' type='chat' id='m" + id + "' from='" + from + "' to='" + to + "'><body>" + body
                    + "</body></message>");
        });
    }

    private DataInputStream read(int type) throws IOException {
        LinkFrames.Received frame = LinkFrames.read(in);
        if (frame.type() != type) {
            throw new AssertionError("frame of type " + type + " expected, got type " + frame.type() + ": "
                    + new String(frame.body().readAllBytes(), StandardCharsets.UTF_8));
        }
        return frame.body();
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
