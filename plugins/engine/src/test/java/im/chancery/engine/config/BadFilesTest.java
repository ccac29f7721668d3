package im.chancery.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.config.ConfigException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** P10: what is wrong in a file is refused with file, line, column, what was found and what is allowed. */
class BadFilesTest {
    private static final Path CASES = Path.of("src/test/resources/im/chancery/engine/config/bad");

    @TempDir
    Path folder;

    static Stream<Path> cases() throws IOException {
        return Files.list(CASES).sorted();
    }

    /** Each case is a file, a line of equals signs, and the exact problems without the file's name. */
    @ParameterizedTest
    @MethodSource("cases")
    void saysExactlyWhatIsWrong(Path example) throws IOException {
        String[] parts = Files.readString(example).split("(?m)^=====\n", 2);
        assertThat(problems(parts[0].getBytes(StandardCharsets.UTF_8))).isEqualTo(parts[1].lines().toList());
    }

    @Test
    void namesTheByteThatIsNotUtf8() throws IOException {
        byte[] latin1 = "id: x\ntext: Grün\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(problems(latin1)).containsExactly("2:9: found the byte 0xfc, which is not UTF-8 there; allowed: text in UTF-8");
    }

    @Test
    void namesTheByteThatIsNotUtf8AfterAnOldMacLineEnd() throws IOException {
        byte[] bytes = "id: x\r\rtext: Grün".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(problems(bytes)).containsExactly("3:9: found the byte 0xfc, which is not UTF-8 there; allowed: text in UTF-8");
    }

    @Test
    void namesACutCharacterAtTheEnd() throws IOException {
        assertThat(problems(new byte[] {'i', 'd', (byte) 0xc3}))
                .containsExactly("1:3: found the byte 0xc3, which is not UTF-8 there; allowed: text in UTF-8");
    }

    @Test
    void refusesUtf16() throws IOException {
        assertThat(problems("id: x\n".getBytes(StandardCharsets.UTF_16)))
                .containsExactly("1:1: found the byte 0xfe, which is not UTF-8 there; allowed: text in UTF-8");
    }

    @Test
    void namesACharacterThatDoesNotPrint() throws IOException {
        assertThat(problems("id: x\r\ntext: a\0b\n".getBytes(StandardCharsets.UTF_8)))
                .containsExactly("2:8: found the character U+0000; allowed: printable characters; others as \\u escapes in double quotes");
    }

    @Test
    void staysInsideAFileWithoutALastLineEnd() throws IOException {
        assertThat(problems("id: x\nwalls: [{fro".getBytes(StandardCharsets.UTF_8)))
                .containsExactly("2:13: found something that is not YAML (expected ',' or '}', but got <stream end>); allowed: YAML 1.2");
    }

    @Test
    void takesAByteOrderMarkAndWindowsLineEnds() throws Exception {
        Path file = Files.writeString(folder.resolve("c.yaml"), "\uFEFFid: x\r\ncount: 4\r\n");
        var root = ConfigReader.read(file, List.of(Sample.DESCRIPTOR));
        assertThat(root.get("id").orElseThrow().position()).hasToString(file + ":1:5");
        assertThat(root.get("count").orElseThrow().integer()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{a: ", "- ", "? "})
    void refusesDeepNesting(String level) throws IOException {
        assertThat(problems(("id: x\nwalls: \n " + level.repeat(5_000)).getBytes(StandardCharsets.UTF_8)))
                .singleElement().asString().startsWith("3:");
    }

    @Test
    void refusesALargeFile() throws IOException {
        assertThat(problems(("#" + "a".repeat(YamlText.MAXIMUM_BYTES)).getBytes(StandardCharsets.UTF_8)))
                .containsExactly("1:1: found more than 8 MiB; allowed: at most 8 MiB");
    }

    @Test
    void refusesAFileThatIsNotThere() {
        assertThatThrownBy(() -> ConfigReader.read(folder.resolve("none.yaml"), List.of(Sample.DESCRIPTOR)))
                .isInstanceOf(ConfigException.class)
                .hasMessage(folder.resolve("none.yaml") + ":1:1: found no such file; allowed: the path of a config file");
    }

    @Test
    void refusesAFolder() {
        assertThatThrownBy(() -> ConfigReader.read(folder, List.of(Sample.DESCRIPTOR)))
                .isInstanceOf(ConfigException.class).hasMessageContaining(":1:1: found a file that can't be read");
    }

    @Test
    void ofManyProblemsTheFirstAreTold() throws IOException {
        String unknown = IntStream.range(0, 1000).mapToObj(i -> "u" + i + ": x\n").collect(Collectors.joining());
        List<String> told = problems(unknown.getBytes(StandardCharsets.UTF_8));
        assertThat(told).hasSize(100).anyMatch(line -> line.startsWith("1:1: u0: found the unknown key"));
        assertThat(told).last().asString().matches("[0-9]+:1: u[0-9]+: found 9[0-9]{2} more problems from here on; allowed: none");
    }

    @Test
    void readsAValidFileWithPlaces() throws Exception {
        Path file = Files.writeString(folder.resolve("c.yaml"), Sample.VALID);
        var root = ConfigReader.read(file, List.of(Sample.DESCRIPTOR));
        assertThat(root.text("text", "")).isEqualTo("03:00");
        assertThat(root.get("flag").orElseThrow().bool()).isTrue();
        var inherited = root.get("roles").orElseThrow().get("head").orElseThrow().get("inherits").orElseThrow();
        assertThat(inherited.items().get(1).text()).isEqualTo("other");
        assertThat(inherited.items().get(1).path()).isEqualTo("roles.head.inherits[1]");
        assertThat(inherited.items().get(1).position()).hasToString(file + ":17:28");
    }

    private List<String> problems(byte[] content) throws IOException {
        Path file = Files.write(folder.resolve("case.yaml"), content);
        try {
            ConfigReader.read(file, List.of(Sample.DESCRIPTOR));
            return List.of();
        } catch (ConfigException e) {
            return e.problems().stream().map(p -> p.toString().substring(file.toString().length() + 1)).toList();
        }
    }
}
