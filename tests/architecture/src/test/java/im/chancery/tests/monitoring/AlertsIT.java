package im.chancery.tests.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.tests.monitoring.MetricsTable.Row;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The alerts, judged by Prometheus' own promtool: each fires when it should and not otherwise, and says why it matters and what to do. */
class AlertsIT {
    private static final Path MONITORING = MetricsTable.ROOT.resolve("config/monitoring");
    private static final Path ALERTS = MONITORING.resolve("alerts.yml");
    private static final Path TESTS = Path.of("src/test/resources/monitoring/alerts-test.yml");
    private static final Pattern LABEL = Pattern.compile("\\{\\{ ?\\$labels\\.(\\w+) ?}}");
    private static final Pattern NAMED = Pattern.compile("\\bchancery_\\w+");

    @TempDir
    private Path folder;

    @Test
    void rulesAreValidAndFireWhenTheyShould() throws Exception {
        Files.copy(ALERTS, folder.resolve("alerts.yml"));
        Files.copy(TESTS, folder.resolve("alerts-test.yml"));
        assertThat(promtool("check", "rules", "alerts.yml")).contains("SUCCESS: " + rules().size() + " rules found");
        assertThat(promtool("test", "rules", "alerts-test.yml")).contains("SUCCESS").doesNotContain("FAILED");
    }

    /** An alert whose expression never fires, or always does, is found by the tests. */
    @Test
    void theTestsFailForRulesThatAreWrong() throws Exception {
        Files.copy(TESTS, folder.resolve("alerts-test.yml"));
        for (String expression : List.of("vector(0) > 1", "label_replace(vector(1), \"instance\", \"a\", \"\", \"\")")) {
            Files.writeString(folder.resolve("alerts.yml"), Files.readString(ALERTS).replaceAll("(?m)^( +expr: ).*$", "$1" + Matcher.quoteReplacement(expression)));
            String said = promtool("test", "rules", "alerts-test.yml");
            for (Map<?, ?> rule : rules()) {
                assertThat(said).as("with %s", expression).contains("alertname=\\\"" + rule.get("alert") + "\\\"");
            }
        }
    }

    @Test
    void everyAlertAsksForDocumentedMetricsAndSaysWhyAndWhat() throws IOException {
        for (Map<?, ?> rule : rules()) {
            String name = rule.get("alert").toString();
            String expression = rule.get("expr").toString();
            Set<String> asked = expression.startsWith("up{") ? Set.of() : Queries.check(expression);
            Set<String> labels = new TreeSet<>(Set.of("instance"));
            asked.forEach(metric -> labels.addAll(row(metric).labels()));
            Map<?, ?> annotations = (Map<?, ?>) rule.get("annotations");
            assertThat(annotations.keySet().toString()).as(name).isEqualTo("[summary, description, runbook]");
            for (Object text : annotations.values()) {
                assertThat(text.toString()).as(name).endsWith(".").hasSizeGreaterThan(40);
                LABEL.matcher(text.toString()).results().forEach(l -> assertThat(labels).as("labels of %s", name).contains(l.group(1)));
                NAMED.matcher(text.toString()).results().forEach(m -> assertThat(row(m.group())).as("%s in %s", m.group(), name).isNotNull());
            }
            assertThat(((Map<?, ?>) rule.get("labels")).get("severity")).as(name).isIn("critical", "warning");
            assertThat(Files.readString(MetricsTable.PAGE)).as("the page explains it").contains("`" + name + "`");
        }
    }

    @Test
    void everyQueryOfTheBoardIsPromql() throws Exception {
        StringBuilder rules = new StringBuilder("groups:\n- name: board\n  rules:\n");
        int number = 0;
        for (String expression : BoardTest.expressions()) {
            String plain = expression.replace("$__rate_interval", "5m").replace("$instance", ".*");
            rules.append("  - {record: 'board_").append(number++).append("', expr: '").append(plain).append("'}\n");
        }
        Files.writeString(folder.resolve("board.yml"), rules.toString());
        assertThat(promtool("check", "rules", "board.yml")).contains("SUCCESS: " + number + " rules found");
    }

    @Test
    void theScrapeConfigIsValid() throws Exception {
        Files.copy(ALERTS, folder.resolve("chancery-alerts.yml"));
        String text = Files.readString(MONITORING.resolve("prometheus.yml"));
        Files.writeString(folder.resolve("prometheus.yml"), text.replace("/etc/prometheus/chancery-alerts.yml", "chancery-alerts.yml"));
        assertThat(promtool("check", "config", "prometheus.yml")).contains("SUCCESS").doesNotContain("FAILED");
        assertThat(text).as("the job that the alerts know").contains("job_name: chancery\n");
    }

    private static Row row(String metric) {
        try {
            return MetricsTable.read().rows().get(metric);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<Map<?, ?>> rules() throws IOException {
        Map<?, ?> file = (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(Files.readString(ALERTS));
        List<Map<?, ?>> rules = new ArrayList<>();
        ((List<?>) file.get("groups")).forEach(group -> ((List<?>) ((Map<?, ?>) group).get("rules")).forEach(rule -> rules.add((Map<?, ?>) rule)));
        assertThat(rules).isNotEmpty();
        return rules;
    }

    /** Runs promtool, of Debian's package prometheus, in the folder; says what it said. */
    private String promtool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said;
    }
}
