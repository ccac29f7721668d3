package im.chancery.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTest {
    private static final String CANARY = "correct-horse-battery";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"'correct-horse-battery'", "'correct-horse-battery\n'", "'correct-horse-battery\r\n'"})
    void readsAFileWithoutItsLastLineEnd(String content) throws Exception {
        Path file = secret("rw-------", content);
        assertThat(Secret.read(file).bytes()).isEqualTo(CANARY.getBytes(StandardCharsets.UTF_8));
        assertThat(Secret.read(file).chars()).isEqualTo(CANARY.toCharArray());
    }

    @Test
    void keepsAllButOneLineEnd() throws Exception {
        assertThat(new String(Secret.read(secret("r--------", " a\n\n")).chars())).isEqualTo(" a\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-", "rw---x---", "rw-rw-rw-"})
    void refusesAFileThatOthersMayTouch(String rights) throws Exception {
        Path file = secret(rights, CANARY);
        assertThatThrownBy(() -> Secret.read(file)).isInstanceOfSatisfying(FileSystemException.class,
                e -> assertThat(e.getReason()).isEqualTo("a file that others may touch (" + rights + ")"));
    }

    @Test
    void refusesWhatIsNotAFileOfText() throws Exception {
        Path file = secret("rw-------", "");
        Files.write(file, new byte[] {(byte) 0xc3});
        assertThatThrownBy(() -> Secret.read(file)).isInstanceOf(FileSystemException.class).hasMessageContaining("not UTF-8");
        Files.write(file, new byte[64 * 1024 + 1]);
        assertThatThrownBy(() -> Secret.read(file)).isInstanceOf(FileSystemException.class).hasMessageContaining("more than 65536 bytes");
        assertThatThrownBy(() -> Secret.read(folder)).isInstanceOf(FileSystemException.class).hasMessageContaining("not a file");
    }

    @Test
    void readsAnEnvironmentVariable() throws Exception {
        var environment = Map.of("TOKEN", CANARY);
        assertThat(new String(Secret.at(option("env:TOKEN"), 16, environment::get).chars())).isEqualTo(CANARY);
        assertThatThrownBy(() -> Secret.at(option("env:TOKENS"), 16, environment::get)).isInstanceOf(ConfigException.class)
                .hasMessageContaining(":3:7: secret-file: found a variable that isn't set; allowed: " + Secret.ALLOWED);
    }

    @Test
    void readsAFileFromTheConfigFilesFolder() throws Exception {
        secret("rw-------", CANARY);
        assertThat(new String(Secret.at(option("secret"), 16).chars())).isEqualTo(CANARY);
    }

    @Test
    void refusesAShortSecretAtItsOption() throws Exception {
        secret("rw-------", CANARY);
        assertThatThrownBy(() -> Secret.at(option("secret"), 22)).isInstanceOf(ConfigException.class)
                .hasMessageContaining(":3:7: secret-file: found a secret of 21 characters; allowed: at least 22 characters");
    }

    @Test
    void namesTheReasonAtTheOption() throws Exception {
        secret("rw-r-----", CANARY);
        assertThatThrownBy(() -> Secret.at(option("secret"), 16)).isInstanceOf(ConfigException.class)
                .hasMessageContaining(":3:7: secret-file: found a file that others may touch (rw-r-----)");
    }

    @ParameterizedTest
    @ValueSource(strings = {CANARY, "env:" + CANARY, CANARY + "\0"})
    void neverRepeatsASecretWrittenInTheWrongPlace(String written) {
        assertThatThrownBy(() -> Secret.at(option(written), 16)).isInstanceOf(ConfigException.class)
                .message().doesNotContain("horse");
    }

    @Test
    void doesNotTellItself() throws Exception {
        assertThat(Secret.read(secret("rw-------", CANARY))).asString().doesNotContain("horse");
    }

    private Path secret(String rights, String content) throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(rights));
    }

    private ConfigNode option(String text) {
        return ConfigNode.scalar(new Position(folder.resolve("chancery.yaml").toString(), 3, 7), "secret-file", text);
    }
}
