package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.archive.StoreConfig;
import im.chancery.core.RecordId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What became known of an attempt later goes and stays with it. */
class HeldSupplementTest extends RetentionBed {
    @Override
    protected StoreConfig store() {
        return StoreConfig.derby();
    }

    @Test
    void aHoldShouldKeepWhatBecameKnownOfAnAttemptWithIt() {
        RecordId held = supplement(await(record("default", "one", Optional.of("board@rooms.x"), "ada@x")), "ada@x");
        RecordId free = supplement(await(record("default", "two", Optional.of("lunch@rooms.x"), "cy@x")), "cy@x");
        assertThat(hold(custodian("ada@x")).held()).isEqualTo(2);
        clock.set(at(DUE, 3));
        retention.dispose(false, "olga");
        assertThat(archive.open(held).orElseThrow().record().fields()).containsEntry(Fields.ASSIGNED_ID, "given");
        assertGone(free);
    }

    private RecordId supplement(RecordId attempt, String who) {
        return await(NewRecord.of(RecordType.SUPPLEMENT, "default", Set.of(jid(who)), Optional.empty(),
                Map.of(Fields.ATTEMPT, attempt.toString(), Fields.ASSIGNED_ID, "given"), ""));
    }
}
