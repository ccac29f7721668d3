package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.RecordsVerifier;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import im.chancery.core.RecordId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody writes to the table of destructions: nothing is destroyed that this node hasn't decided, and no step is left out. */
class ForgedDestructionTest {
    private static final String SIGNED = "bucket_id, schedule, approved_by, key_copies_gone, destroyed, survivors";

    @TempDir
    Path folder;
    private final Samples.Hands clock = new Samples.Hands();
    private final BucketId bucket = Samples.bucket("default", Samples.START);
    private final Random random = new Random(20261125);
    private ArchiveConfig config;
    private com.zaxxer.hikari.HikariDataSource database;
    private Archive archive;
    private List<RecordId> ids;

    @BeforeEach
    void fill() {
        config = Samples.derby(folder);
        database = Databases.open(config);
        archive = Archives.open(config, database, clock);
        ids = Samples.store(archive, IntStream.range(0, 8).mapToObj(i -> Samples.attempt("said " + i, "a@x")).toList());
        Samples.store(archive, Samples.attemptOf("legal", "another bucket's", "a@x"));
        clock.move(Duration.ofDays(2));
    }

    @AfterEach
    void close() {
        archive.close();
        database.close();
        Databases.shutDown(config);
    }

    @Test
    void everyChangeOfADecisionShouldBeFoundAndDestroyNothing() throws Exception {
        leaveUnfinished();
        Map<String, Object> row = row(1);
        for (int i = 0; i < 300; i++) {
            String column = List.of("id", "bucket_id", "schedule", "approved_by", "key_copies_gone", "destroyed", "survivors", "signature").get(i % 8);
            Object changed = changed(column, row.get(column));
            sql("UPDATE archive_destruction SET " + column + " = ?", changed);
            assertRefused("destruction ", column + " is " + changed);
            if (i < 16) {
                assertThat(verified().text()).as("%s is %s", column, changed).contains("isn't what the node has signed");
            }
            sql("UPDATE archive_destruction SET " + column + " = ?", row.get(column));
        }
        assertNothingIsGone();
        archive.resumeDestructions();
        assertDestroyedOnce();
    }

