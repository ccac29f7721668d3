package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.Archives;
import im.chancery.archive.BucketId;
import im.chancery.archive.BucketState;
import im.chancery.archive.BucketStatus;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.RecordsVerifier;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/** What an archive must do on every database. Each test ends by verifying log and records offline. */
public abstract class ArchiveStoreContract {
    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    @TempDir
    Path folder;
    private final SettableClock clock = new SettableClock(START);
    private ArchiveConfig config;
    private Archive archive;

    /** A config on an empty database, with its folders inside {@code folder}. */
    protected abstract ArchiveConfig config(Path folder) throws Exception;

    /** Connects to the config's database while no archive is open on it. The caller closes the connection. */
    protected abstract Connection connect(ArchiveConfig config) throws Exception;

    /** Called after the connection of {@link #connect} was closed. */
    protected void disconnected(ArchiveConfig config) throws Exception {
    }

    @BeforeEach
    void open() throws Exception {
        config = config(folder).withIntervals(Duration.ofMillis(50), Duration.ofMillis(20));
        archive = Archives.open(config, clock);
    }

    @AfterEach
    void verify() throws Exception {
        archive.close();
        VerifierKey key = VerifierKey.parse(Files.readString(config.verifierKey()));
        Verification log = LogVerifier.verify(config.log(), key, List.of());
        try (Connection connection = connect(config)) {
            Verification all = RecordsVerifier.verify(config.log(), key, log, connection);
            assertThat(all.findings()).as(all.text()).isEmpty();
        }
        disconnected(config);
    }

    @Test
    void appendShouldGiveGaplessIndexesToManyThreads() {
        append(attempt("the bucket's first", "a@x")).join();
        List<CompletableFuture<RecordId>> stages = Collections.synchronizedList(new ArrayList<>());
        IntStream.range(0, 600).parallel().forEach(i -> stages.add(append(attempt("text " + i, "a@x", "b@x"))));
        Set<Long> indexes = new HashSet<>();
        stages.forEach(s -> indexes.add(s.join().index()));

        long first = Collections.min(indexes);
        assertThat(indexes).containsExactlyInAnyOrderElementsOf(LongStream.range(first, first + 600).boxed().toList());
        assertThat(archive.status().committed()).isEqualTo(first + 600);
    }

    @Test
    void workShouldComeAfterTheStagesThatAreCompletedJustNow() {
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        CompletableFuture<Void> mayGoOn = new CompletableFuture<>();
        CompletableFuture<Void> worked = new CompletableFuture<>();
        archive.afterStages(mayGoOn::join);
        archive.append(attempt("one", "a@x")).thenAccept(id -> {
            archive.afterStages(() -> {
                order.add("work");
                worked.complete(null);
            });
            order.add("stage");
        });
        mayGoOn.complete(null);
        worked.join();
        assertThat(order).containsExactly("stage", "work");

        Archive closed = archive;
        restart();
        closed.afterStages(() -> order.add("at once"));
        assertThat(order).endsWith("at once");
    }

    @Test
    void openShouldGiveBackWhatWasAppended() {
        NewRecord record = NewRecord.of(RecordType.ATTEMPT, "default", Set.of(jid("a@x"), jid("b@x")), Optional.of(jid("room@rooms.x")),
                Map.of(Fields.FROM, "a@x/phone", Fields.REASON, "schön \uD83D\uDE00"), "<message>\n<body>" + "lang ".repeat(20_000) + "</body></message>");
        RecordId id = append(record).join();

        restart();

        ArchivedRecord opened = archive.open(id).orElseThrow();
        assertThat(opened).isEqualTo(new ArchivedRecord(id, bucket("default"), START, record));
        assertThat(archive.open(new RecordId(id.origin(), id.index() + 1_000))).isEmpty();
        assertThat(archive.open(new RecordId("other", id.index()))).isEmpty();
    }

