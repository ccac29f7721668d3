package im.chancery.tests.config;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.config.ConfigCheck;
import im.chancery.core.config.ConfigProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** However the example is spoilt, all modules together read it or refuse it with a place inside it. */
class ExampleMutationTest {
    private static final List<String> WORDS = List.of("", "90", "90 days", "true", "null", "''", "{}", "[]", "x", "example.org", "ann@example.org",
            "nobody@elsewhere.example", "rooms.example.org", "research", "\"a\\0b\"", "\"\\uD800\"", "'a b'", "-1", "99999999999999999999", "unix:", "tcp:127.0.0.1:0",
            "0.0.0.0:1", "[::1]:99999", "default", "audit", "99999 years", "file", "syslog", "ünïcode");

    private static ConfigCheck check;
    private static String example;
    private static Path file;

    /** A word of the example replaced by another, or left out. */
    record Edit(int word, String instead) {
    }

    @BeforeContainer
    static void read() throws IOException {
        check = ServiceLoader.load(ConfigCheck.class).findFirst().orElseThrow();
        example = Files.readString(Repository.EXAMPLE).replaceAll("(?m)^# (presence:|  .*)$", "$1");
        file = Files.createTempFile("chancery", ".yaml");
    }

    @AfterContainer
    static void delete() throws IOException {
        Files.delete(file);
    }

    @Provide
    Arbitrary<List<Edit>> edits() {
        return Combinators.combine(Arbitraries.integers().between(0, 10_000), Arbitraries.of(WORDS)).as(Edit::new)
                .list().ofMinSize(1).ofMaxSize(3);
    }

    @Property(tries = 2_000)
    void spoiltExamplesAreReadOrRefusedWithAPlace(@ForAll("edits") List<Edit> edits) throws IOException {
        // Words with what stands between them: every second part is a word.
        String[] parts = example.split("(?<=[\\s,{}\\[\\]])(?=[^\\s,{}\\[\\]])|(?<=[^\\s,{}\\[\\]])(?=[\\s,{}\\[\\]])");
        for (Edit edit : edits) {
            parts[edit.word() % parts.length] = edit.instead();
        }
        String text = String.join("", parts);
        Files.writeString(file, text);
        int lines = text.split("\n", -1).length;
        for (ConfigProblem problem : check.check(file)) {
            assertThat(problem.position().file()).isEqualTo(file.toString());
            assertThat(problem.position().line()).as("line of %s", problem).isBetween(1, lines);
            assertThat(problem.toString().lines()).as("one line").hasSize(1);
        }
    }
}
