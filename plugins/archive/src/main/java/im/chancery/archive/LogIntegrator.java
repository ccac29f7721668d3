package im.chancery.archive;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the log up to what is committed: tiles, then a signed checkpoint over them. Only what the database has
 * committed is ever signed, in one order, by one thread at a time, and a checkpoint is durable, as the key folder's mark
 * first, before anybody sees it: so there are never two roots for one size. Safe for many threads.
 */
final class LogIntegrator {
    private static final Logger LOG = LoggerFactory.getLogger(LogIntegrator.class);
    private static final int CHUNK = 65_536;
    /** Entries kept in memory until they are integrated; if more wait, they are read from the database again. */
    private static final int KEPT = 4 * CHUNK;
    /** What the first start appends before its first checkpoint: that it started, and that it made a key. */
    private static final int FIRST_RECORDS = 2;

    /** Reads entries back from the database. */
    @FunctionalInterface
    interface EntrySource {
        /** At most {@code limit} entries from this leaf index on, without a gap. */
        List<byte[]> entries(long from, int limit);
    }

    private final String origin;
    private final LogFolder folder;
    private final HighWaterMark mark;
    private final NoteSigner signer;
    private final Clock clock;
    private final EntrySource source;
    private final LongSupplier committed;
    private final Deque<byte[]> fresh = new ArrayDeque<>();
    /** The leaf index of the first entry in {@link #fresh}. */
    private long freshFrom;
    private TileTree tree = new TileTree(0, new ArrayList<>());
    private List<byte[]> bundle = new ArrayList<>();
    private volatile long size;
    private volatile String checkpoint = "";

    LogIntegrator(String origin, LogFolder folder, HighWaterMark mark, NoteSigner signer, Clock clock, EntrySource source, LongSupplier committed) {
        this.origin = origin;
        this.folder = folder;
        this.mark = mark;
        this.signer = signer;
        this.clock = clock;
        this.source = source;
        this.committed = committed;
    }

    /**
     * Goes on from the folder's checkpoint. Reads the right edge only.
     *
     * @param databaseSize how many records the database has
     * @throws ArchiveException if log, database and mark don't fit each other; nothing is changed then
     */
    synchronized void resume(long databaseSize) throws IOException {
        Optional<SignedCheckpoint> logged = folder.checkpoint().map(n -> SignedCheckpoint.read(n, origin, signer, "the log folder's checkpoint"));
        Optional<SignedCheckpoint> signed = mark.read(signer);
        if (logged.isPresent()) {
            resume(logged.get(), databaseSize);
        } else if (databaseSize > FIRST_RECORDS) {
            throw new ArchiveException("the log folder has no checkpoint, but the database has " + databaseSize
                    + " records; restore the log folder");
        }
        if (signed.isPresent()) {
            compareMark(signed.get(), databaseSize);
        } else if (logged.isPresent()) {
            throw new ArchiveException("the key folder has no mark of what this node has signed, but the log has a checkpoint. Restore the key "
                    + "folder's newest copy. Checkpoint:\n" + checkpoint);
        }
        if (size > signed.map(SignedCheckpoint::size).orElse(0L)) {
            mark.raise(checkpoint); // the key folder is an older copy
        }
    }

    private void resume(SignedCheckpoint found, long databaseSize) throws IOException {
        if (found.size() > databaseSize) {
            throw new ArchiveException("the log is ahead of the database, which has lost records. Checkpoint:\n" + found.note()
                    + "database: " + databaseSize + " records");
        }
        TileTree edge = folder.edge(found.size(), found.size());
        if (!found.has(edge.root())) {
            throw new ArchiveException("the log's tiles have another root than its checkpoint. Checkpoint:\n" + found.note()
                    + "root of the tiles: " + base64(edge.root()));
        }
        tree = edge;
        bundle = folder.partialEntries(found.size());
        size = found.size();
        freshFrom = databaseSize;
        checkpoint = found.note();
        compareTail(checkpoint);
    }

    /** What was signed last must be what the database and the log would sign for the same size. */
    private void compareMark(SignedCheckpoint signed, long databaseSize) throws IOException {
        String both = "Signed last:\n" + signed.note() + "Checkpoint of the log:\n" + (checkpoint.isEmpty() ? "none\n" : checkpoint)
                + "database: " + databaseSize + " records";
        if (signed.size() > databaseSize) {
            throw new ArchiveException("the data folder is older than what this node has signed. " + both + HighWaterMark.WHAT_TO_DO);
        }
        byte[] root = rootAt(signed.size());
        if (!signed.has(root)) {
            throw new ArchiveException("this node has signed another root for size " + signed.size() + ". " + both + "\nroot of the data folder: "
                    + base64(root) + HighWaterMark.WHAT_TO_DO);
        }
    }