    @Test
    void findShouldJoinCriteriaInLogOrderPageByPage() {
        append(attempt("one", "a@x", "b@x")).join();
        append(attempt("two", "a@x", "c@x")).join();
        append(inRoom("three", "room@rooms.x", "a@x", "b@x")).join();
        clock.advance(Duration.ofHours(13));
        append(attempt("four", "c@x", "b@x")).join();
        append(inRoom("five", "other@rooms.x", "b@x")).join();

        assertThat(found(query(Optional.of("b@x"), Optional.empty(), -1, 100))).containsExactly("one", "three", "four", "five");
        assertThat(found(query(Optional.of("b@x"), Optional.of("room@rooms.x"), -1, 100))).containsExactly("three");
        assertThat(found(query(Optional.empty(), Optional.of("other@rooms.x"), -1, 100))).containsExactly("five");
        assertThat(found(query(Optional.of("nobody@x"), Optional.empty(), -1, 100))).isEmpty();
        List<ArchivedRecord> page = archive.find(query(Optional.of("b@x"), Optional.empty(), -1, 2));
        assertThat(found(query(Optional.of("b@x"), Optional.empty(), page.get(1).id().index(), 2))).containsExactly("four", "five");
        RecordQuery late = new RecordQuery(Optional.of(START.plusSeconds(1)), Optional.empty(), Optional.empty(), Optional.empty(),
                Set.of(RecordType.ATTEMPT), -1, 100);
        assertThat(found(late)).containsExactly("four", "five");
        RecordQuery early = new RecordQuery(Optional.empty(), Optional.of(START.plusSeconds(1)), Optional.of(jid("b@x")), Optional.empty(),
                Set.of(), -1, 100);
        assertThat(found(early)).containsExactly("one", "three");
    }

    @Test
    void appendShouldPushBackWhenTheQueueIsFull() {
        archive.close();
        config = config.withQueue(1);
        archive = Archives.open(config, clock);

        List<CompletableFuture<RecordId>> stages = IntStream.range(0, 5_000).mapToObj(i -> append(attempt("text " + i, "a@x"))).toList();
        Set<Long> stored = new HashSet<>();
        int refused = 0;
        for (CompletableFuture<RecordId> stage : stages) {
            try {
                stored.add(stage.join().index());
            } catch (CompletionException e) {
                assertThat(e).hasCauseInstanceOf(ArchiveException.Overloaded.class);
                refused++;
            }
        }

        assertThat(refused).isPositive();
        assertThat(stored).hasSize(5_000 - refused);
        assertThat(archive.find(query(Optional.of("a@x"), Optional.empty(), -1, 10_000))).hasSize(5_000 - refused);
    }

    @Test
    void textThatIsNotUnicodeShouldBeRefusedAlone() {
        assertThatThrownBy(() -> append(attempt("half a pair \uD83D", "a@x")).join()).isInstanceOf(IllegalArgumentException.class);
        assertThat(append(attempt("fine", "a@x")).join()).isNotNull();
    }

    @Test
    void outcomesShouldBeKnownAfterARestartAndUnknownWhereNoneCame() {
        List<RecordId> ids = IntStream.range(0, 4).mapToObj(i -> append(attempt("text " + i, "a@x")).join()).toList();
        archive.outcome(ids.get(0), Outcome.HANDED_ON);
        archive.outcome(ids.get(1), Outcome.BOUNCED);

        restart();

        assertThat(archive.outcomes(ids)).containsExactlyInAnyOrderEntriesOf(Map.of(ids.get(0), Outcome.HANDED_ON,
                ids.get(1), Outcome.BOUNCED, ids.get(2), Outcome.UNKNOWN, ids.get(3), Outcome.UNKNOWN));
        archive.outcome(ids.get(3), Outcome.HANDED_ON);
        restart();
        assertThat(archive.outcomes(ids)).containsEntry(ids.get(3), Outcome.HANDED_ON).containsEntry(ids.get(2), Outcome.UNKNOWN);
    }

    @Test
    void creatingAKeyShouldBeRecorded() {
        append(NewRecord.of(RecordType.ATTEMPT, "legal", Set.of(), Optional.empty(), Map.of(), "x")).join();
        append(attempt("after it", "a@x")).join();

        List<String> made = archive.find(RecordQuery.all(100)).stream().filter(r -> r.record().type() == RecordType.AUDIT)
                .filter(r -> "key.create".equals(r.record().fields().get(Fields.ACTION))).map(r -> r.record().fields().get("bucket")).toList();
        assertThat(made).containsExactly("audit/2026-03-01", "legal/2026-03-01", "default/2026-03-01");
    }

