package im.chancery.host.prosody;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever comes over the link is frames, or refused: nothing else, and nothing is understood that wasn't said so. */
class FramesFuzzTest {
    /** What a stream was read as. {@code refused} is why it was not read to its end; empty where it was. */
    private record Read(List<Frame> frames, Optional<String> refused) {
        static Read of(InputStream bytes) throws IOException {
            FrameReader reader = new FrameReader(Channels.newChannel(bytes), Frame.MAX_LENGTH);
            List<Frame> frames = new ArrayList<>();
            try {
                for (Optional<Frame> frame = reader.read(); frame.isPresent(); frame = reader.read()) {
                    frames.add(frame.get());
                }
                return new Read(frames, Optional.empty());
            } catch (MalformedFrameException | EOFException e) {
                return new Read(frames, Optional.of(e.getMessage()));
            }
        }
    }

    static Stream<byte[]> seeds() throws IOException {
        return Stream.concat(LinkSeeds.valid().stream(), LinkSeeds.malformed().stream());
    }

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "1h")
    void anyBytesShouldBeFramesOrRefused(byte[] bytes) throws IOException {
        Read read = Read.of(new ByteArrayInputStream(bytes));
        read.refused().ifPresent(why -> assertThat(why).isNotBlank());
        FrameBuffer again = new FrameBuffer();
        read.frames().forEach(again::frame);
        byte[] written = new byte[again.size()];
        again.written().get(written);
        assertThat(written).as("one frame has one encoding").isEqualTo(Arrays.copyOf(bytes, written.length));
        assertThat(read.refused().isEmpty()).as("read to the end").isEqualTo(written.length == bytes.length);
        assertThat(Read.of(inPieces(bytes))).as("however the stream is cut").isEqualTo(read);
    }

    private static InputStream inPieces(byte[] bytes) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public int read(byte[] to, int offset, int length) {
                return super.read(to, offset, Math.min(length, 3));
            }
        };
    }
}
