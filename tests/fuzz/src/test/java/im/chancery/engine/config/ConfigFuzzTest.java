package im.chancery.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever a config file is: it is a config, or refused with all that is wrong, each with a place inside the file, what was found and what is
 * allowed (P10). All modules' own checks included.
 */
class ConfigFuzzTest {
    private static final Path EXAMPLES = Path.of("../../config");

    @TempDir
    private static Path folder;

    static Stream<byte[]> seeds() throws IOException {
        return Stream.of(Files.readAllBytes(EXAMPLES.resolve("chancery.yaml")), Files.readAllBytes(EXAMPLES.resolve("organisation.yaml")));
    }

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "1h")
    void anyFileShouldBeAConfigOrRefusedWithAPlace(byte[] bytes) {
        Path file = folder.resolve("chancery.yaml");
        try {
            String text = YamlText.decode(file.toString(), bytes);
            ConfigNode root = ConfigReader.read(file, text);
            assertThat(root.position().file()).isEqualTo(file.toString());
            assertThat(ConfigReader.read(file, text)).as("the same text means the same").extracting(ConfigNode::content).isEqualTo(root.content());
        } catch (ConfigException e) {
            assertThat(e.problems()).isNotEmpty();
            e.problems().forEach(problem -> assertTold(problem, file, bytes));
        }
    }

    private static void assertTold(ConfigProblem problem, Path file, byte[] bytes) {
        assertThat(problem.position().file()).isEqualTo(file.toString());
        String text = new String(bytes, StandardCharsets.UTF_8);
        String[] lines = (text.startsWith("\uFEFF") ? text.substring(1) : text).split("\r\n|\r|\n", -1);
        int line = problem.position().line();
        assertThat(line).as("line of %s", problem).isBetween(1, lines.length);
        int length = lines[line - 1].codePointCount(0, lines[line - 1].length());
        assertThat(problem.position().column()).as("column of %s", problem).isBetween(1, length + 1);
        assertThat(problem.found()).isNotBlank();
        assertThat(problem.allowed()).isNotBlank();
        assertThat(problem.toString().lines()).as("one line").hasSize(1);
    }
}
