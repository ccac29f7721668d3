package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.TrafficKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/** The table has every kind of traffic, and docs/traffic.md is made from it: {@code -Dupdate=true} writes it anew. */
class TrafficTableTest {
    private static final Path PAGE = Path.of("../../docs/traffic.md");
    private final TrafficTable table = new TrafficTable();

    @Test
    void everyKindIsInTheTableAndNothingElse() {
        assertThat(table.kinds()).containsExactlyElementsOf(Arrays.stream(TrafficKind.values()).map(TrafficKind::token).toList());
    }

    @Test
    void everyKindIsTriedAndOnlyWithAReasonNotEverywhere() {
        assertThat(table.cells().stream().map(TrafficTable.Cell::kind).collect(Collectors.toSet())).isEqualTo(table.kinds());
        for (String direction : TrafficTable.DIRECTIONS) {
            for (String decision : TrafficTable.DECISIONS) {
                for (String recipient : TrafficTable.RECIPIENTS) {
                    assertThat(table.cells()).as("%s, %s, %s", direction, decision, recipient).anyMatch(cell ->
                            cell.direction().equals(direction) && cell.decision().equals(decision) && cell.recipient().equals(recipient));
                }
            }
        }
    }

    /** A word that is no form, direction, decision or recipient would leave out more than was meant. */
    @Test
    void everyReasonSaysWhyAndIsAboutSomeCell() {
        assertThat(table.wrongReasons()).isEmpty();
    }

    @Test
    void everyDoorNamesTestsThatThereAre() throws ClassNotFoundException {
        for (String test : table.testsOfDoors()) {
            String[] parts = test.split("#");
            assertThat(Class.forName("im.chancery.tests.e2e." + parts[0]).getDeclaredMethods()).as(test)
                    .anyMatch(method -> method.getName().equals(parts[1]) && AnnotationSupport.isAnnotated(method, Testable.class));
        }
    }

    @Test
    void pageIsTheGeneratedOne() throws IOException {
        if (Boolean.getBoolean("update")) {
            Files.writeString(PAGE, table.page());
        }
        assertThat(PAGE).hasContent(table.page());
    }
}
