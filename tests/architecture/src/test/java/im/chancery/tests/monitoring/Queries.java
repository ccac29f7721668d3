package im.chancery.tests.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks at a PromQL expression: it asks for metrics of the documented table, by labels that they have. promtool judges its syntax. */
final class Queries {
    /** What Prometheus adds to each sample, and a histogram to its buckets. */
    private static final Set<String> ADDED = Set.of("instance", "job", "le");
    private static final Pattern TEXTS = Pattern.compile("\"[^\"]*\"");
    private static final Pattern METRIC = Pattern.compile("\\b((?:[a-z]+_)+[a-z]+)\\b(?!\\s*\\()(?:\\{([^}]*)\\})?");
    private static final Pattern MATCHER = Pattern.compile("([a-z_]+)\\s*(?:=~|!~|!=|=)");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|without|on|ignoring)\\s*\\(([^)]*)\\)");

    private Queries() {
    }

    /** Checks it, and gives the names of the metrics that it asks for. */
    static Set<String> check(String expression) throws IOException {
        MetricsTable table = MetricsTable.read();
        String bare = TEXTS.matcher(expression).replaceAll("\"\"");
        Set<String> grouped = new TreeSet<>();
        GROUPING.matcher(bare).results().forEach(g -> grouped.addAll(Arrays.asList(g.group(1).split("\\s*,\\s*"))));
        Set<String> metrics = new TreeSet<>();
        Set<String> known = new TreeSet<>(ADDED);
        Matcher metric = METRIC.matcher(GROUPING.matcher(bare).replaceAll(""));
        while (metric.find()) {
            if (metric.group(1).equals("label_values")) {
                continue;
            }
            String name = metric.group(1);
            MetricsTable.Row row = table.rows().containsKey(name) ? table.rows().get(name) : table.rows().get(name.replaceFirst("_(bucket|count|sum)$", ""));
            assertThat(row).as("%s, which %s asks for, is in %s", name, expression, MetricsTable.PAGE).isNotNull();
            Set<String> labels = new TreeSet<>(row.labels());
            labels.addAll(ADDED);
            known.addAll(row.labels());
            if (metric.group(2) != null) {
                assertThat(MATCHER.matcher(metric.group(2)).results().map((MatchResult m) -> m.group(1))).as("labels of %s in %s", name, expression).isSubsetOf(labels);
            }
            metrics.add(name.replaceFirst("_(bucket|count|sum)$", ""));
        }
        assertThat(grouped).as("labels by which %s groups", expression).isSubsetOf(known);
        return metrics;
    }
}
