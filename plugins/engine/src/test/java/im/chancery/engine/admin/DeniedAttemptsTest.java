package im.chancery.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Archive;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.core.RecordId;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class DeniedAttemptsTest {
    private final List<NewRecord> records = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-22T03:00:00Z");

    @Test
    void aFloodLeavesABoundedNumberOfRecordsThatCountTheRest() {
        DeniedAttempts denied = new DeniedAttempts(new AuditTrail(archive()), clock());
        for (int i = 0; i < 1000; i++) {
            denied.denied("nobody", "denied.records.search", Map.of());
        }
        assertThat(records).hasSize(DeniedAttempts.BURST);
        now = now.plusSeconds(DeniedAttempts.SECONDS_EACH);
        denied.denied("nobody", "denied.records.search", Map.of());
        denied.denied("nobody", "denied.records.search", Map.of());
        assertThat(records).hasSize(DeniedAttempts.BURST + 1);
        assertThat(records.get(DeniedAttempts.BURST).fields()).containsEntry(Fields.COUNT, Integer.toString(1000 - DeniedAttempts.BURST + 1));
        now = now.plus(Duration.ofHours(1));
        for (int i = 0; i < 1000; i++) {
            denied.denied("nobody", "denied.records.search", Map.of());
        }
        assertThat(records).hasSize(2 * DeniedAttempts.BURST + 1);
    }

    @Test
    void aClockThatIsSetBackEndsNoRecords() {
        DeniedAttempts denied = new DeniedAttempts(new AuditTrail(archive()), clock());
        denied.denied("nobody", "denied.records.search", Map.of());
        now = now.minus(Duration.ofDays(1));
        denied.denied("nobody", "denied.records.search", Map.of());
        now = now.plusSeconds(DeniedAttempts.SECONDS_EACH);
        denied.denied("nobody", "denied.records.search", Map.of());
        assertThat(records).hasSize(2);
        assertThat(records.get(1).fields()).containsEntry(Fields.COUNT, "2");
    }

    @Test
    void nobodyKeepsAnothersAttemptsOutOfTheRecords() {
        DeniedAttempts denied = new DeniedAttempts(new AuditTrail(archive()), clock());
        for (String flooding : List.of("nobody", "Ann (t1)")) {
            for (int i = 0; i < 1000; i++) {
                denied.denied(flooding, "denied.records.search", Map.of());
            }
        }
        denied.denied("Bob (t2)", "denied.hold.release", Map.of("path", "/v1/holds/node1/7/release"));
        assertThat(records).hasSize(2 * DeniedAttempts.BURST + 1);
        assertThat(records.get(2 * DeniedAttempts.BURST).fields()).containsEntry(Fields.ACTOR, "Bob (t2)").containsEntry(Fields.ACTION, "denied.hold.release")
                .containsEntry(Fields.PARAMETER + "path", "/v1/holds/node1/7/release").containsEntry(Fields.COUNT, "1");
    }

    @Test
    void whatWasLeftOutIsRecordedAtTheEnd() {
        DeniedAttempts denied = new DeniedAttempts(new AuditTrail(archive()), clock());
        denied.denied("Bob (t2)", "denied.records.search", Map.of());
        for (int i = 0; i < DeniedAttempts.BURST + 6; i++) {
            denied.denied("Ann (t1)", "denied.records.search", Map.of());
        }
        denied.denied("Ann (t1)", "denied.record.show", Map.of("path", "/v1/records/node1/7"));
        denied.close();
        assertThat(records).hasSize(DeniedAttempts.BURST + 2);
        assertThat(records.get(DeniedAttempts.BURST + 1).fields()).containsEntry(Fields.ACTOR, "Ann (t1)").containsEntry(Fields.ACTION, "denied.record.show")
                .containsEntry(Fields.PARAMETER + "path", "/v1/records/node1/7").containsEntry(Fields.COUNT, "7");
    }

    private Archive archive() {
        return (Archive) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Archive.class}, (proxy, method, arguments) -> {
            records.add((NewRecord) arguments[0]);
            return CompletableFuture.completedFuture(new RecordId("node1", records.size()));
        });
    }

    private Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now;
            }
        };
    }
}
