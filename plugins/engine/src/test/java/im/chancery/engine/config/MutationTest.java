package im.chancery.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Option;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever is done to a file, it is read or refused with a place inside it; nothing else is ever thrown. */
class MutationTest {
    private static final List<String> TOKENS = List.of("{", "}", "[", "]", ":", ": ", "- ", "? ", "\n", "\r", "\t", " ", "  ", "'", "\"", "#", "&a ", "*a",
            "!!map ", "!x ", "---\n", "...\n", "%YAML 1.2\n", "%TAG ! x\n", "|\n", ">-\n", "|9\n", "\\U00110000", "\\x", "\"\\x\n", "@", "`", "<<: ", "0x", "1e999", "~", "null",
            ".inf", "90", "-1", "\u0000", "\u0085", "\u2028", "\uFEFF", "\uD83D\uDE00", "a@b/c", "id: ", "walls:\n", "2026-11-22");

    private static final Option ROOT = SchemaGenerator.root(List.of(Sample.DESCRIPTOR));

    /** Removes some characters at a place and puts a token there. */
    record Edit(double place, int removed, String inserted) {
        String on(String text) {
            int from = (int) (place * text.length());
            return text.substring(0, from) + inserted + text.substring(Math.min(text.length(), from + removed));
        }
    }

    @Provide
    Arbitrary<List<Edit>> edits() {
        Arbitrary<String> inserted = Arbitraries.oneOf(Arbitraries.of(TOKENS), Arbitraries.strings().ofMaxLength(3), Arbitraries.just(""));
        return Combinators.combine(Arbitraries.doubles().between(0, 1), Arbitraries.integers().between(0, 12), inserted).as(Edit::new)
                .list().ofMinSize(1).ofMaxSize(6);
    }

    @Property(tries = 5_000)
    void editedFilesAreReadOrRefusedWithAPlace(@ForAll("edits") List<Edit> edits) {
        String text = Sample.VALID;
        for (Edit edit : edits) {
            text = edit.on(text);
        }
        judge(text.getBytes(StandardCharsets.UTF_8));
    }

    @Property(tries = 500)
    void anyBytesAreReadOrRefusedWithAPlace(@ForAll byte[] bytes) {
        judge(bytes);
    }

    private static void judge(byte[] bytes) {
        try {
            String text = YamlText.decode("f", bytes);
            YamlValue value = YamlParser.parse("f", text);
            List<ConfigProblem> problems = SchemaCheck.problems(ROOT, value);
            problems.forEach(p -> assertInside(p, bytes));
            if (problems.isEmpty()) {
                value.node("");
            }
        } catch (ConfigException e) {
            assertThat(e.problems()).isNotEmpty();
            e.problems().forEach(p -> assertInside(p, bytes));
        }
    }

    private static void assertInside(ConfigProblem problem, byte[] bytes) {
        String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\r\n|\r|\n", -1);
        int line = problem.position().line();
        assertThat(line).as("line of %s", problem).isBetween(1, lines.length);
        int length = lines[line - 1].codePointCount(0, lines[line - 1].length());
        assertThat(problem.position().column()).as("column of %s", problem).isBetween(1, length + 1);
        assertThat(problem.found()).isNotBlank();
        assertThat(problem.allowed()).isNotBlank();
        assertThat(problem.toString().lines()).as("one line").hasSize(1);
    }
}
