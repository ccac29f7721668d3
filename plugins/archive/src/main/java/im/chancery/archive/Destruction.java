package im.chancery.archive;

import im.chancery.archive.Archive.DestructionOrder;
import im.chancery.archive.DestructionRow.Step;
import im.chancery.archive.verify.LeafSet;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Destroys buckets, in steps that are persisted one by one and repeat safely:
 *
 * <ol>
 * <li>{@link Step#DECIDED}: one transaction has named the survivors, signed that, and made the bucket {@link BucketState#DESTROYING}.
 * <li>{@link Step#KEYS_GONE}: the survivors' data keys are in the key folder, synced; after that the bucket's key, and with
 *     it everything that was sealed or looked up under it, was destroyed.
 * <li>{@link Step#ROWS_GONE}: rows and look-up tokens are deleted, in small transactions. Derby leaves their bytes in free
 *     pages and logs; they are sealed under a key that no longer exists.
 * <li>{@link Step#CERTIFIED}: the signed certificate is a record of the log, and the bucket has its final state.
 * </ol>
 *
 * What isn't signed is not carried out ({@link Decisions}). The step is persisted to tell how far it got, and isn't believed: each
 * one looks for what is left to do.
 *
 * <p>Certificates always survive, because they prove what is gone; OUTCOME records survive with any of their attempts.
 */
final class Destruction {
    private static final Logger LOG = LoggerFactory.getLogger(Destruction.class);

    private final DataSource database;
    private final Buckets buckets;
    private final KeyFolder keys;
    private final RecordReader reader;
    private final RecordWriter writer;
    private final Decisions decisions;
    private final Clock clock;

    Destruction(DataSource database, Buckets buckets, KeyFolder keys, RecordReader reader, RecordWriter writer, Decisions decisions, Clock clock) {
        this.database = database;
        this.buckets = buckets;
        this.keys = keys;
        this.reader = reader;
        this.writer = writer;
        this.decisions = decisions;
        this.clock = clock;
    }

    /** Refuses what can't be destroyed. */
    BucketRow admit(BucketId bucket, DestructionOrder order) {
        singleLine("schedule", order.schedule());
        singleLine("approvedBy", order.approvedBy());
        if (!bucket.day().isBefore(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC))) {
            throw new ArchiveException("bucket " + bucket + " still takes records; allowed: buckets of days that are over");
        }
        return buckets.get(bucket).orElseThrow(() -> new ArchiveException("there is no bucket " + bucket));
    }

    /** Step 1, in the caller's transaction, which excludes changes of holds. Empty if everything survives. */
    Optional<DestructionRow> decide(Connection connection, BucketRow bucket, DestructionOrder order) throws SQLException {
        BucketSurvey survey = new BucketSurvey(connection, bucket, reader);
        Set<Long> named = order.survivors().survivors(connection, survey);
        LeafSet all;
        LeafSet stay;
        if (survey.untouched() && named.isEmpty() && !bucket.id().recordClass().equals(AuditRecords.CLASS)) {
            all = survey.check();
            stay = new LeafSet();
        } else {
            survey.finish();
            all = survey.indexes();
            stay = survey.staying(named);
        }
        LeafSet go = all.copy();
        stay.forEachRange(go::remove);
        if (go.isEmpty()) {
            return Optional.empty();
        }
        DestructionRow row = decisions.sign(new DestructionRow(DestructionRows.nextId(connection), bucket.number(), Step.DECIDED.code(),
                order.schedule(), order.approvedBy(), order.keyCopiesGone().toString(), LeafRanges.of(go).toString(), LeafRanges.of(stay).toString(),
                -1, Optional.empty()));
        DestructionRows.insert(connection, row);
        if (!BucketRows.beginDestruction(connection, bucket)) {
            throw new ArchiveException("bucket " + bucket.id() + " isn't in the database as the engine knows it; nothing of it is destroyed");
        }
        return Optional.of(row);
    }

    /**
     * Takes a destruction from wherever it is to its end. Returns the certificate.
     *
     * @throws Decisions.Wrong if it isn't what this node has decided; nothing is destroyed then
     */
    String proceed(DestructionRow row) throws SQLException, IOException {
        BucketRow bucket = decisions.require(row);
        destroyKeys(row, bucket);
        deleteRows(row, bucket);
        return certify(row, bucket);
    }

    /** Step 2. */
    void destroyKeys(DestructionRow row, BucketRow bucket) throws IOException {
        NavigableMap<Long, byte[]> kept = survivorKeys(row, bucket.id());
        if (!kept.isEmpty()) {
            keys.keepSurvivors(bucket.id(), kept);
        }
        boolean had = keys.destroyKey(bucket.id());
        if (kept.isEmpty()) {
            keys.destroySurvivors(bucket.id());
        }
        if (had || row.isAt(Step.DECIDED)) { // or it is recorded already
            Stages.join(writer.put(Pending.of(AuditRecords.key("key.destroy", bucket.id()),
                    (connection, index, first) -> DestructionRows.advance(connection, row.id(), Step.KEYS_GONE, -1))));
        }
    }

    /** Data keys of the survivors that have one: all but certificates, which are stored open. */
    private NavigableMap<Long, byte[]> survivorKeys(DestructionRow row, BucketId bucket) {
        NavigableMap<Long, byte[]> kept = new TreeMap<>();
        for (LeafRanges.Range range : row.staying().ranges()) {
            for (long index = range.first(); index <= range.last(); index++) {
                String survivor = "of bucket " + bucket + " has the survivor with leaf index " + index + ", whose ";
                if (isSealed(row, survivor, index)) {
                    kept.put(index, keys.dataKey(bucket, index).orElseThrow(() -> new Decisions.Wrong("destruction " + row.id(), survivor + "key is gone")));
                }
            }
        }
        return kept;
    }

    /** By a record that is the log's: one that was changed to look open would lose its key. */
    private boolean isSealed(DestructionRow row, String survivor, long index) {
        SealedRecord stored = reader.stored(index).orElseThrow(() -> new Decisions.Wrong("destruction " + row.id(), survivor + "record is gone"));
        try {
            reader.check(stored);
        } catch (ArchiveException e) {
            throw new Decisions.Wrong("destruction " + row.id(), survivor + "record was changed");
        }
        return stored.blob()[0] == Sealing.SEALED;
    }

    /**
     * Destroys again what an older copy of the key folder has brought back. That it was destroyed is believed to a certificate only, and what stays
     * keeps its key. A bucket of which that fails keeps no other.
     *
     * @return whether there was any
     */
    boolean destroyReturned(Connection connection) throws SQLException {
        Map<BucketId, List<DestructionRow>> rows = new TreeMap<>();
        for (DestructionRow row : DestructionRows.selectAll(connection)) {
            buckets.find(row.bucket()).filter(b -> b.state() == BucketState.DESTROYED || b.state() == BucketState.PARTIAL).map(BucketRow::id)
                    .filter(b -> keys.hasKeyFile(b) || keys.hasSurvivorsFile(b))
                    .ifPresent(b -> rows.computeIfAbsent(b, x -> new ArrayList<>()).add(row));
        }
        boolean any = false;
        for (Map.Entry<BucketId, List<DestructionRow>> each : rows.entrySet()) {
            try {
                any |= destroyReturned(each.getKey(), each.getValue());
            } catch (ArchiveException | IOException e) {
                if (e.getCause() instanceof SQLException away) {
                    throw away;
                }
                LOG.error("bucket {} was destroyed, and its keys may be back in the key folder, as from an older copy of it; they aren't destroyed again,"
                        + " which the next start tries: {}", each.getKey(), e.toString());
            }
        }
        return any;
    }

    private boolean destroyReturned(BucketId bucket, List<DestructionRow> rows) throws IOException {
        Optional<DestructionRow> last = rows.stream().filter(row -> decisions.certificate(row).isPresent()).reduce((older, newer) -> newer);
        if (last.isEmpty() || !hasReturned(bucket, last.get())) {
            return false;
        }
        NavigableMap<Long, byte[]> kept = survivorKeys(last.get(), bucket);
        Stages.join(writer.put(Pending.of(AuditRecords.key("key.destroy", bucket)))); // first: once nothing has returned any more, nothing else tells that the root key is to change
        if (kept.isEmpty()) {
            keys.destroySurvivors(bucket);
        } else {
            keys.keepSurvivors(bucket, kept);
        }
        keys.destroyKey(bucket);
        return true;
    }

    private boolean hasReturned(BucketId bucket, DestructionRow row) {
        return keys.hasKeyFile(bucket) || keys.survivors(bucket).filter(kept -> kept.keySet().stream().anyMatch(row.going()::contains)).isPresent();
    }

    /** Step 3. */
    void deleteRows(DestructionRow row, BucketRow bucket) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            DestructionRows.deleteRecords(connection, bucket, row.staying());
            DestructionRows.deleteOutcomeMarks(connection, bucket);
            DestructionRows.deleteConversations(connection, bucket);
            DestructionRows.advance(connection, row.id(), Step.ROWS_GONE, -1);
            connection.commit();
        }
    }

    /** Step 4. */
    String certify(DestructionRow row, BucketRow bucket) {
        String certificate = decisions.certify(row, bucket.id(), clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
        boolean nothingSealedLeft = keys.survivors(bucket.id()).isEmpty();
        BucketRow last = bucket.with(nothingSealedLeft ? BucketState.DESTROYED : BucketState.PARTIAL, row.staying().count());
        Stages.join(writer.put(Pending.of(AuditRecords.certificate(bucket.id(), certificate), (connection, index, first) -> {
            DestructionRows.advance(connection, row.id(), Step.CERTIFIED, index);
            BucketRows.update(connection, last);
        })));
        buckets.put(last);
        return certificate;
    }

    private static void singleLine(String what, String text) {
        if (text.isBlank() || text.chars().anyMatch(c -> c < 0x20)) {
            throw new IllegalArgumentException(what + " must be one line of text");
        }
    }
}
