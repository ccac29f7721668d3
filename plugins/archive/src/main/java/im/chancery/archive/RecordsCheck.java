package im.chancery.archive;

import im.chancery.archive.verify.LeafSet;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/**
 * Accounts for every leaf before anything is destroyed: its record is stored as the log has it, in its bucket, and opens if it
 * may be a hold's; or a certificate in the log, or an unfinished decision that this node has signed, says that it is destroyed.
 * What is neither may have been a hold.
 *
 * <p>The first run reads all records, and computes the log's root from its tiles, since tiles could have been changed with the
 * records; later ones read what has come since, and what was missing. Memory: a bit for each leaf whose record is gone or is of class audit. Safe
 * for many threads; not while records are destroyed.
 */
final class RecordsCheck {
    private static final int MOST_NAMED = 10;

    private final LogFolder log;
    private final Buckets buckets;
    private final RecordReader reader;
    private final Decisions decisions;
    private TileTree tree = new TileTree(0, new ArrayList<>());
    private LeafSet missing = new LeafSet();
    /** What is accounted for by its record, and may be a hold. */
    private LeafSet audit = new LeafSet();

    RecordsCheck(LogFolder log, Buckets buckets, RecordReader reader, Decisions decisions) {
        this.log = log;
        this.buckets = buckets;
        this.reader = reader;
        this.decisions = decisions;
    }

    /**
     * Accounts for every leaf below the checkpoint's size.
     *
     * @param signed the log's newest checkpoint
     * @return the leaves of class audit, without those that are destroyed or about to be
     * @throws ArchiveException that names the leaves which nothing accounts for, or a decision that isn't this node's, or if the
     *                          log isn't what was signed
     */
    synchronized LeafSet run(DataSource database, SignedCheckpoint signed) {
        try (Connection connection = database.getConnection()) {
            for (LeafRanges.Range range : LeafRanges.of(missing).ranges()) {
                look(connection, range.first(), range.last() + 1, signed.size());
            }
            look(connection, tree.size(), signed.size(), signed.size());
            if (!signed.has(tree.root())) {
                tree = new TileTree(0, new ArrayList<>());
                missing = new LeafSet();
                audit = new LeafSet();
                throw new ArchiveException("the log's tiles don't have the root that was signed for size " + signed.size()
                        + "; nothing is destroyed; run the verifier");
            }
            Collection<DestructionRow> unfinished = decisions.unfinished(connection);
            refuse(unfinished);
            LeafSet present = audit.copy();
            unfinished.forEach(d -> d.going().ranges().forEach(r -> present.remove(r.first(), r.last())));
            return present;
        } catch (SQLException e) {
            throw new ArchiveException("the archive's database can't be read", e);
        } catch (IOException e) {
            throw new ArchiveException("the log's tiles can't be read", e);
        }
    }

    /** Looks at leaves, tile by tile. Those that are looked at for the first time follow each other. */
    private void look(Connection connection, long from, long to, long size) throws SQLException, IOException {
        for (long at = from; at < to; ) {
            long tile = at / TileTree.WIDTH;
            long start = tile * TileTree.WIDTH;
            long end = Math.min(to, start + TileTree.WIDTH);
            byte[] hashes = log.leaves(tile, (int) Math.min(TileTree.WIDTH, size - start));
            while (at < end) {
                Map<Long, SealedRecord> stored = new HashMap<>();
                long read = end; // unless there are more rows
                for (RecordRows.Row row : reader.rows(connection, at, end, TileTree.WIDTH)) {
                    stored.put(row.stored().index(), row.stored());
                    read = row.stored().index() + 1;
                }
                for (; at < read; at++) {
                    int place = (int) (at - start) * TileTree.HASH;
                    look(at, stored.get(at), Arrays.copyOfRange(hashes, place, place + TileTree.HASH));
                }
            }
        }
    }

    private void look(long leaf, SealedRecord stored, byte[] hash) {
        if (stored != null && isWhole(stored, hash)) {
            missing.remove(leaf, leaf);
            if (stored.bucket().recordClass().equals(AuditRecords.CLASS)) {
                audit.add(leaf, leaf);
            }
            if (stored.blob()[0] == Sealing.OPEN) {
                String certificate = reader.open(stored).orElseThrow().record().content();
                Decisions.leaves(certificate).ranges().forEach(r -> {
                    missing.remove(r.first(), Math.min(r.last(), leaf - 1));
                    audit.remove(r.first(), Math.min(r.last(), leaf - 1));
                });
            }
        } else {
            missing.add(leaf, leaf);
        }
        if (leaf == tree.size()) {
            tree.appendLeaf(hash);
        }
    }

    /** Whether the record is the leaf's and would be found where holds are read: they are of class audit. */
    private boolean isWhole(SealedRecord stored, byte[] hash) {
        BucketId id = stored.bucket();
        if (stored.blob().length == 0 || !Arrays.equals(tree.leaf(reader.entry(stored)), hash)) {
            return false;
        }
        BucketRow bucket = buckets.get(id).orElseThrow();
        return bucket.first() <= stored.index() && stored.index() <= bucket.last()
                && (!id.recordClass().equals(AuditRecords.CLASS) || reader.open(stored).isPresent());
    }

    private void refuse(Collection<DestructionRow> unfinished) {
        LeafSet unaccounted = missing.copy();
        unfinished.forEach(d -> d.going().ranges().forEach(r -> unaccounted.remove(r.first(), r.last())));
        List<LeafRanges.Range> ranges = LeafRanges.of(unaccounted).ranges();
        if (!ranges.isEmpty()) {
            String named = String.join(", ", ranges.stream().limit(MOST_NAMED).map(LeafRanges.Range::toString).toList());
            throw new ArchiveException(unaccounted.count() + (unaccounted.count() == 1 ? " leaf has" : " leaves have")
                    + " neither a record, as the log has it, nor a certificate of destruction: leaf index " + named
                    + (ranges.size() > MOST_NAMED ? " and more" : "") + ". A hold may be among them: nothing is destroyed until they are restored."
                    + " Run the verifier: chancery verify --records");
        }
    }
}
