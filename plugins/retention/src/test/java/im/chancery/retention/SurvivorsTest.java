package im.chancery.retention;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.BucketId;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.RecordId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SurvivorsTest {
    private static final BucketId AUDIT = new BucketId("audit", House.DAY);

    @Test
    void keepsCertificatesAndTheFirstStartButNoConfig() {
        Survivors survivors = new Survivors(AUDIT, new HoldRegister.View(Map.of(), List.of()));
        survivors.add(record(0, RecordType.NODE, "node.first-start"));
        survivors.add(record(1, RecordType.NODE, "node.start"));
        survivors.add(record(2, RecordType.CERTIFICATE, "bucket.destroy"));
        survivors.add(record(3, RecordType.AUDIT, "record.show"));
        assertThat(survivors.staying()).containsExactlyInAnyOrder(0L, 2L);
        assertThat(survivors.kept()).isEqualTo(2);
        assertThat(survivors.going()).isEqualTo(2);
    }

    private static ArchivedRecord record(long index, RecordType type, String action) {
        return new ArchivedRecord(new RecordId("north", index), AUDIT, House.at(House.DAY, 12),
                NewRecord.of(type, "audit", Set.of(), Optional.empty(), Map.of(Fields.ACTION, action), "content"));
    }
}
