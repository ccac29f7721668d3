package im.chancery.archive;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** Compares records that are read with their leaves in the log. Safe for many threads. */
final class LeafTiles implements RecordReader.LeafCheck {
    private static final int REMEMBERED = 256;

    private final LogFolder folder;
    private final LongSupplier logged;
    private final TileTree hasher = new TileTree(0, new java.util.ArrayList<>());
    private final Map<Long, byte[]> full = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** @param logged how many leaves the log covers */
    LeafTiles(LogFolder folder, LongSupplier logged) {
        this.folder = folder;
        this.logged = logged;
    }

    @Override
    public synchronized void check(long index, byte[] entry) {
        long size = logged.getAsLong();
        if (index >= size) {
            return;
        }
        long number = index / TileTree.WIDTH;
        int at = (int) (index % TileTree.WIDTH) * TileTree.HASH;
        byte[] tile = tile(number, size);
        if (tile.length < at + TileTree.HASH
                || !Arrays.equals(tile, at, at + TileTree.HASH, hasher.leaf(entry), 0, TileTree.HASH)) {
            throw new ArchiveException("leaf index " + index + ": what is stored isn't what the log has; run the verifier");
        }
    }

    private byte[] tile(long number, long size) {
        byte[] known = full.get(number);
        if (known != null) {
            return known;
        }
        try {
            int width = (int) Math.min(TileTree.WIDTH, size - number * TileTree.WIDTH);
            byte[] tile = folder.leaves(number, width);
            if (tile.length == TileTree.WIDTH * TileTree.HASH) {
                full.put(number, tile);
            }
            return tile;
        } catch (IOException e) {
            throw new ArchiveException("log tile 0/" + number + " can't be read", e);
        }
    }
}
