package im.chancery.tests.e2e;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The frames of the host's end of the link, written from docs/link.md alone. */
final class LinkFrames {
    static final int HELLO = 0x01;
    static final int WELCOME = 0x04;
    static final int SUBMIT = 0x10;
    static final int RECHECK = 0x11;
    static final int ROOM = 0x12;
    static final int VERDICT = 0x14;
    static final int OUTCOME = 0x15;
    static final int ASSIGNED = 0x18;
    static final int PRESENCE = 0x20;
    static final int SNAPSHOT_BEGIN = 0x21;
    static final int SNAPSHOT_END = 0x22;
    static final int PING = 0x30;
    static final int PONG = 0x31;
    static final int BYE = 0x3f;

    private LinkFrames() {
    }

    /** A frame that has come: its type, and its body to be read. */
    record Received(int type, DataInputStream body) {
    }

    /** Writes a frame's fields. */
    interface Fields {
        void write(DataOutputStream out) throws IOException;
    }

    /** A whole frame, ready to be sent. */
    static ByteBuffer frame(int type, Fields fields) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        fields.write(new DataOutputStream(body));
        return ByteBuffer.allocate(Integer.BYTES + 1 + body.size()).putInt(1 + body.size()).put((byte) type).put(body.toByteArray()).flip();
    }

    /** The first frame, of a host without a secret. */
    static ByteBuffer hello(String software, String instance) throws IOException {
        return frame(HELLO, out -> {
            out.writeByte(1);
            text(out, software);
            text(out, instance);
            text(out, "");
        });
    }

    /** Waits for a frame. */
    static Received read(DataInputStream in) throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return new Received(frame[0], new DataInputStream(new ByteArrayInputStream(frame, 1, frame.length - 1)));
    }

    static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    static String text(DataInputStream body) throws IOException {
        return new String(body.readNBytes(body.readInt()), StandardCharsets.UTF_8);
    }
}
