package im.chancery.host.prosody;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A growing buffer of encoded frames, big-endian. Not safe for several threads. */
final class FrameBuffer {
    private static final int FIRST_SIZE = 8 << 10;

    private ByteBuffer buffer = ByteBuffer.allocate(FIRST_SIZE);

    /** Appends {@code u32 length | u8 type | body}. */
    FrameBuffer frame(Frame frame) {
        int start = buffer.position();
        u32(0).u8(frame.type());
        frame.body(this);
        buffer.putInt(start, buffer.position() - start - Integer.BYTES);
        return this;
    }

    FrameBuffer u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    FrameBuffer u32(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    FrameBuffer u64(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    FrameBuffer text(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    FrameBuffer bytes(byte[] bytes) {
        u32(bytes.length);
        room(bytes.length).put(bytes);
        return this;
    }

    int size() {
        return buffer.position();
    }

    /** What was appended since the last {@link #clear}, ready to be written. Valid until the next change. */
    ByteBuffer written() {
        return buffer.duplicate().flip();
    }

    void clear() {
        buffer.clear();
    }

    private ByteBuffer room(int wanted) {
        if (buffer.remaining() < wanted) {
            int size = Math.max(buffer.capacity() * 2, buffer.position() + wanted);
            buffer = ByteBuffer.allocate(size).put(buffer.flip());
        }
        return buffer;
    }
}
