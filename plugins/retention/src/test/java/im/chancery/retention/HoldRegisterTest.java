package im.chancery.retention;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.BucketId;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HoldRegisterTest {
    /** As a start leaves it that has destroyed a key which came back with an older key folder, if it ends before the root key is changed. */
    @Test
    void aKeyDestroyedAfterTheLastChangeOfTheRootKeyOwesOne() throws Exception {
        try (House house = new House("default", "1 day", "audit", "7 years").open()) {
            house.archive.append(NewRecord.of(RecordType.AUDIT, "audit", Set.of(), Optional.empty(),
                    Map.of(Fields.ACTION, "key.destroy", Fields.ACTOR, "archive", "bucket", "default/2026-11-01"), "")).toCompletableFuture().join();
            house.retention.dispose(false, "olga");
            house.restart();
            house.retention.dispose(false, "olga");
            List<String> rotations = new ArrayList<>();
            house.archive.scan(new BucketId("audit", House.DAY), record -> {
                if ("key.rotate".equals(record.record().fields().get(Fields.ACTION))) {
                    rotations.add(record.record().fields().get(Fields.ACTOR));
                }
            });
            assertThat(rotations).as("once").containsExactly("olga");
        }
    }

    @Test
    void aHoldStaysReleasedWhereTheClockHadGoneBackBeforeItsRelease() throws Exception {
        try (House house = new House("default", "1 day", "audit", "7 years").open()) {
            String released = house.retention.hold(House.custodian("ada@x"), "ruth").hold().id();
            String inForce = house.retention.hold(House.custodian("bob@x"), "ruth").hold().id();
            house.clock.advance(Duration.ofDays(-1));
            house.retention.release(released, "ruth");
            house.clock.advance(Duration.ofDays(2));
            house.restart();
            assertThat(house.retention.holds()).extracting(RetentionService.LegalHold::id).containsExactly(released, inForce);
            assertThat(house.retention.holds()).filteredOn(hold -> hold.released().isEmpty()).extracting(RetentionService.LegalHold::id).containsExactly(inForce);
        }
    }
}
