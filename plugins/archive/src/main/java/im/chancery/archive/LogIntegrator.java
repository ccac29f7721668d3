package im.chancery.archive;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Brings the log up to what is committed: tiles, then a signed checkpoint over them. Only what the database has
 * committed is ever signed, in one order, by one thread at a time, and a checkpoint is durable before anybody sees it:
 * so there are never two roots for one size. Safe for many threads.
 */
final class LogIntegrator {
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

    LogIntegrator(String origin, LogFolder folder, NoteSigner signer, Clock clock, EntrySource source, LongSupplier committed) {
        this.origin = origin;
        this.folder = folder;
        this.signer = signer;
        this.clock = clock;
        this.source = source;
        this.committed = committed;
    }

    /**
     * Goes on from the folder's checkpoint. Reads the right edge only.
     *
     * @param databaseSize how many records the database has
     * @throws ArchiveException if log and database don't fit each other; nothing is changed then
     */
    synchronized void resume(long databaseSize) throws IOException {
        String found = folder.checkpoint().orElse("");
        if (found.isEmpty()) {
            if (databaseSize > FIRST_RECORDS) {
                throw new ArchiveException("the log folder has no checkpoint, but the database has " + databaseSize
                        + " records; restore the log folder");
            }
            return;
        }
        String[] lines = found.split("\n", -1);
        if (lines.length < 4 || !lines[0].equals(origin) || !signer.sign(text(lines)).equals(found)) {
            throw new ArchiveException("the log folder's checkpoint isn't one of this node's key:\n" + found);
        }
        long logged = Long.parseLong(lines[1]);
        if (logged > databaseSize) {
            throw new ArchiveException("the log is ahead of the database, which has lost records. Checkpoint:\n" + found
                    + "database: " + databaseSize + " records");
        }
        TileTree edge = folder.edge(logged);
        String root = Base64.getEncoder().encodeToString(edge.root());
        if (!root.equals(lines[2])) {
            throw new ArchiveException("the log's tiles have another root than its checkpoint. Checkpoint:\n" + found
                    + "root of the tiles: " + root);
        }
        tree = edge;
        bundle = folder.partialEntries(logged);
        size = logged;
        freshFrom = databaseSize;
        checkpoint = found;
        compareTail(found);
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
                        + "leaf in the log: " + Base64.getEncoder().encodeToString(inLog)
                        + "\nleaf of the database: " + Base64.getEncoder().encodeToString(inDatabase));
            }
        }
    }

    private static String text(String[] lines) {
        int end = Arrays.asList(lines).indexOf("");
        return String.join("\n", Arrays.asList(lines).subList(0, Math.max(end, 0))) + "\n";
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
            String note = signer.sign(origin + "\n" + next.size() + "\n" + Base64.getEncoder().encodeToString(next.root())
                    + "\ntime " + clock.instant().truncatedTo(java.time.temporal.ChronoUnit.MILLIS) + "\n");
            folder.writeCheckpoint(note);
            tree = next;
            bundle = nextBundle;
            size = next.size();
            checkpoint = note;
            forget(size);
            for (long number : full) {
                folder.removePartials(number);
            }
            return note;
        } catch (IOException e) {
            throw new ArchiveException("the log folder can't be written", e);
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