    @Test
    void destroyShouldRunItsRuleInATransactionThatSeesTheDatabase() {
        RecordId gone = append(attempt("gone", "a@x")).join();
        RecordId kept = append(attempt("kept", "b@x")).join();
        clock.advance(Duration.ofDays(3));
        List<String> seen = new ArrayList<>();

        Optional<String> certificate = archive.destroy(bucket("default"), new Archive.DestructionOrder("default: 1 days", "approver",
                LocalDate.of(2027, 1, 1), (connection, records) -> {
                    assertThat(connection.getAutoCommit()).isFalse();
                    records.forEach(r -> seen.add(r.record().content()));
                    return Set.of(kept.index());
                }));

        assertThat(seen).contains("gone", "kept");
        assertThat(certificate).isPresent();
        assertThat(archive.certificates()).containsExactly(certificate.get());
        assertThatThrownBy(() -> archive.open(gone)).isInstanceOf(ArchiveException.Destroyed.class);
        restart();
        assertThat(found(query(Optional.of("b@x"), Optional.empty(), -1, 10))).containsExactly("kept");
        assertThat(archive.buckets()).filteredOn(b -> b.id().equals(bucket("default"))).extracting(BucketStatus::state)
                .containsExactly(BucketState.PARTIAL);
    }

    @Test
    void destroyShouldNotRunWhileItIsExcluded() throws Exception {
        append(attempt("held at the last moment", "a@x")).join();
        clock.advance(Duration.ofDays(3));
        CompletableFuture<Optional<String>> destruction = new CompletableFuture<>();
        Thread destroyer = new Thread(() -> destruction.complete(archive.destroy(bucket("default"), order())));

        archive.excludingDestruction(connection -> {
            destroyer.start();
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (destroyer.getState() != Thread.State.WAITING && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertThat(destruction).isNotDone();
            return null;
        });

        destroyer.join();
        assertThat(destruction.join()).isPresent();
    }

    @Test
    void aDestructionThatThisNodeHasNotDecidedShouldDestroyNothing() throws Exception {
        RecordId kept = append(attempt("kept", "a@x")).join();
        append(NewRecord.of(RecordType.ATTEMPT, "legal", Set.of(), Optional.empty(), Map.of(), "gone")).join();
        clock.advance(Duration.ofDays(3));
        String certificate = archive.destroy(bucket("legal"), order()).orElseThrow();
        String forged = "INSERT INTO archive_destruction SELECT 9, (SELECT id FROM archive_bucket WHERE record_class = 'default'), 1,"
                + " schedule, approved_by, key_copies_gone, destroyed, survivors, -1, signature FROM archive_destruction";
        String state = "UPDATE archive_bucket SET state = %d WHERE record_class = 'default'";

        restartAfter(forged, String.format(state, 1), "UPDATE archive_destruction SET step = 2 WHERE id = 1");

        assertThatThrownBy(archive::resumeDestructions).isInstanceOf(ArchiveException.class).hasMessageContaining("destruction 9 ");
        assertThat(archive.open(kept).orElseThrow().record().content()).isEqualTo("kept");
        assertThat(append(attempt("still recorded", "a@x")).join()).isNotNull();
        assertThat(archive.certificates()).containsExactly(certificate);

        restartAfter("DELETE FROM archive_destruction WHERE id = 9", "UPDATE archive_bucket SET state = 0 WHERE state = 1",
                "UPDATE archive_destruction SET step = 4");
        archive.resumeDestructions();
        assertThat(archive.certificates()).containsExactly(certificate);
    }

    @Test
    void aSecondEngineShouldBeRefused() {
        assertThatThrownBy(() -> Archives.open(config, clock)).isInstanceOf(ArchiveException.class).hasMessageContaining("another engine");
        assertThat(append(attempt("still at work", "a@x")).join()).isNotNull();
    }

    @Test
    void aSecondEngineOnOneOfTheFoldersShouldBeRefusedAndChangeNothing() {
        ArchiveConfig sameData = with(config.data(), folder.resolve("other-keys"));
        ArchiveConfig sameKeys = with(folder.resolve("other-data"), config.keys());
        assertThatThrownBy(() -> Archives.open(sameData, clock)).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("folder " + config.data() + ": another engine is using it");
        assertThatThrownBy(() -> Archives.open(sameKeys, clock)).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("folder " + config.keys() + ": another engine is using it");
        assertThat(append(attempt("still at work", "a@x")).join()).isNotNull();
    }

    @Test
    void aSecondEngineInAnotherProcessShouldBeRefusedAndChangeNothing() throws Exception {
        Path output = folder.resolve("second");
        Process second = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m", "-cp",
                System.getProperty("java.class.path"), SecondEngine.class.getName(), config.data().toString(), config.keys().toString())
                .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        assertThat(second.waitFor()).as(Files.readString(output)).isEqualTo(1);
        assertThat(Files.readString(output)).contains("folder " + config.data() + ": another engine is using it");
        assertThat(append(attempt("still at work", "a@x")).join()).isNotNull();
    }

