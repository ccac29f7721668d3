package im.chancery.host.prosody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Java end against the vectors that the Lua end is tested against as well. */
class FrameVectorsTest {
    private static final Path VECTORS = Path.of("../../tests/vectors/link");
    private static final HexFormat HEX = HexFormat.of();

    private record Vector(String name, byte[] bytes, String what) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static List<Vector> read(String file) throws IOException {
        return Files.readAllLines(VECTORS.resolve(file)).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split("\\|"))
                .map(parts -> new Vector(parts[0].strip(), HEX.parseHex(parts[1].strip()), parts[2].strip()))
                .toList();
    }

    static Stream<Vector> valid() throws IOException {
        return read("valid.txt").stream();
    }

    static Stream<Vector> malformed() throws IOException {
        return read("malformed.txt").stream();
    }

    @ParameterizedTest
    @MethodSource("valid")
    void validFrameMeansTheSameInBothDirections(Vector vector) throws Exception {
        Frame frame = Frames.named().get(vector.name());
        assertThat(frame).as("a vector that no test knows").isNotNull();
        assertThat(HEX.formatHex(Frames.encode(frame))).isEqualTo(HEX.formatHex(vector.bytes()));
        assertThat(Frames.decode(vector.bytes())).containsExactly(frame);
    }

    @Test
    void everyFrameHasAVector() throws Exception {
        Map<String, Frame> named = Frames.named();
        assertThat(valid().map(Vector::name)).containsExactlyElementsOf(named.keySet());
        assertThat(named.values().stream().map(Object::getClass).distinct().count()).isEqualTo(Frame.class.getPermittedSubclasses().length);
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void malformedFrameIsRefused(Vector vector) {
        assertThatThrownBy(() -> Frames.decode(vector.bytes())).isInstanceOfAny(MalformedFrameException.class, EOFException.class);
    }
}
