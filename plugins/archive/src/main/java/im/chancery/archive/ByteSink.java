package im.chancery.archive;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Builds the length-prefixed, big-endian encodings of docs/formats.md. Deterministic: the same calls give the same bytes.
 * Not safe for many threads.
 */
final class ByteSink {
    /** Not a ByteArrayOutputStream: its lock for each byte takes longer than everything else. */
    private byte[] buffer;
    private int size;

    ByteSink() {
        this(256);
    }

    /** @param expected how many bytes there will be, more or less */
    ByteSink(int expected) {
        this.buffer = new byte[expected];
    }

    ByteSink u8(int value) {
        return number(value, 1);
    }

    ByteSink u16(int value) {
        if (value < 0 || value > 0xffff) {
            throw new IllegalArgumentException("does not fit 16 bits: " + value);
        }
        return number(value, Short.BYTES);
    }

    ByteSink u32(int value) {
        return number(value, Integer.BYTES);
    }

    ByteSink u64(long value) {
        return number(value, Long.BYTES);
    }

    private ByteSink number(long value, int bytes) {
        int at = room(bytes);
        for (int i = bytes - 1; i >= 0; i--) {
            buffer[at++] = (byte) (value >>> (Byte.SIZE * i));
        }
        return this;
    }

    ByteSink raw(byte[] bytes) {
        int at = room(bytes.length);
        System.arraycopy(bytes, 0, buffer, at, bytes.length);
        return this;
    }

    /** Makes room for so many bytes, and returns where they go. */
    private int room(int bytes) {
        int at = size;
        size = Math.addExact(size, bytes);
        if (size > buffer.length) {
            buffer = Arrays.copyOf(buffer, (int) Math.max(size, Math.min(2L * buffer.length, Integer.MAX_VALUE - 8)));
        }
        return at;
    }

    /** Text of at most 65,535 bytes of UTF-8, after its length in 16 bits. */
    ByteSink shortText(String text) {
        byte[] utf8 = utf8(text);
        return u16(utf8.length).raw(utf8);
    }

    /** Text after its length in 32 bits. */
    ByteSink longText(String text) {
        byte[] utf8 = utf8(text);
        return u32(utf8.length).raw(utf8);
    }

    byte[] bytes() {
        return Arrays.copyOf(buffer, size);
    }

    /**
     * UTF-8 that can be read back as the same text.
     *
     * @throws IllegalArgumentException if half a surrogate pair is in it, which UTF-8 can't say
     */
    static byte[] utf8(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        // Reading it back is the platform's own fast code; looking at each character took longer than everything else here.
        if (!new String(utf8, StandardCharsets.UTF_8).equals(text)) {
            throw new IllegalArgumentException("half a surrogate pair at character " + halfPair(text) + "; allowed: Unicode text");
        }
        return utf8;
    }

    private static int halfPair(String text) {
        int at = 0;
        while (Character.getType(text.codePointAt(at)) != Character.SURROGATE) {
            at = text.offsetByCodePoints(at, 1);
        }
        return at;
    }
}
