package im.chancery.host.prosody;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Frames as values, as the vectors name them. */
final class Frames {
    private Frames() {
    }

    /** What the lines of {@code valid.txt} stand for, by name. */
    static Map<String, Frame> named() {
        Map<String, Frame> all = new LinkedHashMap<>();
        byte[] nonce = new byte[32];
        java.util.Arrays.fill(nonce, (byte) 7);
        all.put("hello", new Frame.Hello(1, "Prosody 0.12.3", "run-1", new byte[0]));
        all.put("hello-with-nonce", new Frame.Hello(1, "Prosody 0.12.3", "run-1", nonce));
        all.put("challenge", new Frame.Challenge(nonce, new byte[] {1, 2, 3}));
        all.put("proof", new Frame.Proof(new byte[] {4, 5, 6}));
        all.put("welcome", new Frame.Welcome(1, "node-1", 5000, 67108864, 4194304));
        all.put("submit-direct", new Frame.Submit(1, false, 0, 0, 0, "chat", "ada@example.test/desk", "bob@example.test", "", "", 0,
                "<message/>"));
        all.put("submit-room-private", new Frame.Submit(2, false, 0, 1, 2, "chat", "pat@partner.test/x", "tea@rooms.example.test/Bob",
                "bob@example.test", "tea@rooms.example.test", 17, "<message>é</message>"));
        all.put("recheck-join", new Frame.Submit(3, true, 1, 0, 1, "", "ada@example.test/desk", "tea@rooms.example.test/Ada", "",
                "tea@rooms.example.test", 18, "<presence/>"));
        all.put("room", new Frame.Room("tea@rooms.example.test", 17, List.of("ada@example.test", "bob@example.test")));
        all.put("room-empty", new Frame.Room("tea@rooms.example.test", 0, List.of()));
        all.put("room-gone", new Frame.RoomGone("tea@rooms.example.test"));
        all.put("verdict-allowed", new Frame.Answer(1, true, "node-1/42", "", "", ""));
        all.put("verdict-refused", new Frame.Answer(2, false, "node-1/43", "modify", "policy-violation", "Research may not reach trading."));
        all.put("outcome-handed-on", new Frame.Became(0, "node-1/42"));
        all.put("outcome-bounced", new Frame.Became(1, "node-1/43"));
        all.put("notice", new Frame.Notice("auditor@example.test", "Checkpoint of node-1", "node-1\n42\n"));
        all.put("assigned", new Frame.Assigned("node-1/42", "2026-11-26-1"));
        all.put("presence-available", new Frame.Presence("ada@example.test/desk", true, "dnd", -5));
        all.put("presence-gone", new Frame.Presence("ada@example.test/desk", false, "", 0));
        all.put("snapshot-begin", new Frame.SnapshotBegin("example.test"));
        all.put("snapshot-end", new Frame.SnapshotEnd("example.test"));
        all.put("ping", new Frame.Ping(9));
        all.put("pong", new Frame.Pong(9));
        all.put("bye", new Frame.Bye("the engine stops"));
        return all;
    }

    static byte[] encode(Frame frame) {
        ByteBuffer written = new FrameBuffer().frame(frame).written();
        byte[] bytes = new byte[written.remaining()];
        written.get(bytes);
        return bytes;
    }

    /** All frames of a stream. */
    static List<Frame> decode(byte[] bytes) throws IOException, MalformedFrameException {
        FrameReader reader = new FrameReader(Channels.newChannel(new ByteArrayInputStream(bytes)), Frame.MAX_LENGTH);
        List<Frame> frames = new ArrayList<>();
        for (Optional<Frame> frame = reader.read(); frame.isPresent(); frame = reader.read()) {
            frames.add(frame.get());
        }
        return frames;
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
