package im.chancery.host.prosody;

import im.chancery.engine.config.LinkOptions;
import java.util.Arrays;
import java.util.List;

/**
 * One frame of the link between a host and the engine, as docs/link.md lays it out. Values are checked for form by
 * {@link FrameCodec}, not for meaning.
 */
sealed interface Frame {

    /** The protocol's version; a peer of another version is refused with a text that names both. */
    int VERSION = 1;

    /** The longest frame either side accepts, length field not counted. A host's stanza limit is far below. */
    int MAX_LENGTH = LinkOptions.LONGEST_FRAME;

    /** The frame's type byte. */
    int type();

    /** Appends the fields in the order of docs/link.md. */
    void body(FrameBuffer out);

    /** Host's first frame. {@code nonce} is empty where the host has no secret; {@code instance} names this run of the host. */
    record Hello(int version, String software, String instance, byte[] nonce) implements Frame {
        static final int CODE = 0x01;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.u8(version).text(software).text(instance).bytes(nonce);
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Hello h && h.version == version && h.software.equals(software)
                    && h.instance.equals(instance) && Arrays.equals(h.nonce, nonce);
        }

        @Override
        public int hashCode() {
            return instance.hashCode();
        }

        @Override
        public String toString() {
            return "Hello[version=" + version + ", software=" + software + "]";
        }
    }

    /** Engine's answer where a secret is set: its own nonce and the proof that it knows the secret. */
    record Challenge(byte[] nonce, byte[] proof) implements Frame {
        static final int CODE = 0x02;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.bytes(nonce).bytes(proof);
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Challenge c && Arrays.equals(c.nonce, nonce) && Arrays.equals(c.proof, proof);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(nonce);
        }

        @Override
        public String toString() {
            return "Challenge[]";
        }
    }

    /** Host's proof that it knows the secret. */
    record Proof(byte[] proof) implements Frame {
        static final int CODE = 0x03;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.bytes(proof);
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Proof p && Arrays.equals(p.proof, proof);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(proof);
        }

        @Override
        public String toString() {
            return "Proof[]";
        }
    }

    /**
     * The link is open. {@code node} is the engine's name, {@code deadlineMillis} how long the host waits for a verdict,
     * {@code maxHeld} how many bytes of unanswered questions it keeps, {@code maxFrame} the longest frame it may send.
     */
    record Welcome(int version, String node, long deadlineMillis, long maxHeld, long maxFrame) implements Frame {
        static final int CODE = 0x04;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.u8(version).text(node).u64(deadlineMillis).u64(maxHeld).u64(maxFrame);
        }
    }

    /**
     * A question: may this stanza pass? {@code recipient} and {@code room} are {@code ""} where there is none;
     * {@code roomVersion} is that of the last {@link Room} frame for the room. The codes are those of docs/link.md.
     */
    record Submit(long id, boolean recheck, int kind, int direction, int place, String stanzaType, String from, String to,
                  String recipient, String room, long roomVersion, String stanza) implements Frame {
        /** The type byte of a question. */
        static final int CODE = 0x10;
        /** The type byte of a question asked again, see {@link im.chancery.core.Gate#recheck}. */
        static final int RECHECK_CODE = 0x11;

        /** Whether the host doesn't hold it: a goodbye that leaves a room goes on, and the question tells of it. */
        boolean goesOn() {
            return kind == 1 && place == 1 && stanzaType.equals("unavailable");
        }

        @Override
        public int type() {
            return recheck ? RECHECK_CODE : CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.u64(id).u8(kind).u8(direction).u8(place).text(stanzaType).text(from).text(to).text(recipient).text(room)
                    .u64(roomVersion).text(stanza);
        }

        @Override
        public String toString() {
            return "Submit[id=" + id + ", kind=" + kind + "]";
        }
    }

    /** Asks the host to send a message from one of its own domains. {@code to} is a bare address. */
    record Notice(String to, String subject, String text) implements Frame {
        static final int CODE = 0x16;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.text(to).text(subject).text(text);
        }

        @Override
        public String toString() {
            return "Notice[]";
        }
    }

    /** The occupants of a room, by real bare address, from now on. */
    record Room(String room, long version, List<String> occupants) implements Frame {
        static final int CODE = 0x12;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.text(room).u64(version).u32(occupants.size());
            occupants.forEach(out::text);
        }

        public Room {
            occupants = List.copyOf(occupants);
        }

        @Override
        public String toString() {
            return "Room[version=" + version + "]";
        }
    }

    /** The room is gone; the engine may forget it. */
    record RoomGone(String room) implements Frame {
        static final int CODE = 0x13;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.text(room);
        }

        @Override
        public String toString() {
            return "RoomGone[]";
        }
    }

    /** The answer. {@code record} is {@code ""} where nothing could be recorded; the error's parts are {@code ""} where allowed. */
    record Answer(long id, boolean allowed, String record, String errorType, String condition, String text) implements Frame {
        static final int CODE = 0x14;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.u64(id).u8(allowed ? 1 : 0).text(record).text(errorType).text(condition).text(text);
        }
    }

    /** What became of an attempt; codes as in docs/link.md. */
    record Became(int outcome, String record) implements Frame {
        static final int CODE = 0x15;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.u8(outcome).text(record);
        }
    }

    /** The id that a room has given to an attempt when it handed it on (XEP-0359). */
    record Assigned(String record, String id) implements Frame {
        static final int CODE = 0x18;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.text(record).text(id);
        }
    }

    /** A presence change. */
    record Presence(String who, boolean available, String show, int priority) implements Frame {
        static final int CODE = 0x20;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.text(who).u8(available ? 1 : 0).text(show).u8(priority & 0xff);
        }

        @Override
        public String toString() {
            return "Presence[available=" + available + "]";
        }
    }

    /** The presence frames up to {@link SnapshotEnd} are all there is for the domain. */
    record SnapshotBegin(String domain) implements Frame {
        static final int CODE = 0x21;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.text(domain);
        }
    }

    /** See {@link SnapshotBegin}. */
    record SnapshotEnd(String domain) implements Frame {
        static final int CODE = 0x22;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.text(domain);
        }
    }

    /** Asks for a {@link Pong} with the same token. */
    record Ping(long token) implements Frame {
        static final int CODE = 0x30;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.u64(token);
        }
    }

    /** Answers a {@link Ping}. */
    record Pong(long token) implements Frame {
        static final int CODE = 0x31;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.u64(token);
        }
    }

    /** The sender closes the link and says why. */
    record Bye(String reason) implements Frame {
        static final int CODE = 0x3f;

        @Override
        public int type() {
            return CODE;
        }

        @Override
        public void body(FrameBuffer out) {
            out.text(reason);
        }
    }
}
