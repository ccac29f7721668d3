package im.chancery.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What needs no engine: tokens, config check, usage. */
class OfflineTest {
    @TempDir
    private Path folder;

    @Test
    void aTokenIsShownOnceAndOnlyItsHashIsKept() throws Exception {
        Path file = folder.resolve("tokens");
        Cli made = create(file, "Ann", "reader");
        assertThat(made.code()).as(made.err()).isZero();
        String token = made.out().strip();
        assertThat(token).matches("chancery_[A-Za-z0-9_-]{43}");
        assertThat(made.err()).doesNotContain(token);
        String stored = Files.readString(file);
        assertThat(stored).doesNotContain(token).doesNotContain(token.substring("chancery_".length()));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        JsonNode entry = JsonMapper.shared().readTree(stored).get(0);
        var sha256 = java.security.MessageDigest.getInstance("SHA-256").digest(token.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThat(entry.path("sha256").asString()).isEqualTo(java.util.HexFormat.of().formatHex(sha256));
        assertThat(create(file, "Bob", "administrator").out().strip()).isNotEqualTo(token);
        assertThat(JsonMapper.shared().readTree(Files.readString(file))).hasSize(2);
    }

    @Test
    void nobodyGetsASecondDuty() throws Exception {
        Path file = folder.resolve("tokens");
        create(file, "Ann", "reader");
        String before = Files.readString(file);
        Cli second = create(file, "Ann", "administrator");
        assertThat(second.code()).isEqualTo(ExitCode.FINDING);
        assertThat(second.err()).isEqualTo("chancery: 'Ann' is reader already; duties are separate, one for each person\n");
        assertThat(second.out()).isEmpty();
        assertThat(Files.readString(file)).isEqualTo(before);
    }

    @Test
    void aNameThatLooksTheSameIsTheSamePersons() throws Exception {
        Path file = folder.resolve("tokens");
        create(file, "Ann", "reader");
        for (String name : new String[] {"ANN", "\uff21nn"}) {
            Cli second = create(file, name, "administrator");
            assertThat(second.code()).isEqualTo(ExitCode.FINDING);
            assertThat(second.err()).isEqualTo("chancery: 'Ann' is reader already, and '" + name
                    + "' counts as the same name; duties are separate, one for each person\n");
        }
        assertThat(create(file, "ann", "reader").code()).isZero();
    }

    @Test
    void aNameHasNoBlanksAtItsEnds() throws Exception {
        Path file = folder.resolve("tokens");
        for (String name : new String[] {" Ann", "Ann ", "Ann\u00a0", "\u3000Ann"}) {
            Cli made = create(file, name, "reader");
            assertThat(made.code()).isEqualTo(ExitCode.USAGE);
            assertThat(made.err()).isEqualTo("chancery: --name: found '" + name + "'; allowed: a name without blanks at its ends\n");
        }
        assertThat(file).doesNotExist();
        Files.writeString(file, "[{\"name\": \"Bob \"}]");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(create(file, "Ann", "reader").err()).contains(file + ", entry 1: found name 'Bob '; allowed: a name without blanks at its ends").hasLineCount(1);
    }

    @Test
    void nobodyHasANameOfTheEnginesOwn() throws Exception {
        String allowed = "'; allowed: a name that counts as none of the engine's own: archive, engine, file watch, key folder restored, nobody, schedule, signal";
        Path file = folder.resolve("tokens");
        for (String name : new String[] {"schedule", "Nobody", "File Watch", "\uff25ngine"}) {
            Cli made = create(file, name, "records-officer");
            assertThat(made.code()).isEqualTo(ExitCode.USAGE);
            assertThat(made.err()).isEqualTo("chancery: --name: found '" + name + allowed + "\n");
        }
        assertThat(file).doesNotExist();
        Files.writeString(file, "[{\"name\": \"Signal\"}]");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(create(file, "Ann", "reader").err()).contains(file + ", entry 1: found name 'Signal" + allowed).hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource({"Ann,king", "'',reader", "'A\u0007nn',reader"})
    void aWrongDutyOrNameIsTold(String name, String duty) {
        Cli made = create(folder.resolve("tokens"), name, duty);
        assertThat(made.code()).isEqualTo(ExitCode.USAGE);
        assertThat(made.err()).startsWith("chancery: --").hasLineCount(1);
        assertThat(folder.resolve("tokens")).doesNotExist();
    }

    @Test
    void aTokensFileThatIsWrongOrSharedIsLeftAlone() throws Exception {
        Path file = Files.writeString(folder.resolve("tokens"), "[]");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(create(file, "Ann", "reader").err()).contains("others may touch").hasLineCount(1);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.writeString(file, "oops");
        assertThat(create(file, "Ann", "reader").err()).contains("is not JSON").hasLineCount(1);
        assertThat(Files.readString(file)).isEqualTo("oops");
    }

    @Test
    void configCheckNamesEachPlace() throws Exception {
        Path file = Files.writeString(folder.resolve("chancery.yaml"), "node: {name: node1}\nretention:\n  classes:\n    - {name: default, period: 90}\n");
        Cli checked = Cli.run("config", "check", file.toString());
        assertThat(checked.code()).isEqualTo(ExitCode.FINDING);
        assertThat(checked.out().lines()).allMatch(line -> line.startsWith(file + ":")).anyMatch(line -> line.contains(file + ":4:") && line.contains("allowed: "));
        JsonNode json = JsonMapper.shared().readTree(Cli.run("config", "check", "--json", file.toString()).out());
        assertThat(json).isNotEmpty().allMatch(problem -> problem.path("line").asInt() > 0 && problem.path("column").asInt() > 0);
    }

    @Test
    void configCheckIsContentWithTheExample() {
        Path example = Path.of("..", "..", "config", "chancery.yaml");
        Cli checked = Cli.run("config", "check", example.toString());
        assertThat(checked.out()).isEqualTo(example + ": good\n");
        assertThat(checked.code()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "record", "record show", "hold", "hold create", "hold create --matter M", "dispose", "records --nonsense",
        "hold create --matter M --custodian a@b --room c@d", "verify", "token create"})
    void wrongUsageIsToldWithWhereToLook(String line) {
        Cli misused = Cli.run(line.isEmpty() ? new String[0] : line.split(" "));
        assertThat(misused.code()).isEqualTo(ExitCode.USAGE);
        assertThat(misused.err()).startsWith("chancery: ").contains("--help'.").doesNotContain("Exception");
    }

    @Test
    void everyCommandHasHelp() {
        for (String command : new String[] {"records", "record show", "explain", "presence", "cluster", "retention plan", "hold create", "hold list",
            "hold release", "dispose", "verify", "config check", "store migrate", "token create", "status", "checkpoint", "key"}) {
            Cli help = Cli.run((command + " --help").split(" "));
            assertThat(help.code()).as(command).isZero();
            assertThat(help.out()).as(command).startsWith("Usage: chancery " + command);
        }
    }

    private static Cli create(Path file, String name, String duty) {
        return Cli.run("token", "create", "--tokens", file.toString(), "--name", name, "--duty", duty);
    }
}
