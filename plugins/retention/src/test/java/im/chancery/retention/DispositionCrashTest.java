package im.chancery.retention;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.BucketId;
import im.chancery.archive.BucketState;
import im.chancery.archive.BucketStatus;
import im.chancery.archive.Fields;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.core.RecordId;
import im.chancery.retention.RetentionService.HoldResult;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The machine dies at each commit of a disposal, and of a hold, in turn; what comes after the restart must be whole. */
class DispositionCrashTest {
    private static final Logger LOG = LoggerFactory.getLogger(DispositionCrashTest.class);
    private static final BucketId BUCKET = new BucketId("default", House.DAY);

    @ParameterizedTest
    @EnumSource(Crash.Side.class)
    void aDisposalThatIsCutShortGoesOnAfterTheRestart(Crash.Side side) throws Exception {
        int commits = 0;
        while (disposeWithACrashAt(commits + 1, side)) {
            commits++;
        }
        LOG.info("a disposal of one bucket has {} commits", commits);
        assertThat(commits).isGreaterThan(4);
    }

    private static boolean disposeWithACrashAt(int commit, Crash.Side side) throws Exception {
        Crash crash = new Crash();
        try (House house = new House("default", "1 day", "audit", "7 years").open(crash::in)) {
            RecordId held = house.say("default", "held", "ada@x", "bob@x");
            List<RecordId> free = List.of(house.say("default", "free", "cy@x"), house.say("default", "free", "dan@x"));
            house.retention.hold(House.custodian("ada@x"), "ruth");
            house.clock.set(House.at(House.DAY.plusDays(2), 3));

            crash.arm(commit, side);
            disposeOrFail(house);
            boolean crashed = crash.happened();
            restart(house);
            assertThat(house.opens(held)).as("held, crash at commit %s", commit).isTrue();

            // A hold that comes now is either in time, or too late and told so.
            HoldResult dan = house.retention.hold(House.custodian("dan@x"), "ruth");
            assertThat(house.opens(free.get(1))).as("dan's, crash at commit %s", commit).isEqualTo(dan.held() == 1);
            assertThat(dan.tooLate() >= 2).isEqualTo(dan.held() == 0);
            house.retention.release(dan.hold().id(), "ruth");

            house.retention.dispose(false, "olga");
            assertThat(house.opens(held)).isTrue();
            assertThat(free).noneMatch(house::opens);
            Map<BucketId, BucketState> states = house.archive.buckets().stream().collect(Collectors.toMap(BucketStatus::id, BucketStatus::state));
            assertThat(states).containsEntry(BUCKET, BucketState.PARTIAL);
            assertThat(certificates(house)).hasSize(1);
            long certificate = certificates(house).get(0).id().index();
            assertThat(records(house, RecordType.AUDIT)).as("the root key was changed after it, crash at commit %s", commit)
                    .anyMatch(record -> "key.rotate".equals(record.record().fields().get(Fields.ACTION)) && record.id().index() > certificate);
            return crashed;
        }
    }

    @ParameterizedTest
    @EnumSource(Crash.Side.class)
    void aHoldWhoseRecordIsThereHoldsWhateverHappenedAfter(Crash.Side side) throws Exception {
        int commit = 1;
        boolean crashed = true;
        while (crashed) {
            Crash crash = new Crash();
            try (House house = new House("default", "1 day", "audit", "7 years").open(crash::in)) {
                RecordId id = house.say("default", "one", "ada@x");
                house.retention.holds();
                crash.arm(commit, side);
                try {
                    house.retention.hold(House.custodian("ada@x"), "ruth");
                } catch (RuntimeException e) {
                    LOG.debug("as expected at commit {}", commit, e);
                }
                crashed = crash.happened();
                restart(house);
                boolean recorded = !records(house, RecordType.HOLD).isEmpty();
                house.clock.set(House.at(House.DAY.plusDays(2), 3));
                house.retention.dispose(false, "olga");
                assertThat(house.opens(id)).as("crash %s commit %s", side, commit).isEqualTo(recorded);
                assertThat(house.retention.holds()).hasSize(recorded ? 1 : 0);
                assertThat(recorded).isEqualTo(commit > 1 || side == Crash.Side.AFTER);
            }
            commit++;
        }
        assertThat(commit).isGreaterThan(3);
    }

    private static void disposeOrFail(House house) {
        try {
            house.retention.dispose(false, "olga");
        } catch (RuntimeException e) {
            LOG.debug("as expected", e);
        }
    }

    private static void restart(House house) {
        try {
            house.archive.close();
        } catch (RuntimeException e) {
            LOG.debug("the machine is dead", e);
        }
        house.open();
    }

    private static List<ArchivedRecord> certificates(House house) {
        return records(house, RecordType.CERTIFICATE);
    }

    private static List<ArchivedRecord> records(House house, RecordType type) {
        return house.archive.find(new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of(type), -1, 10_000));
    }
}
