package im.chancery.tests.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What /metrics shows, read by the rules of Prometheus' text format 0.0.4; anything that they don't allow fails. */
final class Exposition {
    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\"";
    private static final Pattern HELP = Pattern.compile("# HELP (" + NAME + ") ((?:[^\\\\]|\\\\[\\\\n])+)");
    private static final Pattern TYPE = Pattern.compile("# TYPE (" + NAME + ") (counter|gauge|histogram|summary)");
    private static final Pattern SAMPLE = Pattern.compile("(" + NAME + ")(?:\\{(" + LABEL + "(?:," + LABEL + ")*)?\\})? "
            + "([-+]?(?:[0-9]+(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|Inf)|NaN)");
    private static final Pattern ONE_LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\\\\\"n])*)\"");

    private final Map<String, Metric> metrics = new TreeMap<>();

    /** A metric with its samples: name and labels, as they are written, and value. */
    record Metric(String name, String type, String help, Set<String> labels, Map<String, Double> samples) {
    }

    private Exposition() {
    }

    static Exposition parse(String text) {
        assertThat(text).as("the last line ends").endsWith("\n");
        Exposition read = new Exposition();
        List<String> lines = new ArrayList<>(text.lines().toList());
        while (!lines.isEmpty()) {
            read.metric(lines);
        }
        return read;
    }

    /** HELP, TYPE and all samples of one metric, which stand together. */
    private void metric(List<String> lines) {
        Matcher help = matched(HELP, lines.remove(0));
        Matcher type = matched(TYPE, lines.remove(0));
        String name = help.group(1);
        assertThat(type.group(1)).isEqualTo(name);
        Metric metric = new Metric(name, type.group(2), help.group(2), new TreeSet<>(), new LinkedHashMap<>());
        while (!lines.isEmpty() && !lines.get(0).startsWith("#")) {
            Matcher sample = matched(SAMPLE, lines.remove(0));
            assertThat(sample.group(1)).as("sample of %s, a %s", name, metric.type()).isIn(samples(name, metric.type()));
            String labels = sample.group(2) == null ? "" : sample.group(2);
            ONE_LABEL.matcher(labels).results().map(l -> l.group(1)).filter(l -> !l.equals("le")).forEach(metric.labels()::add);
            String key = sample.group(1) + (labels.isEmpty() ? "" : "{" + labels + "}");
            double value = sample.group(3).endsWith("Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(sample.group(3));
            assertThat(metric.samples().put(key, value)).as("%s is there twice", key).isNull();
        }
        assertThat(metric.samples()).as(name).isNotEmpty();
        assertThat(metrics.put(name, metric)).as("%s is there twice", name).isNull();
        if (metric.type().equals("counter")) {
            assertThat(name).endsWith("_total");
        }
    }

    private static List<String> samples(String name, String type) {
        return switch (type) {
            case "histogram" -> List.of(name + "_bucket", name + "_count", name + "_sum");
            case "summary" -> List.of(name, name + "_count", name + "_sum");
            default -> List.of(name);
        };
    }

    private static Matcher matched(Pattern pattern, String line) {
        Matcher matcher = pattern.matcher(line);
        assertThat(matcher.matches()).as(line).isTrue();
        return matcher;
    }

    Map<String, Metric> metrics() {
        return metrics;
    }

    /** A sample's value, by its name and labels; 0 where it isn't there. */
    double value(String sample) {
        return metrics.values().stream().map(m -> m.samples().get(sample)).filter(v -> v != null).findFirst().orElse(0.0);
    }

    /** All labels' values. */
    Set<String> labelValues() {
        Set<String> values = new TreeSet<>();
        metrics.values().forEach(m -> m.samples().keySet().forEach(s -> ONE_LABEL.matcher(s).results().forEach(l -> values.add(l.group(2)))));
        return values;
    }
}
