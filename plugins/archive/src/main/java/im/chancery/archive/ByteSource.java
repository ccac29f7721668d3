package im.chancery.archive;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads what {@link ByteSink} wrote. Anything cut short, too long or not UTF-8 is an {@link ArchiveException}. */
final class ByteSource {
    private final ByteBuffer in;
    private final String what;

    /** @param what names the thing read, for errors */
    ByteSource(byte[] bytes, String what) {
        this.in = ByteBuffer.wrap(bytes);
        this.what = what;
    }

    int u8() {
        try {
            return in.get() & 0xff;
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    int u16() {
        return u8() << 8 | u8();
    }

    int u32() {
        try {
            return in.getInt();
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    long u64() {
        try {
            return in.getLong();
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    byte[] raw(int length) {
        if (length < 0 || length > in.remaining()) {
            throw cutShort(null);
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    String shortText() {
        return text(u16());
    }

    String longText() {
        return text(u32());
    }

    int position() {
        return in.position();
    }

    int remaining() {
        return in.remaining();
    }

    /** Ends the reading: nothing may be left. */
    void end() {
        if (in.hasRemaining()) {
            throw new ArchiveException(what + ": " + in.remaining() + " bytes too many at byte " + in.position());
        }
    }

    private String text(int length) {
        byte[] utf8 = raw(length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
        } catch (CharacterCodingException e) {
            throw new ArchiveException(what + ": not UTF-8 before byte " + in.position(), e);
        }
    }

    private ArchiveException cutShort(Throwable cause) {
        return new ArchiveException(what + ": cut short at byte " + in.position() + " of " + in.limit(), cause);
    }
}
