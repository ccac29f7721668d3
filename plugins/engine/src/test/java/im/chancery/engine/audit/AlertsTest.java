package im.chancery.engine.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.ArchiveStatus;
import im.chancery.archive.syslog.SyslogMessage;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is told of the archive's failures: each, once a minute at most, with how often; and its return. */
class AlertsTest {
    private static final Instant START = Instant.parse("2026-11-26T08:00:00Z");

    private final Alerts alerts = new Alerts();
    private final List<String> told = new ArrayList<>();

    @Test
    void aSinkThatFailsAndComesBackIsToldOfByItsPlace() {
        tell(0, status(true, 0, sink(1, 0), sink(1, 0)));
        assertThat(told).isEmpty();
        tell(1, status(true, 0, sink(2, 0), sink(1, 2)));
        assertThat(told).containsExactly("ERROR checkpoint.sink 2 failed 2");
        tell(2, status(true, 0, sink(3, 0), sink(1, 9)));
        assertThat(told).as("not again within a minute").hasSize(1);
        tell(62, status(true, 0, sink(4, 0), sink(1, 9)));
        assertThat(told).containsExactly("ERROR checkpoint.sink 2 failed 2", "ERROR checkpoint.sink 2 failed 7");
        tell(63, status(true, 0, sink(5, 0), sink(3, 9)));
        tell(64, status(true, 0, sink(6, 0), sink(4, 9)));
        assertThat(told).endsWith("NOTICE checkpoint.sink 2 back 2").hasSize(3);
    }

    @Test
    void theDatabaseIsToldOfWhenItGoesAndWhenItIsBack() {
        tell(0, status(false, 0));
        tell(1, status(false, 0));
        tell(2, status(true, 0));
        tell(3, status(true, 0));
        assertThat(told).containsExactly("ERROR database failed 1", "NOTICE database back 1");
    }

    @Test
    void theLogsFolderAndRecordsThatCouldNotBeSentAreToldOf() {
        tell(0, status(true, 3));
        alerts.tell(status(true, 3), 2, START.plusSeconds(1), this::note);
        assertThat(told).containsExactly("ERROR log.folder failed 3", "ERROR audit.record failed 2");
    }

    @Test
    void aClockThatIsSetBackSilencesNothing() {
        tell(7200, status(true, 1));
        tell(0, status(true, 2));
        tell(1, status(true, 3));
        tell(60, status(true, 4));
        assertThat(told).containsExactly("ERROR log.folder failed 1", "ERROR log.folder failed 1", "ERROR log.folder failed 2");
    }

    @Test
    void whatCouldNotBeSentIsToldTheNextTime() {
        assertThatThrownBy(() -> alerts.tell(status(true, 3), 0, START, message -> {
            throw new IOException("away");
        })).isInstanceOf(IOException.class);
        tell(1, status(true, 5));
        assertThat(told).containsExactly("ERROR log.folder failed 5");
    }

    private void tell(long second, ArchiveStatus status) {
        alerts.tell(status, 0, START.plusSeconds(second), this::note);
    }

    private void note(SyslogMessage message) {
        String sink = message.parameters().containsKey("sink") ? " " + message.parameters().get("sink") : "";
        told.add(message.severity() + " " + message.parameters().get("event") + sink + " " + message.parameters().get("outcome") + " " + message.parameters().get("count"));
    }

    private static ArchiveStatus.Sink sink(long delivered, long failures) {
        return new ArchiveStatus.Sink("file", delivered, failures, delivered);
    }

    private static ArchiveStatus status(boolean available, long logFailures, ArchiveStatus.Sink... sinks) {
        return new ArchiveStatus(available, 0, 10, 10, 1, logFailures, List.of(sinks));
    }
}
