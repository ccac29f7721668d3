package im.chancery.tests.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The Grafana board asks for documented metrics only, shows all that the guide promises, and has the form of one that Grafana exports (schema 38). */
class BoardTest {
    private static final Path FILE = MetricsTable.ROOT.resolve("config/monitoring/grafana-board.json");
    private static final Pattern LEGEND = Pattern.compile("\\{\\{(\\w+)}}");

    private final JsonNode board = JsonMapper.shared().readTree(FILE.toFile());

    @Test
    void everyQueryAsksForDocumentedMetricsByTheirLabels() throws IOException {
        for (String expression : expressions(board)) {
            assertThat(Queries.check(expression)).as(expression).isNotEmpty();
        }
        assertThat(Queries.check("label_values(chancery_info, instance)")).isEqualTo(Set.of("chancery_info"));
        assertThatThrownBy(() -> Queries.check("rate(chancery_no_such_total[5m])")).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> Queries.check("chancery_held_stanzas{rule=\"wall\"}")).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> Queries.check("sum by (person) (chancery_held_stanzas)")).isInstanceOf(AssertionError.class);
    }

    @Test
    void itShowsEachMetricOfChancery() throws IOException {
        Set<String> shown = new TreeSet<>(Set.of("chancery_info")); // by the variable
        for (String expression : expressions(board)) {
            shown.addAll(Queries.check(expression));
        }
        assertThat(shown).containsAll(MetricsTable.read().rows().keySet().stream().filter(name -> name.startsWith("chancery_")).toList());
    }

    @Test
    void everyPanelAsksTheChosenDataSourceForTheChosenEngines() {
        JsonNode variables = board.path("templating").path("list");
        assertThat(List.of(variables.path(0).path("name").asString(), variables.path(0).path("type").asString(), variables.path(0).path("query").asString()))
                .isEqualTo(List.of("datasource", "datasource", "prometheus"));
        assertThat(List.of(variables.path(1).path("name").asString(), variables.path(1).path("type").asString())).isEqualTo(List.of("instance", "query"));
        board.findParents("type").stream().filter(n -> n.path("type").asString().equals("prometheus"))
                .forEach(source -> assertThat(source.path("uid").asString()).isEqualTo("${datasource}"));
        assertThat(expressions(board)).allMatch(e -> e.contains("instance=~\"$instance\""));
    }

    @Test
    void panelsHaveTheirPlaceAndDoNotOverlap() {
        Set<Integer> ids = new HashSet<>();
        Set<String> cells = new HashSet<>();
        for (JsonNode panel : board.path("panels")) {
            assertThat(ids.add(panel.path("id").asInt())).as("id of %s", panel.path("title")).isTrue();
            JsonNode at = panel.path("gridPos");
            assertThat(at.path("x").asInt() + at.path("w").asInt()).as("%s is within 24 columns", panel.path("title")).isBetween(1, 24);
            for (int x = at.path("x").asInt(); x < at.path("x").asInt() + at.path("w").asInt(); x++) {
                for (int y = at.path("y").asInt(); y < at.path("y").asInt() + at.path("h").asInt(); y++) {
                    assertThat(cells.add(x + "," + y)).as("place of %s", panel.path("title")).isTrue();
                }
            }
            assertThat(panel.path("type").asString()).isIn("row", "stat", "timeseries");
            if (!panel.path("type").asString().equals("row")) {
                assertThat(panel.path("description").asString()).as("what %s means", panel.path("title")).isNotBlank();
                assertThat(panel.path("targets")).isNotEmpty();
                assertThat(panel.path("fieldConfig").path("defaults").path("unit").asString()).isIn("short", "ops", "s", "bytes", "bool_yes_no");
            }
        }
        assertThat(board.path("schemaVersion").asInt()).isEqualTo(38);
        assertThat(board.path("uid").asString()).isEqualTo("chancery");
    }

    @Test
    void legendsNameLabelsThatTheQueryLeaves() throws IOException {
        for (JsonNode panel : board.path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                Matcher label = LEGEND.matcher(target.path("legendFormat").asString());
                while (label.find()) {
                    String expression = target.path("expr").asString();
                    boolean grouped = expression.contains(" by (");
                    String metric = Queries.check(expression).iterator().next();
                    Set<String> left = new TreeSet<>(MetricsTable.read().rows().get(metric).labels());
                    left.add("instance");
                    assertThat(left).as(expression).contains(label.group(1));
                    assertThat(!grouped || Pattern.compile("by \\([^)]*\\b" + label.group(1) + "\\b").matcher(expression).find()).as(expression).isTrue();
                }
            }
        }
    }

    /** All of them, for promtool. */
    static List<String> expressions() throws IOException {
        return expressions(JsonMapper.shared().readTree(Files.readString(FILE)));
    }

    private static List<String> expressions(JsonNode board) {
        List<String> expressions = new ArrayList<>();
        board.path("panels").forEach(panel -> panel.path("targets").forEach(target -> expressions.add(target.path("expr").asString())));
        assertThat(expressions).hasSizeGreaterThan(20);
        return expressions;
    }
}
