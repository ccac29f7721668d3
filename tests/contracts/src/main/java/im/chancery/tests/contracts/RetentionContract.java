package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.ArchiveException;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.BucketId;
import im.chancery.archive.BucketState;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import im.chancery.core.config.ConfigException;
import im.chancery.retention.ArchivedRetention;
import im.chancery.retention.RetentionService.Disposal;
import im.chancery.retention.RetentionService.HoldResult;
import im.chancery.retention.RetentionService.LegalHold;
import im.chancery.retention.RetentionService.NewHold;
import im.chancery.retention.RetentionService.PlanEntry;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What retention does over an archive, on whichever database the subclass gives it. Each test ends with the offline
 * verification of the log.
 */
public abstract class RetentionContract extends RetentionBed {
    // --- what is due ---

    @Test
    void disposeShouldDestroyAWholeBucketOnTheDayItIsDueAndNoDayEarlier() {
        RecordId id = say("ada@x", "bob@x", "one");
        clock.set(at(DUE.minusDays(1), 23));
        assertThat(retention.dispose(false, "olga")).isEmpty();
        assertThat(content(id)).isEqualTo("one");

        clock.set(at(DUE, 0));
        Disposal disposal = only(retention.dispose(false, "olga"));
        assertThat(disposal.bucket()).isEqualTo(BUCKET);
        assertThat(disposal.destroyed()).isEqualTo(1);
        assertThat(disposal.held()).isZero();
        assertThat(disposal.certificate().orElseThrow()).contains("default: 90 days").contains("olga").contains(DUE.plusDays(30).toString());
        assertGone(id);
        assertThat(state(BUCKET)).isEqualTo(BucketState.DESTROYED);
        assertThat(retention.dispose(false, "olga")).as("a second time there is nothing").isEmpty();
    }

    @Test
    void aDryRunShouldDecideAndCountTheSameAndChangeNothing() {
        RecordId held = say("ada@x", "bob@x", "one");
        RecordId free = say("cy@x", "dan@x", "two");
        hold(custodian("ada@x"));
        clock.set(at(DUE, 3));
        Disposal dry = only(retention.dispose(true, "olga"));
        assertThat(content(free)).isEqualTo("two");
        assertThat(state(BUCKET)).isEqualTo(BucketState.LIVE);
        assertThat(actions()).doesNotContain("disposition.approve");

        Disposal real = only(retention.dispose(false, "olga"));
        assertThat(dry.certificate()).isEmpty();
        assertThat(new Disposal(real.bucket(), real.destroyed(), real.held(), real.kept(), Optional.empty())).isEqualTo(dry);
        assertThat(content(held)).isEqualTo("one");
        assertGone(free);
    }

    @Test
    void aLongerScheduleShouldHoldForWhatWasCapturedBefore() throws ConfigException {
        RecordId id = say("ada@x", "bob@x", "one");
        clock.set(at(DUE, 3));
        retention.use(periods("1 year", "7 years"));
        assertThat(retention.dispose(false, "olga")).isEmpty();
        assertThat(content(id)).isEqualTo("one");
        assertThat(planned(BUCKET).due()).contains(LocalDate.of(2027, 11, 23));
        assertThat(planned(BUCKET).schedule()).isEqualTo("default: 1 year");
    }

    @Test
    void aClassThatTheConfigDoesNotNameShouldBeKept() {
        RecordId id = await(new NewRecord(RecordType.ATTEMPT, "former", Set.of(jid("ada@x")), Optional.empty(), fields(), "one"));
        clock.set(at(LocalDate.of(2126, 1, 1), 0));
        retention.dispose(false, "olga");
        assertThat(content(id)).isEqualTo("one");
        assertThat(planned(new BucketId("former", DAY)).due()).isEmpty();
    }

    // --- holds ---

