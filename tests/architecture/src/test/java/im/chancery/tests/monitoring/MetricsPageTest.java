package im.chancery.tests.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The table of docs/monitoring.md has every metric that a running engine shows, and no other. To write it anew:
 * {@code mvn -pl tests/architecture -am test -Dtest=MetricsPageTest -Dsurefire.failIfNoSpecifiedTests=false -Dupdate=true}.
 */
class MetricsPageTest {
    @TempDir
    private Path folder;

    @Test
    void theTableIsWhatARunningEngineShows() throws Exception {
        try (MonitoredEngine monitored = new MonitoredEngine(folder, "1 s")) {
            monitored.engine().gate().outcome(monitored.say("ada@localhost/a", "boris@localhost").attempt(), Outcome.HANDED_ON);
            assertThat(monitored.page().headers().firstValue("Content-Type")).contains("text/plain; version=0.0.4; charset=utf-8");
            same(MetricsTable.of(monitored.scrape()));
        }
    }

    private static void same(MetricsTable shown) throws IOException {
        if (Boolean.getBoolean("update")) {
            shown.write();
        }
        assertThat(MetricsTable.read()).isEqualTo(shown);
        assertThat(Files.readString(MetricsTable.PAGE)).contains(shown.text());
    }
}