    private ArchiveConfig with(Path data, Path keys) {
        return new ArchiveConfig(config.origin(), data, keys, config.password(), config.store(), config.queue(), config.checkpointInterval(),
                config.outcomeInterval(), List.of());
    }

    @Test
    void anotherNodesDatabaseShouldBeRefused() {
        archive.close();
        ArchiveConfig other = new ArchiveConfig("other-node", config.data(), config.keys(), config.password(), config.store(),
                config.queue(), config.checkpointInterval(), config.outcomeInterval(), List.of());

        assertThatThrownBy(() -> Archives.open(other, clock)).isInstanceOf(ArchiveException.class).hasMessageContaining("belongs to node");

        archive = Archives.open(config, clock);
    }

    @Test
    void aDatabaseBehindTheLogShouldBeRefused() throws Exception {
        append(attempt("one", "a@x")).join();
        archive.close();
        String checkpoint = Files.readString(config.log().resolve("checkpoint"));
        try (Connection connection = connect(config); var statement = connection.createStatement()) {
            // As if all records were lost: below 0 none is counted, and the test can bring them back.
            statement.executeUpdate("UPDATE archive_record SET leaf_index = leaf_index - 100000");
        }
        disconnected(config);

        assertThatThrownBy(() -> Archives.open(config, clock)).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("ahead of the database").hasMessageContaining(checkpoint);
        assertThat(Files.readString(config.log().resolve("checkpoint"))).isEqualTo(checkpoint);

        try (Connection connection = connect(config); var statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE archive_record SET leaf_index = leaf_index + 100000");
        }
        disconnected(config);
        archive = Archives.open(config, clock);
    }

    private void restartAfter(String... changes) throws Exception {
        archive.close();
        try (Connection connection = connect(config); var statement = connection.createStatement()) {
            for (String change : changes) {
                statement.executeUpdate(change);
            }
        }
        disconnected(config);
        archive = Archives.open(config, clock);
    }

    private void restart() {
        archive.close();
        archive = Archives.open(config, clock);
    }

    private CompletableFuture<RecordId> append(NewRecord record) {
        return archive.append(record).toCompletableFuture();
    }

    private List<String> found(RecordQuery query) {
        return archive.find(query).stream().map(r -> r.record().content()).toList();
    }

    private static RecordQuery query(Optional<String> with, Optional<String> room, long after, int limit) {
        return new RecordQuery(Optional.empty(), Optional.empty(), with.map(ArchiveStoreContract::jid), room.map(ArchiveStoreContract::jid),
                Set.of(RecordType.ATTEMPT), after, limit);
    }

    private static Archive.DestructionOrder order() {
        return new Archive.DestructionOrder("default: 1 days", "schedule", LocalDate.of(2027, 1, 1), (connection, records) -> Set.of());
    }

    private static BucketId bucket(String recordClass) {
        return new BucketId(recordClass, LocalDate.ofInstant(START, ZoneOffset.UTC));
    }

    private static NewRecord attempt(String content, String... people) {
        Set<BareJid> jids = new HashSet<>();
        for (String person : people) {
            jids.add(jid(person));
        }
        return NewRecord.of(RecordType.ATTEMPT, "default", jids, Optional.empty(), Map.of(Fields.KIND, "message"), content);
    }

    private static NewRecord inRoom(String content, String room, String... people) {
        NewRecord direct = attempt(content, people);
        return new NewRecord(direct.type(), direct.recordClass(), direct.people(), Optional.of(jid(room)), direct.fields(), content);
    }

    private static BareJid jid(String text) {
        return JidCreate.bareFromOrThrowUnchecked(text);
    }
}