    @Test
    void aHoldShouldKeepWhatItsCustodianSentOrReceivedAndNothingElse() {
        RecordId sent = say("ada@x", "bob@x", "one");
        RecordId received = say("bob@x", "ada@x", "two");
        RecordId other = say("bob@x", "cy@x", "three");
        HoldResult result = hold(custodian("ada@x"));
        assertThat(result.held()).isEqualTo(2);
        assertThat(result.tooLate()).isZero();
        assertThat(planned(BUCKET).held()).isEqualTo(2);

        clock.set(at(DUE, 3));
        Disposal disposal = only(retention.dispose(false, "olga"));
        assertThat(disposal.destroyed()).isEqualTo(1);
        assertThat(disposal.held()).isEqualTo(2);
        assertThat(content(sent)).isEqualTo("one");
        assertThat(content(received)).isEqualTo("two");
        assertGone(other);
        assertThat(state(BUCKET)).isEqualTo(BucketState.PARTIAL);
    }

    @Test
    void aHoldOnARoomShouldKeepWhatWasSaidThere() {
        RecordId inRoom = await(record("default", "one", Optional.of("board@rooms.x"), "ada@x"));
        RecordId elsewhere = await(record("default", "two", Optional.of("lunch@rooms.x"), "ada@x"));
        assertThat(hold(new NewHold("m", Optional.empty(), Optional.of(jid("board@rooms.x")), Optional.empty(), Optional.empty())).held()).isEqualTo(1);
        clock.set(at(DUE, 3));
        retention.dispose(false, "olga");
        assertThat(content(inRoom)).isEqualTo("one");
        assertGone(elsewhere);
    }

    @Test
    void aSpanShouldIncludeItsStartAndExcludeItsEnd() {
        RecordId before = say("ada@x", "bob@x", "before");
        clock.advance(Duration.ofMillis(1));
        Instant from = clock.instant();
        RecordId first = say("ada@x", "bob@x", "first");
        clock.advance(Duration.ofMillis(1));
        Instant to = clock.instant();
        RecordId after = say("ada@x", "bob@x", "after");
        assertThat(hold(new NewHold("m", Optional.of(jid("ada@x")), Optional.empty(), Optional.of(from), Optional.of(to))).held()).isEqualTo(1);
        clock.set(at(DUE, 3));
        assertThat(only(retention.dispose(false, "olga")).destroyed()).isEqualTo(2);
        assertThat(content(first)).isEqualTo("first");
        assertGone(before);
        assertGone(after);
    }

    @Test
    void aHeldMessagesCorrectionAndRetractionShouldBeHeldWithIt() {
        RecordId message = say("ada@x", "bob@x", "one");
        RecordId correction = await(relation("correct", "one, mended"));
        RecordId retraction = await(relation("retract", ""));
        hold(custodian("bob@x"));
        clock.set(at(DUE, 3));
        assertThat(only(retention.dispose(false, "olga")).held()).isEqualTo(3);
        assertThat(content(message)).isEqualTo("one");
        assertThat(content(correction)).isEqualTo("one, mended");
        assertThat(content(retraction)).isEmpty();
    }

    @Test
    void outcomesOfHeldAttemptsShouldStayAndThoseOfOthersGo() throws Exception {
        RecordId held = say("ada@x", "bob@x", "one");
        archive.outcome(held, Outcome.HANDED_ON);
        restart();
        RecordId free = say("cy@x", "dan@x", "two");
        archive.outcome(free, Outcome.BOUNCED);
        hold(custodian("ada@x"));
        restart();
        clock.set(at(DUE, 3));
        Disposal disposal = only(retention.dispose(false, "olga"));
        assertThat(disposal).extracting(Disposal::destroyed, Disposal::held, Disposal::kept).containsExactly(2L, 1L, 1L);
        assertThat(archive.outcomes(List.of(held, free))).isEqualTo(Map.of(held, Outcome.HANDED_ON));
    }

    @Test
    void aReleasedHoldShouldLetGoWhatItHeld() throws Exception {
        RecordId id = say("ada@x", "bob@x", "one");
        say("cy@x", "dan@x", "two");
        LegalHold hold = hold(custodian("ada@x")).hold();
        HoldResult second = hold(custodian("bob@x"));
        clock.set(at(DUE, 3));
        retention.dispose(false, "olga");
        LegalHold released = retention.release(hold.id(), "ruth");
        assertThat(released.released()).contains(at(DUE, 3));
        assertThat(retention.dispose(false, "olga")).as("bob's hold is still in force").singleElement()
                .extracting(Disposal::destroyed, Disposal::held).containsExactly(0L, 1L);
        assertThat(content(id)).isEqualTo("one");

        retention.release(second.hold().id(), "ruth");
        restart();
        assertThat(only(retention.dispose(false, "olga")).destroyed()).isEqualTo(1);
        assertGone(id);
        assertThat(state(BUCKET)).isEqualTo(BucketState.DESTROYED);
        assertThat(retention.holds()).extracting(LegalHold::released).containsExactly(Optional.of(at(DUE, 3)), Optional.of(at(DUE, 3)));
    }

