package im.chancery.host.prosody;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Whatever the bytes are, the decoder gives frames or refuses; it never fails otherwise, and never invents. */
class FrameReaderTest {

    @Property(tries = 2000)
    void anyBytesAreFramesOrRefused(@ForAll byte[] bytes) {
        assertFramesOrRefused(bytes);
    }

    /** Bytes that come further than noise does: valid frames with some bytes changed. */
    @Property(tries = 3000)
    void damagedFramesAreFramesOrRefused(@ForAll("frames") Frame frame, @ForAll @IntRange(max = 400) int at, @ForAll byte value) {
        byte[] bytes = Frames.encode(frame);
        bytes[at % bytes.length] = value;
        assertFramesOrRefused(bytes);
    }

    @Property(tries = 500)
    void framesSurviveHoweverTheStreamIsCut(@ForAll("manyFrames") List<Frame> frames, @ForAll @IntRange(min = 1, max = 50) int piece) throws Exception {
        FrameBuffer out = new FrameBuffer();
        frames.forEach(out::frame);
        byte[] bytes = new byte[out.size()];
        out.written().get(bytes);
        FrameReader reader = new FrameReader(Channels.newChannel(inPieces(bytes, piece)), Frame.MAX_LENGTH);
        List<Frame> read = new ArrayList<>();
        for (Optional<Frame> frame = reader.read(); frame.isPresent(); frame = reader.read()) {
            read.add(frame.get());
        }
        assertThat(read).isEqualTo(frames);
    }

    @Test
    void frameOfTheGreatestLengthIsReadWhole() throws Exception {
        Frame big = new Frame.Bye("x".repeat(Frame.MAX_LENGTH - 5));
        assertThat(Frames.decode(Frames.encode(big))).containsExactly(big);
    }

    private static void assertFramesOrRefused(byte[] bytes) {
        try {
            for (Frame frame : Frames.decode(bytes)) {
                assertThat(Frames.encode(frame)).isNotEmpty();
            }
        } catch (MalformedFrameException | IOException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    private static InputStream inPieces(byte[] bytes, int piece) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public int read(byte[] to, int offset, int length) {
                return super.read(to, offset, Math.min(length, piece));
            }
        };
    }

    @Provide
    Arbitrary<Frame> frames() {
        Arbitrary<String> text = Arbitraries.strings().ofMaxLength(30);
        Arbitrary<Frame> submits = Combinators.combine(Arbitraries.longs().greaterOrEqual(0), Arbitraries.integers().between(0, 2), text, text, text)
                .as((id, code, from, room, stanza) -> new Frame.Submit(id, code == 2, code, code, code, "", from, from, room, room, id, stanza));
        Arbitrary<Frame> rooms = Combinators.combine(text, text.list().ofMaxSize(5)).as((room, list) -> new Frame.Room(room, 3, list));
        return Arbitraries.oneOf(Arbitraries.of(Frames.named().values()), submits, rooms);
    }

    @Provide
    Arbitrary<List<Frame>> manyFrames() {
        return frames().list().ofMaxSize(20);
    }
}
