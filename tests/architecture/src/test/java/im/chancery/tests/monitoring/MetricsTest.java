package im.chancery.tests.monitoring;

import static im.chancery.tests.monitoring.MonitoredEngine.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import im.chancery.core.PresenceChange;
import im.chancery.core.Verdict;
import im.chancery.engine.extension.Answer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jxmpp.jid.impl.JidCreate;

/** Something is done, and the numbers move by exactly that. Checkpoints are an hour apart but where a test says so. */
class MetricsTest {
    @TempDir
    private Path folder;
    private MonitoredEngine monitored;

    @BeforeEach
    void start() throws Exception {
        monitored = new MonitoredEngine(folder, "1 h");
        monitored.say("ada@localhost/a", "boris@localhost"); // the first of a day makes a key, which is a record too
        awaitStreamed();
    }

    @AfterEach
    void stop() {
        monitored.close();
    }

    @Test
    void anAllowedMessage() throws Exception {
        Exposition before = monitored.scrape();
        monitored.say("ada@localhost/a", "boris@localhost");
        assertMoved(before, Map.of("chancery_append_time_seconds_count", 1.0, "chancery_append_time_seconds_bucket{le=\"+Inf\"}", 1.0,
                "chancery_verdict_time_seconds_count", 1.0, "chancery_verdict_time_seconds_bucket{le=\"+Inf\"}", 1.0,
                "chancery_verdicts_total{effect=\"allow\",rule=\"builtin:house\"}", 1.0, "chancery_archive_transactions_total", 1.0,
                "chancery_log_records", 1.0, "chancery_log_uncovered_records", 1.0,
                "chancery_extension_time_seconds_count{extension=\"check\"}", 1.0, "chancery_extension_time_seconds_bucket{extension=\"check\",le=\"+Inf\"}", 1.0));
    }

    /** Of a counter that isn't there before the first failure, Prometheus sees no increase by that one. */
    @Test
    void anExtensionThatFails() throws Exception {
        Exposition before = monitored.scrape();
        assertThat(before.metrics()).containsKey("chancery_extension_failures_total");
        assertThat(before.metrics().get("chancery_extension_failures_total").samples().values()).as("one for each way to fail").hasSize(Answer.Failure.values().length).containsOnly(0.0);
        assertThat(monitored.say("ada@localhost/a", "boris@localhost", "throw").decision().allowed()).isTrue();
        Exposition after = monitored.scrape();
        assertThat(moved(before, after, "chancery_extension_failures_total{extension=\"check\",why=\"threw\"}")).isEqualTo(1);
        assertThat(moved(before, after, "chancery_extension_time_seconds_count{extension=\"check\"}")).isEqualTo(1);
        assertThat(moved(before, after, "chancery_policy_failures_total")).as("an extension is no policy").isZero();
    }

    @Test
    void refusedMessagesByTheirRule() throws Exception {
        Exposition before = monitored.scrape();
        for (int i = 0; i < 3; i++) {
            monitored.say("ada@localhost/a", "clara@localhost");
        }
        monitored.say("stranger@localhost/a", "clara@localhost");
        Exposition after = monitored.scrape();
        assertThat(moved(before, after, "chancery_verdicts_total{effect=\"refuse\",rule=\"wall\"}")).isEqualTo(3);
        assertThat(moved(before, after, "chancery_verdicts_total{effect=\"refuse\",rule=\"builtin:unknown-subject\"}")).isEqualTo(1);
        assertThat(moved(before, after, "chancery_verdicts_total{effect=\"allow\",rule=\"builtin:house\"}")).isZero();
        assertThat(moved(before, after, "chancery_log_uncovered_records")).as("refused ones are records too").isEqualTo(4);
    }

    @Test
    void anOutcome() throws Exception {
        Verdict verdict = monitored.say("ada@localhost/a", "boris@localhost");
        Exposition before = monitored.scrape();
        monitored.engine().gate().outcome(verdict.attempt(), Outcome.BOUNCED);
        await("the outcome is recorded", () -> moved(before, monitored.scrape(), "chancery_log_records") == 1);
        assertMoved(before, Map.of("chancery_outcomes_total{outcome=\"bounced\"}", 1.0, "chancery_append_time_seconds_count", 1.0,
                "chancery_append_time_seconds_bucket{le=\"+Inf\"}", 1.0, "chancery_archive_transactions_total", 1.0, "chancery_log_records", 1.0,
                "chancery_log_uncovered_records", 1.0));
    }

    @Test
    void aDeniedAttemptOnTheAdminApi() throws Exception {
        Exposition before = monitored.scrape();
        URI status = URI.create("http://127.0.0.1:" + monitored.engine().adminAddress().getPort() + "/v1/status");
        HttpResponse<String> answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(status).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(401);
        awaitStreamed();
        Exposition after = monitored.scrape();
        assertThat(moved(before, after, "chancery_log_records")).isEqualTo(1);
        assertThat(moved(before, after, "chancery_audit_stream_sent_total")).isEqualTo(1);
    }