    @Test
    void aHoldThatComesTooLateShouldBeToldHowMuch() {
        say("ada@x", "bob@x", "one");
        say("ada@x", "bob@x", "two");
        clock.set(at(DUE, 3));
        retention.dispose(false, "olga");
        RecordId later = say("ada@x", "bob@x", "three");
        HoldResult result = hold(custodian("ada@x"));
        assertThat(result.held()).isEqualTo(1);
        assertThat(result.tooLate()).isEqualTo(2);
        HoldResult elsewhen = hold(new NewHold("m", Optional.of(jid("ada@x")), Optional.empty(), Optional.of(at(DAY.plusDays(1), 0)), Optional.empty()));
        assertThat(elsewhen.tooLate()).as("outside of the span").isZero();
        assertThat(content(later)).isEqualTo("three");
    }

    @Test
    void holdsShouldBeTheSameAfterARestart() throws Exception {
        NewHold scope = new NewHold("Matter 7", Optional.of(jid("ada@x")), Optional.of(jid("board@rooms.x")), Optional.of(at(DAY, 1)), Optional.of(at(DAY, 2)));
        LegalHold first = retention.hold(scope, "ruth").hold();
        clock.advance(Duration.ofSeconds(1));
        LegalHold second = hold(custodian("bob@x")).hold();
        clock.advance(Duration.ofSeconds(1));
        LegalHold released = retention.release(first.id(), "ruth");
        assertThat(first.scope()).isEqualTo(scope);
        assertThat(first.createdBy()).isEqualTo("ruth");
        assertThat(first.created()).isEqualTo(at(DAY, 12));
        restart();
        assertThat(retention.holds()).containsExactly(released, second);
    }

