package im.chancery.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The Tigase binding translates and does nothing else: what it may use is held by {@link ModuleArrowsTest}, its size here, in lines of code without
 * blank ones, comments, imports and closing braces. Whoever needs more lines asks first whether the engine's edge should have them.
 */
class ThinBindingTest {
    private static final int MOST_LINES = 950;
    private static final Pattern NO_CODE = Pattern.compile("\\s*(|}.?|(/?\\*|//).*|(import|package) .*)");

    @Test
    void theTigaseBindingIsThin() throws IOException {
        Path sources = Chancery.root().resolve("plugins/host-tigase/src/main/java");
        long lines = 0;
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : (Iterable<Path>) files.filter(f -> f.toString().endsWith(".java"))::iterator) {
                lines += code(Files.readAllLines(file));
            }
        }
        assertThat(lines).isBetween(1L, (long) MOST_LINES);
    }

    @Test
    void onlyCodeIsCounted() {
        assertThat(code(List.of("package a;", "", "/** A. */", "class A {", "    // b", "    int b;", "    }", "}"))).isEqualTo(2);
    }

    private static long code(List<String> lines) {
        return lines.stream().filter(line -> !NO_CODE.matcher(line).matches()).count();
    }
}
