package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Derby that is told not to sync is refused before it is opened. */
class UnsafeDerbyTest {
    private static final String DURABILITY = "derby.system.durability";
    private static final String HOME = "derby.system.home";

    @TempDir
    Path folder;
    private final Optional<String> home = Optional.ofNullable(System.getProperty(HOME));

    @AfterEach
    void restore() {
        System.clearProperty(DURABILITY);
        home.ifPresentOrElse(value -> System.setProperty(HOME, value), () -> System.clearProperty(HOME));
    }

    @Test
    void theSystemPropertyShouldBeRefused() {
        System.setProperty(DURABILITY, "test");
        refused();
    }

    @Test
    void derbyPropertiesShouldBeRefused() throws IOException {
        Files.writeString(folder.resolve("derby.properties"), "# speed\n" + DURABILITY + " = test\n");
        System.setProperty(HOME, folder.toString());
        refused();
        Files.writeString(folder.resolve("derby.properties"), "# nothing\n");
        Archives.open(Samples.derby(folder), Clock.systemUTC()).close();
    }

    private void refused() {
        ArchiveConfig config = ArchiveConfig.derby("node-1", folder.resolve("data"), folder.resolve("keys"), Samples.PASSWORD);
        assertThatThrownBy(() -> Archives.open(config, Clock.systemUTC())).isInstanceOf(ArchiveException.class)
                .hasMessageContaining(DURABILITY).hasMessageContaining("found 'test'").hasMessageContaining("allowed: not set");
        assertThat(config.data().resolve("db")).doesNotExist();
        assertThat(config.keys().resolve("root.bcfks")).doesNotExist();
    }
}
