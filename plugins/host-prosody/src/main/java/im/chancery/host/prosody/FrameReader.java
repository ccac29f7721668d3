package im.chancery.host.prosody;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads frames from a channel (docs/link.md, "Frames"): {@code u32 length | u8 type | body}, numbers big-endian, a text
 * being {@code u32 length | UTF-8}. Strict: an unknown type, a number out of range, a field cut short, bytes left over and
 * malformed UTF-8 are all refused, and nothing is allocated on the word of a length that the frame does not hold.
 */
final class FrameReader {
    private static final int CHUNK = 64 << 10;

    private final ReadableByteChannel channel;
    private final int maxLength;
    private ByteBuffer buffer = ByteBuffer.allocate(CHUNK).flip();

    FrameReader(ReadableByteChannel channel, int maxLength) {
        this.channel = channel;
        this.maxLength = maxLength;
    }

    /**
     * Waits for the next frame.
     *
     * @return empty at the end of the stream
     * @throws EOFException            if the stream ends within a frame
     * @throws MalformedFrameException if the bytes are no frame
     */
    Optional<Frame> read() throws IOException, MalformedFrameException {
        if (!fill(Integer.BYTES)) {
            if (buffer.hasRemaining()) {
                throw new EOFException("the stream ends within a frame's length");
            }
            return Optional.empty();
        }
        int length = buffer.getInt(buffer.position());
        if (length < 1 || length > maxLength) {
            throw new MalformedFrameException("frame length " + Integer.toUnsignedString(length) + "; allowed: 1 to " + maxLength);
        }
        if (!fill(Integer.BYTES + length)) {
            throw new EOFException("the stream ends within a frame");
        }
        ByteBuffer frame = buffer.slice(buffer.position() + Integer.BYTES, length);
        buffer.position(buffer.position() + Integer.BYTES + length);
        return Optional.of(decode(frame));
    }

    /** Makes at least so many bytes available; false if the stream ends before. */
    private boolean fill(int wanted) throws IOException {
        while (buffer.remaining() < wanted) {
            if (buffer.capacity() - buffer.position() < wanted) {
                ByteBuffer bigger = wanted > buffer.capacity() ? ByteBuffer.allocate(Math.max(wanted, CHUNK)) : buffer;
                buffer = bigger == buffer ? buffer.compact().flip() : bigger.put(buffer).flip();
            }
            int end = buffer.limit();
            ByteBuffer free = buffer.duplicate().limit(buffer.capacity()).position(end);
            int n = channel.read(free);
            if (n < 0) {
                return false;
            }
            buffer.limit(end + n);
        }
        return true;
    }

    /** Reads the one frame whose type and body {@code in} holds. */
    static Frame decode(ByteBuffer in) throws MalformedFrameException {
        int type = number(in, 255, "type");
        Frame frame = switch (type) {
            case Frame.Hello.CODE -> new Frame.Hello(number(in, 255, "version"), text(in), text(in), bytes(in));
            case Frame.Challenge.CODE -> new Frame.Challenge(bytes(in), bytes(in));
            case Frame.Proof.CODE -> new Frame.Proof(bytes(in));
            case Frame.Welcome.CODE -> new Frame.Welcome(number(in, 255, "version"), text(in), u64(in), u64(in), u64(in));
            case Frame.Submit.CODE, Frame.Submit.RECHECK_CODE -> new Frame.Submit(u64(in), type == Frame.Submit.RECHECK_CODE,
                    number(in, 2, "kind"), number(in, 2, "direction"), number(in, 2, "place"), text(in), text(in), text(in),
                    text(in), text(in), u64(in), text(in));
            case Frame.Room.CODE -> new Frame.Room(text(in), u64(in), texts(in));
            case Frame.RoomGone.CODE -> new Frame.RoomGone(text(in));
            case Frame.Answer.CODE -> new Frame.Answer(u64(in), number(in, 1, "allowed") == 1, text(in), text(in), text(in), text(in));
            case Frame.Became.CODE -> new Frame.Became(number(in, 2, "outcome"), text(in));
            case Frame.Assigned.CODE -> new Frame.Assigned(text(in), text(in));
            case Frame.Notice.CODE -> new Frame.Notice(text(in), text(in), text(in));
            case Frame.Presence.CODE -> new Frame.Presence(text(in), number(in, 1, "available") == 1, text(in), (byte) number(in, 255, "priority"));
            case Frame.SnapshotBegin.CODE -> new Frame.SnapshotBegin(text(in));
            case Frame.SnapshotEnd.CODE -> new Frame.SnapshotEnd(text(in));
            case Frame.Ping.CODE -> new Frame.Ping(u64(in));
            case Frame.Pong.CODE -> new Frame.Pong(u64(in));
            case Frame.Bye.CODE -> new Frame.Bye(text(in));
            default -> throw new MalformedFrameException("unknown frame type " + type);
        };
        if (in.hasRemaining()) {
            throw new MalformedFrameException(in.remaining() + " bytes left over in a frame of type " + type);
        }
        return frame;
    }

    private static int number(ByteBuffer in, int max, String field) throws MalformedFrameException {
        need(in, 1);
        int value = Byte.toUnsignedInt(in.get());
        if (value > max) {
            throw new MalformedFrameException(field + " is " + value + "; allowed: 0 to " + max);
        }
        return value;
    }

    private static long u64(ByteBuffer in) throws MalformedFrameException {
        need(in, Long.BYTES);
        long value = in.getLong();
        if (value < 0) {
            throw new MalformedFrameException("a number above 2^63-1");
        }
        return value;
    }

    private static byte[] bytes(ByteBuffer in) throws MalformedFrameException {
        need(in, Integer.BYTES);
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new MalformedFrameException("a field of " + Integer.toUnsignedString(length) + " bytes, " + in.remaining() + " left in the frame");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private static String text(ByteBuffer in) throws MalformedFrameException {
        byte[] bytes = bytes(in);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') >= 0) {
            requireValid(bytes);
        }
        return text;
    }

    /** The lenient decoder is intrinsic and fast, so the strict one looks only at texts where the former has replaced something. */
    private static void requireValid(byte[] bytes) throws MalformedFrameException {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        } catch (CharacterCodingException e) {
            throw new MalformedFrameException("a text that is not UTF-8");
        }
    }

    private static List<String> texts(ByteBuffer in) throws MalformedFrameException {
        need(in, Integer.BYTES);
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / Integer.BYTES) {
            throw new MalformedFrameException("a list of " + Integer.toUnsignedString(count) + " texts, " + in.remaining() + " bytes left in the frame");
        }
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(text(in));
        }
        return texts;
    }

    private static void need(ByteBuffer in, int bytes) throws MalformedFrameException {
        if (in.remaining() < bytes) {
            throw new MalformedFrameException("a frame cut short: " + bytes + " bytes wanted, " + in.remaining() + " left");
        }
    }
}
