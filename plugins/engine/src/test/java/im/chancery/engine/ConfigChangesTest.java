package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.engine.config.ConfigReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigChangesTest {
    @TempDir
    private Path folder;

    private ConfigNode after(UnaryOperator<String> change) throws Exception {
        Path file = TestConfig.in(folder).with("partners: [{domain: partner.test}]").write();
        return ConfigReader.read(Files.writeString(file, change.apply(Files.readString(file))));
    }

    private String line(UnaryOperator<String> change) throws Exception {
        return ConfigChanges.line(after(text -> text), after(change));
    }

    @Test
    void rulesAreNamed() throws Exception {
        assertThat(line(text -> text.replace("barriers:\n", "barriers:\n  - {name: later, from: {departments: [office]}, to: {departments: [trading]}, reason: Later.}\n")))
                .isEqualTo("barriers: added later");
        assertThat(line(text -> text.replace("name: wall,", "name: other-wall,"))).isEqualTo("barriers: added other-wall, removed wall");
        assertThat(line(text -> text.replace("reason: Research may", "shadow: true, reason: Research may"))).isEqualTo("barriers: changed wall (shadow: nothing -> true)");
        assertThat(line(text -> text.replace("partner.test", "other.test"))).isEqualTo("partners: added other.test, removed partner.test");
    }

    @Test
    void peopleAreCounted() throws Exception {
        String line = line(text -> text.replace("  - {jid: ada@localhost, department: research", "  - {jid: zoe@localhost, department: office}\n  - {jid: ada@localhost, department: office")
                .replace("  - {jid: emma@localhost, department: office, roles: [employee]}\n", ""));
        assertThat(line).isEqualTo("people: 1 added, 1 removed, 1 changed").doesNotContain("@");
    }

    @Test
    void periodsAreToldFromTo() throws Exception {
        assertThat(line(text -> text.replace("period: 90 days", "period: 30 days"))).isEqualTo("retention.classes: changed default (period: 90 days -> 30 days)");
    }

    @Test
    void severalChangesAreOneLine() throws Exception {
        assertThat(line(text -> text.replace("[research, trading, office]", "[research, trading, office, legal]").replace("period: 10 years", "period: 11 years")
                .replace("roles: {employee: {}}", "roles: {employee: {}, boss: {inherits: [employee]}}") + "extensions: {use: []}\n"))
                .isEqualTo("departments: added legal; roles.boss.inherits: added employee; retention.classes: changed audit (period: 10 years -> 11 years)");
    }

    @Test
    void layoutIsNoChange() throws Exception {
        assertThat(line(text -> "# A comment.\n" + text.replace("barriers:\n", "barriers:\n\n"))).isEqualTo("nothing but its layout");
        assertThat(line(text -> text.replace("[research, trading, office]", "[office, research, trading]"))).isEqualTo("departments: another order");
    }

    @Test
    void whatNeedsARestartIsNamedWithItsPlace() throws Exception {
        ConfigNode before = after(text -> text);
        ConfigNode after = after(text -> text.replace("name: node1", "name: node2").replace("services: [rooms.localhost]", "services: []")
                .replace("name: wall,", "name: other,") + "archive: {queue: 100}\n");
        assertThat(ConfigChanges.needRestart(before, after, Set.of("barriers"))).extracting(ConfigProblem::path).containsExactly("node.name", "domains.services", "archive");
        assertThat(ConfigChanges.needRestart(before, after, Set.of("barriers")).get(0).toString())
                .contains(":1:14: node.name: found a change; allowed: what the engine was started with");
        assertThat(ConfigChanges.needRestart(after, before, Set.of("barriers"))).extracting(ConfigProblem::found).contains("nothing");
    }
}
