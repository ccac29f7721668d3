package im.chancery.tests.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The table of metrics in docs/monitoring.md.
 *
 * @param rows by the metric's name
 */
record MetricsTable(Map<String, Row> rows) {
    static final Path ROOT = root();
    static final Path PAGE = ROOT.resolve("docs/monitoring.md");

    private static final Pattern TABLE = Pattern.compile("(?s)(?<=<!-- metrics: MetricsPageTest makes this table -->\n).*(?=<!-- end of metrics -->)");
    private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\| (\\w+) \\| ([^|]*) \\| ([^|]+) \\|");

    /** What is said of a metric. */
    record Row(String type, Set<String> labels, String help) {
    }

    static MetricsTable of(Exposition shown) {
        Map<String, Row> rows = new TreeMap<>();
        shown.metrics().forEach((name, metric) -> rows.put(name, new Row(metric.type(), metric.labels(), metric.help().replace("|", "or"))));
        return new MetricsTable(rows);
    }

    static MetricsTable read() throws IOException {
        Map<String, Row> rows = new TreeMap<>();
        Matcher row = ROW.matcher(table());
        while (row.find()) {
            Set<String> labels = Arrays.stream(row.group(3).split("[`, ]+")).filter(l -> !l.isEmpty()).collect(Collectors.toCollection(TreeSet::new));
            rows.put(row.group(1), new Row(row.group(2), labels, row.group(4)));
        }
        assertThat(rows).isNotEmpty();
        return new MetricsTable(rows);
    }

    private static String table() throws IOException {
        Matcher table = TABLE.matcher(Files.readString(PAGE));
        assertThat(table.find()).as("the table's place in %s", PAGE).isTrue();
        return table.group();
    }

    void write() throws IOException {
        Files.writeString(PAGE, TABLE.matcher(Files.readString(PAGE)).replaceFirst(Matcher.quoteReplacement(text())));
    }

    String text() {
        StringBuilder text = new StringBuilder("| metric | type | labels | meaning |\n|---|---|---|---|\n");
        rows.forEach((name, row) -> text.append("| `").append(name).append("` | ").append(row.type()).append(" | ")
                .append(row.labels().stream().map(l -> "`" + l + "`").collect(Collectors.joining(", "))).append(" | ").append(row.help()).append(" |\n"));
        return text.toString();
    }

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("config/chancery.yaml"))) {
            folder = folder.getParent();
        }
        return folder;
    }
}
