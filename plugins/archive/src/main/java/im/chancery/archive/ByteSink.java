package im.chancery.archive;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Builds the length-prefixed, big-endian encodings of docs/formats.md. Deterministic: the same calls give the same bytes.
 * Not safe for many threads.
 */
final class ByteSink {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(256);

    ByteSink u8(int value) {
        out.write(value);
        return this;
    }

    ByteSink u16(int value) {
        if (value < 0 || value > 0xffff) {
            throw new IllegalArgumentException("does not fit 16 bits: " + value);
        }
        out.write(value >>> 8);
        out.write(value);
        return this;
    }

    ByteSink u32(int value) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            out.write(value >>> shift);
        }
        return this;
    }

    ByteSink u64(long value) {
        for (int shift = 56; shift >= 0; shift -= 8) {
            out.write((int) (value >>> shift));
        }
        return this;
    }

    ByteSink raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
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
        return out.toByteArray();
    }

    /**
     * UTF-8 that can be read back as the same text.
     *
     * @throws IllegalArgumentException if half a surrogate pair is in it, which UTF-8 can't say
     */
    static byte[] utf8(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    throw new IllegalArgumentException("half a surrogate pair at character " + i + "; allowed: Unicode text");
                }
                i++;
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
