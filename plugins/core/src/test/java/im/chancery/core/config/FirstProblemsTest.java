package im.chancery.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FirstProblemsTest {

    @Test
    void allAreToldWhileTheyAreFew() {
        assertThat(told(100, 1)).hasSize(100).endsWith("file:100:1: at100: found 100; allowed: it");
    }

    /** A module may find them in an order of its own. */
    @Test
    void ofManyTheFirstInTheFileAreToldAndHowManyMoreThereAre() {
        List<String> told = told(1000, 1);
        assertThat(told).hasSize(100).startsWith("file:1:1: at1: found 1; allowed: it", "file:2:1: at2: found 2; allowed: it")
                .endsWith("file:99:1: at99: found 99; allowed: it", "file:100:1: at100: found 901 more problems from here on; allowed: none");
        assertThat(told(1000, -1)).isEqualTo(told);
        assertThat(told(101, 1)).last().asString().contains("found 2 more problems from here on");
    }

    private static List<String> told(int count, int step) {
        FirstProblems problems = new FirstProblems();
        for (int i = step > 0 ? 1 : count; i >= 1 && i <= count; i += step) {
            Position place = new Position("file", i, 1);
            ConfigProblem problem = new ConfigProblem(place, "at" + i, String.valueOf(i), "it");
            problems.add(place, () -> problem);
        }
        return problems.told().stream().map(ConfigProblem::toString).toList();
    }
}