    @Test
    void whatWaitsAtTheHost() throws Exception {
        assertThat(monitored.scrape().value("chancery_held_stanzas")).isZero();
        monitored.engine().countHeldBy(() -> 7);
        assertThat(monitored.scrape().value("chancery_held_stanzas")).isEqualTo(7);
    }

    @Test
    void presence() throws Exception {
        Exposition before = monitored.scrape();
        monitored.engine().gate().presence(new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked("ada@localhost/a"), true, "", 0));
        assertMoved(before, Map.of("chancery_presence_resources", 1.0));
    }

    @Test
    void checkpointsAndSinksThatTakeThemOrFail() throws Exception {
        monitored.close();
        monitored = new MonitoredEngine(folder, "100 ms");
        await("all is covered", () -> monitored.scrape().value("chancery_log_uncovered_records") == 0);
        awaitStreamed();
        await("the sinks are done", this::sinksAreDone);
        Exposition before = monitored.scrape();
        monitored.say("ada@localhost/a", "boris@localhost");
        await("the sinks are done", () -> moved(before, monitored.scrape(), "chancery_sink_failures_total{sink=\"2\"}") == 1 && sinksAreDone());
        Exposition after = monitored.scrape();
        assertThat(moved(before, after, "chancery_log_uncovered_records")).isZero();
        assertThat(moved(before, after, "chancery_log_records")).isEqualTo(1);
        assertThat(moved(before, after, "chancery_sink_covered_records{sink=\"1\"}")).isEqualTo(1);
        assertThat(moved(before, after, "chancery_sink_delivered_total{sink=\"1\"}")).isEqualTo(1);
        assertThat(after.value("chancery_sink_delivered_total{sink=\"2\"}")).isZero();
        assertThat(after.value("chancery_sink_covered_records{sink=\"2\"}")).isZero();
        assertThat(moved(before, after, "chancery_sink_failures_total{sink=\"1\"}")).isZero();
    }

    @Test
    void whatDoesNotMove() throws Exception {
        Exposition shown = monitored.scrape();
        assertThat(shown.value("chancery_archive_available")).isEqualTo(1);
        assertThat(shown.value("chancery_archive_queue_records")).isZero();
        assertThat(shown.value("chancery_archive_queue_limit_records")).isEqualTo(8192);
        assertThat(shown.value("chancery_folder_free_bytes{folder=\"data\"}")).isBetween(1.0, (double) folder.toFile().getTotalSpace());
        assertThat(shown.metrics().get("chancery_info").samples().entrySet()).singleElement()
                .satisfies(info -> assertThat(info.getKey() + " " + info.getValue()).matches("chancery_info\\{node=\"node1\",version=\"[^\"]+\"} 1\\.0"));
        assertThat(shown.labelValues()).as("no person").noneMatch(v -> v.contains("@") || v.contains("ada") || v.contains("localhost"));
        shown.metrics().values().stream().filter(m -> m.name().startsWith("chancery_")).forEach(m -> assertThat(m.samples().size()).as(m.name()).isLessThan(20));
    }

    /** A gauge doesn't keep what it looks at from being collected, and then shows NaN. */
    @Test
    void numbersOutliveACollection() throws Exception {
        System.gc();
        monitored.scrape().metrics().values().stream().filter(m -> m.name().startsWith("chancery_")).forEach(m -> assertThat(m.samples().values()).as(m.name()).noneMatch(v -> v.isNaN()));
    }

    private boolean sinksAreDone() throws Exception {
        Exposition shown = monitored.scrape();
        return shown.value("chancery_sink_covered_records{sink=\"1\"}") == shown.value("chancery_log_records");
    }

    /** The start's records and what this test has made have left, so that nothing moves by itself. */
    private void awaitStreamed() throws Exception {
        await("the audit stream is idle", () -> monitored.scrape().value("chancery_audit_stream_waiting_records") == 0
                && monitored.scrape().value("chancery_audit_stream_sent_total") > 0);
    }

    private static double moved(Exposition before, Exposition after, String sample) {
        return after.value(sample) - before.value(sample);
    }

    /**
     * Of Chancery's own numbers exactly these have moved; sums, maxima and buckets of times, which depend on the machine, are left out, and so is free space.
     * What happens beside its cause (an outcome's record) is counted a moment later.
     */
    private void assertMoved(Exposition before, Map<String, Double> expected) throws Exception {
        Map<String, Double> all = new TreeMap<>(expected);
        await("these have moved: " + all, () -> moved(before, monitored.scrape()).keySet().containsAll(all.keySet()));
        assertThat(moved(before, monitored.scrape())).isEqualTo(all);
    }

    private static Map<String, Double> moved(Exposition before, Exposition after) {
        Map<String, Double> moved = new TreeMap<>();
        after.metrics().values().stream().filter(m -> m.name().startsWith("chancery_") && !m.name().equals("chancery_folder_free_bytes"))
                .flatMap(m -> m.samples().keySet().stream())
                .filter(s -> !s.matches(".*_(sum|max)(\\{.*)?") && (!s.contains("_bucket") || s.contains("+Inf")) && moved(before, after, s) != 0)
                .forEach(s -> moved.put(s, moved(before, after, s)));
        return moved;
    }
}
