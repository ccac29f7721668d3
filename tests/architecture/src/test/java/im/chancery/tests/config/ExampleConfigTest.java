package im.chancery.tests.config;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.config.ConfigCheck;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.core.config.Option;
import im.chancery.engine.config.ConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The example is a file the engine would start with, and what an admin does to it by mistake is said with its place. */
class ExampleConfigTest {
    private static final Pattern COMMENTED_PRESENCE = Pattern.compile("(?m)^# (presence:|  .*)$");

    @TempDir
    Path folder;

    static Stream<Path> examples() {
        return Stream.of(Repository.DEMO, Repository.EXAMPLE);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void exampleIsValid(Path example) throws ConfigException {
        ConfigReader.read(example);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void exampleNamesTheSchemaThatIsThere(Path example) throws IOException {
        String head = Files.readString(example).lines().findFirst().orElseThrow();
        assertThat(head).startsWith("# yaml-language-server: $schema=");
        assertThat(example.resolveSibling(head.substring(head.indexOf('=') + 1)).normalize()).isEqualTo(Repository.SCHEMA);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void presenceFitsOnceItsCommentIsTakenAway(Path example) throws Exception {
        String text = COMMENTED_PRESENCE.matcher(Files.readString(example)).replaceAll("$1");
        assertThat(ConfigReader.read(Files.writeString(folder.resolve("c.yaml"), text)).get("presence")).isPresent();
    }

    @Test
    void exampleShowsEveryTopLevelOption() throws Exception {
        String text = COMMENTED_PRESENCE.matcher(Files.readString(Repository.EXAMPLE)).replaceAll("$1");
        ConfigNode root = ConfigReader.read(Files.writeString(folder.resolve("c.yaml"), text));
        assertThat(root.entries().keySet()).containsExactlyInAnyOrderElementsOf(
                Repository.DESCRIPTORS.stream().flatMap(d -> d.options().stream()).map(Option::name).toList());
    }

    @Test
    void checkerIsFoundAsTheCommandLineFindsIt() {
        var check = ServiceLoader.load(ConfigCheck.class).findFirst().orElseThrow();
        assertThat(check.check(Repository.EXAMPLE)).isEmpty();
        assertThat(check.check(folder.resolve("none.yaml"))).hasSize(1);
    }

    @Test
    void everyModulesOwnChecksAreAsked() throws IOException {
        assertThat(after("department: research, roles: [analyst]", "department: reserch, roles: [analyst]"))
                .as("roles").anyMatch(p -> p.contains("people[0].department: found"));
        assertThat(after("    - name: audit\n      period: 10 years\n", "")).as("retention").anyMatch(p -> p.contains("retention.classes: found"));
        assertThat(after("/var/lib/chancery/keys", "/var/lib/chancery/data/keys")).as("engine").anyMatch(p -> p.contains("node.keys: found"));
        assertThat(after("unix:/run", "file:/run")).as("link").anyMatch(p -> p.contains("link.listen: found"));
        assertThat(after("host: 192.0.2.10, port: 514", "port: 514")).as("archive").anyMatch(p -> p.contains("archive.sinks[1]"));
        assertThat(after("# presence:\n#   cluster:\n", "presence:\n  cluster: {listen: '0.0.0.0:1', members: [], secret-file: x}\n"))
                .as("presence").anyMatch(p -> p.contains("presence.cluster.listen: found"));
    }

    @Test
    void problemsOfAllModulesAreInTheOrderOfTheFile() throws IOException {
        String text = Files.readString(Repository.EXAMPLE).replace("unix:/run", "file:/run")
                .replace("department: research, roles: [analyst]", "department: reserch, roles: [analyst]")
                .replace("period: 10 years", "period: 10 yrs");
        List<Integer> lines = problems(text).stream().map(p -> p.position().line()).toList();
        assertThat(lines).hasSizeGreaterThanOrEqualTo(4).isSorted();
    }

    private List<String> after(String part, String instead) throws IOException {
        String text = Files.readString(Repository.EXAMPLE);
        assertThat(text).contains(part);
        return problems(text.replace(part, instead)).stream().map(ConfigProblem::toString).toList();
    }

    private List<ConfigProblem> problems(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("c.yaml"), text);
        return ServiceLoader.load(ConfigCheck.class).findFirst().orElseThrow().check(file);
    }
}