    @Test
    void aWrongRowShouldNotKeepMessagesFromBeingRecorded() throws Exception {
        leaveUnfinished();
        sql("UPDATE archive_destruction SET survivors = ?", "none".getBytes(StandardCharsets.US_ASCII));

        restart();

        assertThat(archive.open(Samples.store(archive, Samples.attempt("still recorded", "a@x")))).isPresent();
        assertNothingIsGone();
        assertRefused("destruction 1 in archive_destruction of bucket " + bucket + " isn't what this node has signed", "after a restart");
        assertThatThrownBy(() -> archive.destroy(Samples.bucket("legal", Samples.START), Samples.order(Set.of())))
                .isInstanceOf(Decisions.Wrong.class).hasMessageContaining("verify --records");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, 2, 3, 4, 5})
    void theStepOfAnUnfinishedDestructionShouldDecideNothing(int step) throws Exception {
        leaveUnfinished();
        sql("UPDATE archive_destruction SET step = ?, certificate = ?", step, random.nextInt(10) - 1L);

        restart();

        assertDestroyedOnce();
        assertThat(archive.find(RecordQuery.all(1_000)).stream().filter(r -> "key.destroy".equals(r.record().fields().get(Fields.ACTION)))).hasSize(1);
    }

    @Test
    void theStepOfAFinishedDestructionShouldDecideNothing() throws Exception {
        archive.destroy(bucket, Samples.order(Set.of(ids.get(2).index()))).orElseThrow();
        for (int step = 0; step <= 3; step++) {
            sql("UPDATE archive_destruction SET step = ?", step);
            restart();
            archive.resumeDestructions();
            assertThat(verified().text()).contains("destruction 1: is not finished");
            sql("UPDATE archive_destruction SET step = ?", 4);
            assertDestroyedOnce();
        }
    }

    @Test
    void aRowThatNobodyHasDecidedShouldDestroyNothing() throws Exception {
        RecordId later = Samples.store(archive, Samples.attempt("the next day's", "a@x"));
        archive.destroy(bucket, Samples.order(Set.of(ids.get(2).index()))).orElseThrow();
        clock.move(Duration.ofDays(2));
        sql("INSERT INTO archive_destruction (id, " + SIGNED + ", step, certificate, signature) SELECT 9, " + SIGNED + ", 1, -1, signature FROM archive_destruction");
        sql("UPDATE archive_destruction SET destroyed = ?, survivors = ?, bucket_id = (SELECT bucket_id FROM archive_record WHERE leaf_index = ?) WHERE id = 9",
                Long.toString(later.index()).getBytes(StandardCharsets.US_ASCII), "none".getBytes(StandardCharsets.US_ASCII), later.index());
        for (String signature : new String[] {(String) row(1).get("signature"), null}) {
            sql("UPDATE archive_destruction SET signature = ? WHERE id = 9", signature);
            for (int state = 0; state <= 1; state++) {
                sql("UPDATE archive_bucket SET state = ? WHERE record_class = 'default' AND id = (SELECT bucket_id FROM archive_record WHERE leaf_index = ?)", state, later.index());
                restart();
                assertThat(archive.open(later).orElseThrow().record().content()).isEqualTo("the next day's");
                assertRefused("destruction 9 ", "state " + state);
                assertThat(verified().consistent()).isFalse();
            }
        }
        // Its record taken away, the row must not account for it, nor tell anybody that it was destroyed.
        sql("UPDATE archive_record SET leaf_index = -leaf_index WHERE leaf_index = ?", later.index());
        assertRefused("destruction 9 ", "no record");
        assertThatThrownBy(archive::requireRecords).isInstanceOf(Decisions.Wrong.class).hasMessageContaining("destruction 9 ");
        assertThatThrownBy(() -> archive.open(later)).isInstanceOf(ArchiveException.class).isNotInstanceOf(ArchiveException.Destroyed.class)
                .hasMessageContaining("no destruction covers it");
        sql("UPDATE archive_record SET leaf_index = -leaf_index WHERE leaf_index < ?", 0L);
    }

    @Test
    void aDestructionThatIsOverShouldNotBeDoneAgain() throws Exception {
        archive.destroy(bucket, Samples.order(Set.of(ids.get(2).index(), ids.get(3).index()))).orElseThrow();
        clock.move(Duration.ofDays(2));
        archive.destroy(bucket, Samples.order(Set.of(ids.get(2).index()))).orElseThrow();
        sql("UPDATE archive_destruction SET step = 1, certificate = -1 WHERE id = ?", 1L);

        restart();
        assertRefused("destruction 1 in archive_destruction is unfinished, but its bucket " + bucket + " isn't being destroyed", "as it was");
        sql("UPDATE archive_bucket SET state = 1 WHERE record_class = 'default' AND state = ?", 2);
        restart();
        assertRefused("has the survivor with leaf index " + ids.get(3).index() + ", whose record is gone", "being destroyed");
        assertThat(archive.open(ids.get(2)).orElseThrow().record().content()).isEqualTo("said 2");
    }

    @Test
    void aBucketThatIsBeingDestroyedWithoutADecisionShouldBeNamed() throws Exception {
        archive.close();
        sql("UPDATE archive_bucket SET state = 1 WHERE record_class = ?", "default");
        archive = Archives.open(config, database, clock);
        assertRefused("no row in archive_destruction says why bucket " + bucket + " is being destroyed", "no row");
        assertNothingIsGone();
    }

    @Test
    void aSurvivorWhoseRecordWasChangedShouldNotLoseItsKey() throws Exception {
        leaveUnfinished();
        byte[] sealed;
        try (Connection connection = database.getConnection()) {
            sealed = RecordRows.select(connection, ids.get(2).index(), n -> bucket).orElseThrow().stored().blob();
        }
        byte[] open = sealed.clone();
        open[0] = Sealing.OPEN;
        sql("UPDATE archive_record SET sealed = ? WHERE leaf_index = ?", open, ids.get(2).index());

        assertRefused("has the survivor with leaf index " + ids.get(2).index() + ", whose record was changed", "changed");
        sql("UPDATE archive_record SET sealed = ? WHERE leaf_index = ?", sealed, ids.get(2).index());
        assertNothingIsGone();
        archive.resumeDestructions();
        assertDestroyedOnce();
    }

    @Test
    void whatWasDecidedBeforeDecisionsWereSignedShouldNotGoOnByItself() throws Exception {
        leaveUnfinished();
        sql("UPDATE archive_destruction SET signature = ?", (Object) null);

        restart();

        assertNothingIsGone();
        assertRefused("start the version before once more, which finishes it", "unsigned");
        assertThat(verified().text()).contains("destruction 1: is not finished (step 1 of 4), and isn't signed");
    }

    @Test
    void dataFoldersFromBeforeDecisionsWereSignedShouldBeReadAndVerified(@TempDir Path older) throws Exception {
        leaveUnfinished();
        sql("UPDATE archive_destruction SET signature = ?", (Object) null);
        finishAsTheVersionBefore();
        archive.integrate();
        assertThat(verified().findings()).isEmpty();
        assertDestroyedOnce();
        sql("ALTER TABLE archive_destruction DROP COLUMN signature");
        assertThat(verified().findings()).isEmpty();
        archive.close();
        database.close();
        Databases.shutDown(config);
        Samples.copy(config.data(), older.resolve("data"));
        ArchiveConfig copy = ArchiveConfig.derby("node-1", older.resolve("data"), config.keys(), Samples.PASSWORD);
        try (ArchiveCopy opened = Archives.openToRead(copy)) {
            assertThat(opened.certificates()).hasSize(1);
            assertThatThrownBy(() -> opened.open(ids.get(0))).isInstanceOf(ArchiveException.Destroyed.class).hasMessageContaining("the certificate is record");
        }
        database = Databases.open(config);
        sql("ALTER TABLE archive_destruction ADD COLUMN signature VARCHAR(92)");
        archive = Archives.open(config, database, clock);
    }

    /** Finishes destruction 1 without a signature: its certificate names no decision. */
    private void finishAsTheVersionBefore() throws Exception {
        KeyFolder keys = KeyFolder.openToRead(config.keys(), config.password(), config.origin());
        Buckets buckets = new Buckets();
        DestructionRow row;
        BucketRow before;
        try (Connection connection = database.getConnection()) {
            buckets.reload(BucketRows.selectAll(connection));
            row = DestructionRows.selectAll(connection).get(0);
            before = buckets.get(bucket).orElseThrow();
            java.util.TreeMap<Long, byte[]> kept = new java.util.TreeMap<>();
            row.staying().ranges().forEach(r -> LongStream.rangeClosed(r.first(), r.last()).forEach(i -> kept.put(i, keys.dataKey(bucket, i).orElseThrow())));
            keys.keepSurvivors(bucket, kept);
            keys.destroyKey(bucket);
            connection.setAutoCommit(false);
            DestructionRows.deleteRecords(connection, before, row.staying());
            DestructionRows.deleteOutcomeMarks(connection, before);
            DestructionRows.deleteConversations(connection, before);
            connection.commit();
        }
        String certificate = new Decisions("node-1", buckets, null, new NoteSigner("node-1", keys.root())).certify(row, bucket, clock.instant().toString());
        RecordId id = Samples.store(archive, AuditRecords.certificate(bucket, certificate));
        try (Connection connection = database.getConnection()) {
            DestructionRows.advance(connection, 1, DestructionRow.Step.CERTIFIED, id.index());
            BucketRows.update(connection, before.with(BucketState.PARTIAL, row.staying().count()));
        }
        restart();
    }

    /** A destruction of {@link #bucket} that was decided, of which nothing is done yet; the third message survives. */
    private void leaveUnfinished() {
        archive.close();
        BrokenDatabase broken = new BrokenDatabase(database);
        archive = Archives.open(config, broken.source(), clock);
        assertThatThrownBy(() -> archive.destroy(bucket, new Archive.DestructionOrder("default: 30 days", "schedule",
                java.time.LocalDate.of(2026, 12, 31), (connection, records) -> {
                    broken.loseTheNextCommitsAnswer();
                    return Set.of(ids.get(2).index());
                }))).isInstanceOf(ArchiveException.class);
    }

    private void restart() {
        archive.close();
        archive = Archives.open(config, database, clock);
    }

    private void assertRefused(String what, String as) {
        assertThatThrownBy(archive::resumeDestructions).as(as).isInstanceOf(Decisions.Wrong.class).hasMessageContaining(what)
                .hasMessageContaining("nothing is destroyed").hasMessageContaining("chancery verify --records");
        assertThat(archive.certificates()).as(as).hasSizeLessThan(3);
    }

    private void assertNothingIsGone() {
        assertThat(config.keys().resolve("buckets/node-1/default/" + bucket.day() + ".key")).exists();
        for (int i = 0; i < ids.size(); i++) {
            assertThat(archive.open(ids.get(i)).orElseThrow().record().content()).isEqualTo("said " + i);
        }
        assertThat(archive.certificates()).isEmpty();
    }

    private void assertDestroyedOnce() throws Exception {
        assertThat(config.keys().resolve("buckets/node-1/default/" + bucket.day() + ".key")).doesNotExist();
        assertThat(archive.open(ids.get(2)).orElseThrow().record().content()).isEqualTo("said 2");
        for (int i : new int[] {0, 1, 7}) {
            assertThatThrownBy(() -> archive.open(ids.get(i))).isInstanceOf(ArchiveException.Destroyed.class);
        }
        assertThat(archive.certificates()).hasSize(1);
        archive.integrate();
        assertThat(verified().findings()).isEmpty();
    }

    private Verification verified() throws Exception {
        VerifierKey key = VerifierKey.parse(Files.readString(config.verifierKey()));
        try (Connection connection = database.getConnection()) {
            return RecordsVerifier.verify(config.log(), key, LogVerifier.verify(config.log(), key, List.of()), connection);
        }
    }

    private Object changed(String column, Object value) {
        if (value instanceof Number number) {
            return number.longValue() + 1 + random.nextInt(50);
        }
        boolean binary = value instanceof byte[];
        byte[] bytes = binary ? (byte[]) value : ((String) value).getBytes(StandardCharsets.US_ASCII);
        byte[] changed = bytes.clone();
        int at = random.nextInt(bytes.length);
        changed[at] = (byte) (changed[at] == '7' ? '8' : '7');
        if (column.equals("schedule") && random.nextBoolean()) {
            return value + "\napproved-by somebody";
        }
        return binary ? changed : new String(changed, StandardCharsets.US_ASCII);
    }

    private Map<String, Object> row(long id) throws SQLException {
        try (Connection connection = database.getConnection()) {
            DestructionRow row = DestructionRows.selectAll(connection).stream().filter(r -> r.id() == id).findFirst().orElseThrow();
            return Map.of("id", row.id(), "bucket_id", row.bucket(), "schedule", row.schedule(), "approved_by", row.approvedBy(),
                    "key_copies_gone", row.keyCopiesGone(), "destroyed", row.destroyed().getBytes(StandardCharsets.US_ASCII),
                    "survivors", row.survivors().getBytes(StandardCharsets.US_ASCII), "signature", row.signature().orElseThrow());
        }
    }

    private void sql(String sql, Object... values) throws SQLException {
        try (Connection connection = database.getConnection(); PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                if (values[i] == null) {
                    statement.setNull(i + 1, java.sql.Types.VARCHAR);
                } else {
                    statement.setObject(i + 1, values[i]);
                }
            }
            statement.executeUpdate();
        }
    }
}
