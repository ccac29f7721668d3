package im.chancery.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReferencePageTest {
    private static final String PAGE = ReferencePage.generate(List.of(Sample.DESCRIPTOR));

    @Test
    void hasARowForEachOptionAtItsPath() {
        assertThat(PAGE.lines().filter(l -> l.startsWith("| `")).map(l -> l.split("`")[1])).containsExactly(
                "id", "text", "count", "flag", "colour", "keep", "wait", "held", "who", "where", "folder", "password-file",
                "store", "store.url", "store.user", "roles", "roles.NAME.inherits", "walls", "walls[].from", "walls[].kept");
    }

    @Test
    void tellsUnitBoundsDefaultAndMeaning() {
        assertThat(PAGE).contains(
                "| `wait` | a whole number and ms, s, min or h, such as '5 s', from 100 ms to 1 min | `5 s` | A time span. |\n",
                "| `count` | a whole number, from 1 to 10 | `3` | A number. |\n",
                "| `walls[].from` | a name: a letter, then up to 63 letters, digits, '.', '_' or '-' | required | A name. |\n");
    }
}