    @Test
    void holdShouldRefuseAScopeThatIsNone() {
        assertThatThrownBy(() -> hold(new NewHold("m", Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty())))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> hold(new NewHold("m", Optional.of(jid("ada@x")), Optional.empty(), Optional.of(at(DAY, 1)), Optional.of(at(DAY, 1)))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> hold(new NewHold(" ", Optional.of(jid("ada@x")), Optional.empty(), Optional.empty(), Optional.empty())))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> retention.hold(custodian("ada@x"), "")).isInstanceOf(IllegalArgumentException.class);
        assertThat(retention.holds()).isEmpty();
        assertThat(records(RecordType.HOLD)).isEmpty();
    }

    @Test
    void releaseShouldRefuseWhatIsNotInForce() {
        LegalHold hold = hold(custodian("ada@x")).hold();
        assertThatThrownBy(() -> retention.release("north/999", "ruth")).isInstanceOf(NoSuchElementException.class);
        retention.release(hold.id(), "ruth");
        assertThatThrownBy(() -> retention.release(hold.id(), "ruth")).isInstanceOf(NoSuchElementException.class);
        assertThat(records(RecordType.RELEASE)).hasSize(1);
    }

    @Test
    void disposeShouldRefuseAnApproverWithoutNameOrWithAnAddress() {
        assertThatThrownBy(() -> retention.dispose(false, " ")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> retention.dispose(false, "olga@x")).isInstanceOf(IllegalArgumentException.class);
    }

    // --- records first ---

    @Test
    void aHoldsRecordAloneShouldHoldEvenIfTheProcessDiedBeforeItsRow() throws Exception {
        RecordId id = say("ada@x", "bob@x", "one");
        hold(custodian("ada@x"));
        sql("DELETE FROM retention_hold");
        restart();
        clock.set(at(DUE, 3));
        retention.dispose(false, "olga");
        assertThat(content(id)).isEqualTo("one");
    }

    @Test
    void aRowThatSaysReleasedWithoutARecordShouldNotRelease() throws Exception {
        RecordId id = say("ada@x", "bob@x", "one");
        hold(custodian("ada@x"));
        sql("UPDATE retention_hold SET release_id = 'north/1'");
        clock.set(at(DUE, 3));
        retention.dispose(false, "olga");
        assertThat(content(id)).isEqualTo("one");
    }

    @Test
    void rowsOfHoldsWithoutARecordShouldStopDisposalsAndNoHold() throws Exception {
        RecordId held = say("ada@x", "bob@x", "one");
        RecordId free = say("cy@x", "dan@x", "two");
        for (int next = 1; next < 40; next++) { // one of them is the new hold's id
            sql("INSERT INTO retention_hold (hold_id, release_id) VALUES ('north/" + next + "', NULL)");
        }
        HoldResult placed = hold(custodian("ada@x"));
        assertThat(placed.held()).isEqualTo(1);
        clock.set(at(DUE, 3));
        assertThatThrownBy(() -> retention.dispose(false, "olga")).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> retention.dispose(true, "olga")).isInstanceOf(ArchiveException.class);
        assertThat(content(free)).isEqualTo("two");
        assertThat(state(BUCKET)).isEqualTo(BucketState.LIVE);

        sql("DELETE FROM retention_hold WHERE hold_id <> '" + placed.hold().id() + "'");
        retention.dispose(false, "olga");
        assertThat(content(held)).isEqualTo("one");
        assertGone(free);
    }

    @ParameterizedTest
    @MethodSource("waysToHideAHold")
    void nothingShouldBeDestroyedWhileAHoldsRecordIsHiddenTogetherWithItsRow(String hide, String bringBack) throws Exception {
        hiddenHoldStopsDisposals(hide, bringBack, () -> retention = ArchivedRetention.open(archive, periods("90 days", "7 years"), clock));
    }

    /** With what undoes it. Below 0 a row counts for nothing. */
    static Stream<Arguments> waysToHideAHold() {
        String move = "UPDATE archive_record SET bucket_id = (SELECT id FROM archive_bucket WHERE record_class = '%s') WHERE leaf_index = %%d";
        return Stream.of(
                Arguments.of("UPDATE archive_record SET leaf_index = -leaf_index WHERE leaf_index = %d", "UPDATE archive_record SET leaf_index = -leaf_index WHERE leaf_index = -%d"),
                Arguments.of(String.format(move, "default"), String.format(move, "audit")));
    }

    @Test
    void nothingShouldBeDestroyedWhileAHoldsRecordIsOutsideOfItsBucketsBounds() throws Exception {
        hiddenHoldStopsDisposals("UPDATE archive_bucket SET last_index = %d - 1 WHERE record_class = 'audit'",
                "UPDATE archive_bucket SET last_index = %d WHERE record_class = 'audit'", () -> {
                    restart();
                    return null;
                });
    }

    /** @param forget makes an engine that doesn't know of the hold any more */
    private void hiddenHoldStopsDisposals(String hide, String bringBack, Callable<?> forget) throws Exception {
        RecordId held = say("ada@x", "bob@x", "one");
        RecordId free = say("cy@x", "dan@x", "two");
        long hold = RecordId.parse(hold(custodian("ada@x")).hold().id()).index();
        sql(String.format(hide, hold));
        sql("DELETE FROM retention_hold");
        forget.call();
        clock.set(at(DUE, 3));
        for (boolean dryRun : List.of(true, false)) {
            assertThatThrownBy(() -> retention.dispose(dryRun, "olga")).isInstanceOf(ArchiveException.class)
                    .hasMessageContaining("leaf index " + hold + ".").hasMessageContaining("verify --records");
        }
        assertThat(content(held)).isEqualTo("one");
        assertThat(content(free)).isEqualTo("two");
        assertThat(state(BUCKET)).isEqualTo(BucketState.LIVE);

        sql(String.format(bringBack, hold));
        forget.call();
        assertThat(actions()).doesNotContain("disposition.approve");
        assertThat(only(retention.dispose(false, "olga")).held()).isEqualTo(1);
        assertThat(content(held)).isEqualTo("one");
        assertGone(free);
    }

    @Test
    void nothingShouldBeDestroyedWhileAHoldThatTheEngineKnowsIsHidden() throws Exception {
        say("ada@x", "bob@x", "one");
        clock.set(at(DUE, 3));
        retention.dispose(false, "olga");
        RecordId held = say("ada@x", "bob@x", "two");
        String hold = hold(custodian("ada@x")).hold().id();
        clock.set(at(DUE.plusDays(91), 3));
        assertThat(only(retention.dispose(false, "olga")).held()).as("all records are checked now").isEqualTo(1);
        long index = RecordId.parse(hold).index();
        sql("UPDATE archive_record SET leaf_index = -leaf_index WHERE leaf_index = " + index);
        sql("DELETE FROM retention_hold");
        assertThatThrownBy(() -> retention.dispose(false, "olga")).isInstanceOf(ArchiveException.class)
                .hasMessageContaining(hold).hasMessageContaining("verify --records");
        assertThat(content(held)).isEqualTo("two");
        sql("UPDATE archive_record SET leaf_index = -leaf_index WHERE leaf_index = -" + index);
        assertThat(only(retention.dispose(false, "olga")).held()).as("when it is back").isEqualTo(1);
        assertThat(content(held)).isEqualTo("two");
    }

    @Test
    void aRecordThatWasMovedIntoABucketThatIsDueShouldNotGoWithIt() throws Exception {
        RecordId due = say("ada@x", "bob@x", "one");
        RecordId moved = await(record("former", "kept for ever", Optional.empty(), "ada@x"));
        say("ada@x", "bob@x", "two");
        clock.set(at(DUE, 3));
        retention.dispose(true, "olga"); // all records are checked now
        String move = "UPDATE archive_record SET bucket_id = (SELECT id FROM archive_bucket WHERE record_class = '%s') WHERE leaf_index = " + moved.index();
        sql(String.format(move, "default"));
        assertThatThrownBy(() -> retention.dispose(false, "olga")).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("leaf index " + moved.index());
        sql(String.format(move, "former"));
        assertThat(content(moved)).isEqualTo("kept for ever");
        assertThat(only(retention.dispose(false, "olga")).destroyed()).isEqualTo(2);
        assertGone(due);
    }

    @Test
    void everyLeafThatIsMissingShouldBeNamedAndWhatWasDestroyedNot() throws Exception {
        say("ada@x", "bob@x", "destroyed");
        clock.set(at(DUE, 3));
        retention.dispose(false, "olga");
        List<RecordId> ids = Stream.of("a", "b", "c", "d").map(text -> say("ada@x", "bob@x", text)).toList();
        clock.set(at(DUE.plusDays(91), 3));
        long first = ids.get(0).index();
        sql("UPDATE archive_record SET leaf_index = -leaf_index WHERE leaf_index BETWEEN " + first + " AND " + (first + 2));
        restart();
        assertThatThrownBy(() -> retention.dispose(false, "olga")).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("3 leaves have").hasMessageContaining("leaf index " + first + "-" + (first + 2) + ".");
        sql("UPDATE archive_record SET leaf_index = -leaf_index WHERE leaf_index = -" + first);
        assertThatThrownBy(() -> retention.dispose(false, "olga")).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("2 leaves have").hasMessageContaining("leaf index " + (first + 1) + "-" + (first + 2) + ".");
        sql("UPDATE archive_record SET leaf_index = -leaf_index WHERE leaf_index < 0");
        assertThat(only(retention.dispose(false, "olga")).destroyed()).as("with the outcomes").isEqualTo(5);
    }

    @Test
    void holdsReleasesAndApprovalsShouldBeRecordsOfClassAudit() {
        say("ada@x", "bob@x", "one");
        LegalHold hold = hold(custodian("cy@x")).hold();
        retention.release(hold.id(), "ruth");
        clock.set(at(DUE, 3));
        retention.dispose(false, "olga");
        ArchivedRecord placed = only(records(RecordType.HOLD));
        assertThat(placed.bucket().recordClass()).isEqualTo("audit");
        assertThat(placed.id()).hasToString(hold.id());
        assertThat(placed.record().fields()).containsEntry(Fields.ACTOR, "ruth").containsEntry(Fields.CUSTODIAN, "cy@x");
        assertThat(only(records(RecordType.RELEASE)).record().fields()).containsEntry(Fields.HOLD, hold.id());
        ArchivedRecord approval = records(RecordType.AUDIT).stream()
                .filter(r -> "disposition.approve".equals(r.record().fields().get(Fields.ACTION))).findFirst().orElseThrow();
        assertThat(approval.record().fields()).containsEntry(Fields.ACTOR, "olga");
        assertThat(approval.record().content()).isEqualTo(BUCKET + " under default: 90 days");
        assertThat(approval.bucket().recordClass()).isEqualTo("audit");
        assertThat(only(records(RecordType.CERTIFICATE)).id().index()).as("approved first").isGreaterThan(approval.id().index());
    }

    // --- the audit class itself ---

    @Test
    void aHoldInForceShouldOutliveItsOwnBucketsPeriod() throws Exception {
        retention.use(periods("90 days", "30 days"));
        RecordId id = say("ada@x", "bob@x", "one");
        LegalHold hold = hold(custodian("ada@x")).hold();
        clock.set(at(DUE, 3));
        retention.dispose(false, "olga");
        restart();
        retention.use(periods("90 days", "30 days"));
        assertThat(retention.holds()).containsExactly(hold);
        clock.set(at(DUE.plusYears(1), 3));
        retention.dispose(false, "olga");
        assertThat(content(id)).isEqualTo("one");
        assertThat(retention.holds()).containsExactly(hold);
    }

    @Test
    void aReleaseShouldNotGoBeforeItsHold() throws Exception {
        retention.use(periods("90 days", "30 days"));
        LegalHold hold = hold(custodian("ada@x")).hold();
        RecordId key = RecordId.parse(hold.id());
        clock.set(at(DAY.plusDays(10), 12));
        retention.release(hold.id(), "ruth");
        clock.set(at(DAY.plusDays(32), 3));
        retention.dispose(false, "olga");
        assertGone(key);
        assertThat(records(RecordType.RELEASE)).hasSize(1);
        restart();
        retention.use(periods("90 days", "30 days"));
        assertThat(retention.holds()).isEmpty();
        clock.set(at(DAY.plusDays(42), 3));
        retention.dispose(false, "olga");
        assertThat(records(RecordType.RELEASE)).isEmpty();
        assertThat(retention.holds()).isEmpty();
    }

    @Test
    void certificatesShouldStayForEver() {
        say("ada@x", "bob@x", "one");
        clock.set(at(DUE, 3));
        retention.dispose(false, "olga");
        ArchivedRecord certificate = only(records(RecordType.CERTIFICATE));
        clock.set(at(LocalDate.of(2060, 1, 1), 3));
        retention.dispose(false, "olga");
        assertThat(records(RecordType.CERTIFICATE)).contains(certificate);
        assertThat(records(RecordType.NODE)).hasSize(1);
        assertThat(records(RecordType.AUDIT)).as("what is due of the class audit goes")
                .allSatisfy(r -> assertThat(r.bucket().day()).isAfterOrEqualTo(LocalDate.of(2060, 1, 1)));
    }

    // --- the plan ---

    @Test
    void planShouldListWhatIsThereEarliestDueFirst() {
        say("ada@x", "bob@x", "one");
        await(record("former", "two", Optional.empty(), "ada@x"));
        clock.set(at(DAY.plusDays(1), 12));
        say("ada@x", "bob@x", "three");
        hold(new NewHold("m", Optional.of(jid("bob@x")), Optional.empty(), Optional.of(clock.instant()), Optional.empty()));
        hold(new NewHold("n", Optional.of(jid("ada@x")), Optional.empty(), Optional.of(clock.instant()), Optional.empty()));
        List<PlanEntry> plan = retention.plan();
        assertThat(plan).extracting(e -> e.bucket().toString()).containsExactly("default/2026-11-22", "default/2026-11-23",
                "audit/2026-11-22", "audit/2026-11-23", "former/2026-11-22");
        assertThat(plan).extracting(PlanEntry::held).as("held twice is counted once").containsExactly(0L, 1L, 0L, 0L, 0L);
        assertThat(plan.get(0)).isEqualTo(new PlanEntry(BUCKET, BucketState.LIVE, 1, Optional.of(DUE), 0, "default: 90 days"));
    }
}