    /** The root at a size: of the tiles if the log is that far, else of the tiles and the records that come next. */
    private byte[] rootAt(long wanted) throws IOException {
        if (wanted <= size) {
            return folder.edge(wanted, size).root();
        }
        TileTree grown = tree.copy();
        while (grown.size() < wanted) {
            for (byte[] entry : take(grown.size(), (int) Math.min(CHUNK, wanted - grown.size()))) {
                grown.append(entry, (level, number, hashes) -> { });
            }
        }
        return grown.root();
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** The database must have the leaves that the log ends with: a database restored from elsewhere is found here. */
    private void compareTail(String found) throws IOException {
        if (size == 0) {
            return;
        }
        long tile = (size - 1) / TileTree.WIDTH;
        long from = tile * TileTree.WIDTH;
        int width = (int) (size - from);
        byte[] leaves = folder.leaves(tile, width);
        if (leaves.length < width * TileTree.HASH) {
            throw new ArchiveException("log tile 0/" + tile + ": cut short");
        }
        List<byte[]> stored = source.entries(from, width);
        for (int i = 0; i < stored.size(); i++) {
            byte[] inDatabase = tree.leaf(stored.get(i));
            byte[] inLog = Arrays.copyOfRange(leaves, i * TileTree.HASH, (i + 1) * TileTree.HASH);
            if (!Arrays.equals(inDatabase, inLog)) {
                throw new ArchiveException("log and database differ at leaf index " + (from + i) + ". Checkpoint:\n" + found
                        + "leaf in the log: " + base64(inLog) + "\nleaf of the database: " + base64(inDatabase));
            }
        }
    }

    /** Takes entries that were committed, in log order. */
    void added(List<Pending> batch) {
        synchronized (fresh) {
            long first = batch.get(0).sealed.index();
            if (first != freshFrom + fresh.size()) {
                fresh.clear(); // what is between is read from the database
                freshFrom = first;
            }
            for (Pending pending : batch) {
                fresh.add(pending.entry);
            }
            if (fresh.size() > KEPT) {
                freshFrom += fresh.size();
                fresh.clear();
            }
        }
    }

    /**
     * Writes tiles and a checkpoint over all that is committed now.
     *
     * @return the newest checkpoint
     * @throws ArchiveException if the folder can't be written; the next call tries again
     */
    synchronized String integrate() {
        long target = committed.getAsLong();
        if (target == size) {
            return checkpoint;
        }
        TileTree next = tree.copy();
        List<byte[]> nextBundle = new ArrayList<>(bundle);
        List<Long> full = new ArrayList<>();
        try {
            while (next.size() < target) {
                for (byte[] entry : take(next.size(), (int) Math.min(CHUNK, target - next.size()))) {
                    nextBundle.add(entry);
                    if (nextBundle.size() == TileTree.WIDTH) {
                        long number = next.size() / TileTree.WIDTH;
                        folder.writeBundle(number, nextBundle);
                        full.add(number);
                        nextBundle.clear();
                    }
                    next.append(entry, folder::writeTile);
                }
            }
            writePartials(next, nextBundle);
            folder.sync();
            String note = signer.sign(origin + "\n" + next.size() + "\n" + base64(next.root())
                    + "\ntime " + clock.instant().truncatedTo(java.time.temporal.ChronoUnit.MILLIS) + "\n");
            mark.raise(note);
            folder.writeCheckpoint(note);
            tree = next;
            bundle = nextBundle;
            size = next.size();
            checkpoint = note;
            forget(size);
        } catch (IOException e) {
            throw new ArchiveException("the log folder or the key folder's mark can't be written", e);
        }
        full.forEach(this::removePartials);
        return checkpoint;
    }

    /** They do no harm where they stay, and the checkpoint is written: whoever waits for it shall have it. */
    private void removePartials(long number) {
        try {
            folder.removePartials(number);
        } catch (IOException e) {
            LOG.warn("partial tiles before number {} of the log folder could not be removed", number, e);
        }
    }

    long size() {
        return size;
    }

    String checkpoint() {
        return checkpoint;
    }

    private void writePartials(TileTree next, List<byte[]> nextBundle) throws IOException {
        if (!nextBundle.isEmpty()) {
            folder.writeBundle(next.size() / TileTree.WIDTH, nextBundle);
        }
        for (int level = 0; level < next.edge().size(); level++) {
            List<byte[]> hashes = next.edge().get(level);
            boolean grown = next.size() >>> (8 * level) != tree.size() >>> (8 * level);
            if (grown && !hashes.isEmpty()) {
                folder.writeTile(level, next.size() >>> (8 * (level + 1)), hashes);
            }
        }
    }

    /** Entries from this index on: from memory if it has them, else from the database. */
    private List<byte[]> take(long from, int limit) {
        synchronized (fresh) {
            if (freshFrom <= from && from < freshFrom + fresh.size()) {
                return fresh.stream().skip(from - freshFrom).limit(limit).toList();
            }
        }
        List<byte[]> entries = source.entries(from, limit);
        if (entries.isEmpty()) {
            throw new ArchiveException("the database has no record at leaf index " + from + ", which isn't in the log yet");
        }
        return entries;
    }

    private void forget(long below) {
        synchronized (fresh) {
            while (!fresh.isEmpty() && freshFrom < below) {
                fresh.remove();
                freshFrom++;
            }
        }
    }
}
