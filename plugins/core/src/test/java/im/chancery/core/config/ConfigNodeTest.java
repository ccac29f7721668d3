package im.chancery.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfigNodeTest {
    private static final Position AT = new Position("conf/chancery.yaml", 2, 3);

    @Test
    void takesRelativePathsFromTheConfigFilesFolder() {
        assertThat(ConfigNode.scalar(AT, "data", "a/../b").file()).isEqualTo(Path.of("conf/b").toAbsolutePath());
        assertThat(ConfigNode.scalar(AT, "data", "/srv/b").file()).isEqualTo(Path.of("/srv/b"));
    }

    @Test
    void takesRelativePathsFromTheWorkingFolderWhereTheFileIsThere() {
        assertThat(ConfigNode.scalar(new Position("chancery.yaml", 1, 1), "data", "b").file()).isEqualTo(Path.of("b").toAbsolutePath());
    }

    @Test
    void refusesAnotherTypeThanItIs() {
        assertThatThrownBy(() -> ConfigNode.scalar(AT, "count", "7").integer()).isInstanceOf(IllegalStateException.class)
                .hasMessage("conf/chancery.yaml:2:3: count is not an integer");
        assertThatThrownBy(() -> ConfigNode.scalar(AT, "count", 1.5)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aProblemNamesPlacePathFoundAndAllowed() {
        assertThat(ConfigNode.scalar(AT, "walls[0].from", "x").problem("'x', which no department is", "a department of this file"))
                .hasToString("conf/chancery.yaml:2:3: walls[0].from: found 'x', which no department is; allowed: a department of this file");
    }
}
