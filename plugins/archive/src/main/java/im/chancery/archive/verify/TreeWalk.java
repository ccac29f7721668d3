package im.chancery.archive.verify;

import im.chancery.archive.verify.TileFolder.Name;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Computes the tree anew from the entries, once from left to right, and compares every tile on the way. One thread, memory
 * for one tile of each level.
 *
 * <p>If an entry and its hash in the level-0 tile differ, the hash of the tile as level 1 has it tells which of the two
 * was changed, and the walk goes on with the other one.
 */
final class TreeWalk {
    private static final int WIDTH = TileFolder.WIDTH;
    private static final int ENTRY_LENGTH = 33;
    /** More are not listed one by one: a log that is damaged all over needs no list. */
    private static final int MOST_FINDINGS = 1_000;

    private final TileFolder folder;
    private final long size;
    private final List<Finding> findings;
    private final MessageDigest sha256 = Merkle.digest();
    private final Merkle.Peaks peaks = new Merkle.Peaks();
    /** For each level from 1 up, the hashes of its current tile. */
    private final List<List<byte[]>> above = new ArrayList<>();
    private final NavigableSet<Long> watched = new TreeSet<>();
    private final Map<Long, byte[]> roots = new TreeMap<>();

    TreeWalk(TileFolder folder, long size, List<Finding> findings) {
        this.folder = folder;
        this.size = size;
        this.findings = findings;
    }

    /** Asks for the root at this size, at most the log's. */
    void watch(long at) {
        watched.add(at);
    }

    byte[] root(long at) {
        return roots.get(at);
    }

    void run() throws IOException {
        if (watched.contains(0L)) {
            roots.put(0L, peaks.root());
        }
        for (long number = 0; number * WIDTH < size; number++) {
            int width = (int) Math.min(WIDTH, size - number * WIDTH);
            List<byte[]> leaves = leaves(number, width);
            noteRoots(number, leaves);
            if (width == WIDTH) {
                byte[] hash = perfect(leaves);
                peaks.add(hash, 8);
                up(1, number, hash);
            } else {
                leaves.forEach(leaf -> peaks.add(leaf, 0));
            }
        }
        for (int level = 1; level <= above.size(); level++) {
            List<byte[]> rest = above.get(level - 1);
            if (!rest.isEmpty()) {
                compare(level, (size >>> (8 * level)) / WIDTH, rest);
            }
        }
        roots.put(size, peaks.root());
    }

    private void noteRoots(long number, List<byte[]> leaves) {
        long from = number * WIDTH;
        for (long at : watched.subSet(from + 1, true, from + leaves.size(), true)) {
            Merkle.Peaks then = peaks.copy();
            leaves.subList(0, (int) (at - from)).forEach(leaf -> then.add(leaf, 0));
            roots.put(at, then.root());
        }
    }

    /** The leaf hashes of one tile, after its entries and the tile were compared. */
    private List<byte[]> leaves(long number, int width) throws IOException {
        List<byte[]> fromEntries = new ArrayList<>(width);
        String bundle = readEntries(number, width, fromEntries);
        Name name = new Name("0", number, width);
        List<byte[]> stored = hashes(name, width);
        if (fromEntries.size() < width) {
            // What the bundle lacks was reported; the tile still says what the leaves were.
            for (int i = fromEntries.size(); i < width; i++) {
                fromEntries.add(stored.size() > i ? stored.get(i) : new byte[Merkle.HASH]);
            }
        }
        List<Integer> differing = new ArrayList<>();
        for (int i = 0; i < Math.min(width, stored.size()); i++) {
            if (!Arrays.equals(fromEntries.get(i), stored.get(i))) {
                differing.add(i);
            }
        }
        if (differing.isEmpty()) {
            return fromEntries;
        }
        boolean tileIsRight = width == WIDTH && stored.size() == WIDTH && isAbove(number, perfect(stored));
        boolean entriesAreRight = width == WIDTH && isAbove(number, perfect(fromEntries));
        for (int i : differing) {
            String leaf = "leaf " + (number * WIDTH + i) + " (" + bundle + " and " + name + ", place " + i + ")";
            report(leaf, tileIsRight ? "the entry was changed: the tiles agree on another hash"
                    : entriesAreRight ? "the hash in the tile was changed: the entry fits the tile above"
                    : "the entry doesn't have the hash that the tile has");
        }
        return tileIsRight ? stored : fromEntries;
    }

    private String readEntries(long number, int width, List<byte[]> leaves) throws IOException {
        Name name = new Name(TileFolder.ENTRIES, number, width);
        Optional<TileFolder.Found> found = folder.read(name);
        if (found.isEmpty()) {
            report(name.toString(), "is missing");
            return name.toString();
        }
        byte[] bundle = found.get().bytes();
        int at = 0;
        for (int i = 0; i < width; i++) {
            int length = at + 2 > bundle.length ? -1 : (bundle[at] & 0xff) << 8 | bundle[at + 1] & 0xff;
            if (length < 0 || at + 2 + length > bundle.length) {
                report(name.toString(), "is cut short in entry " + i + " (leaf " + (number * WIDTH + i) + ")");
                return name.toString();
            }
            byte[] entry = Arrays.copyOfRange(bundle, at + 2, at + 2 + length);
            if (length != ENTRY_LENGTH || entry[0] != 1 && entry[0] != 2) {
                report(name.toString(), "entry " + i + " (leaf " + (number * WIDTH + i) + ") has another form than entries have");
            }
            leaves.add(Merkle.leaf(sha256, entry));
            at += 2 + length;
        }
        if (at != bundle.length && found.get().width() == width) {
            report(name.toString(), "has " + (bundle.length - at) + " bytes too many");
        }
        return name.toString();
    }

    private void up(int level, long number, byte[] hash) throws IOException {
        if (above.size() < level) {
            above.add(new ArrayList<>(WIDTH));
        }
        List<byte[]> tile = above.get(level - 1);
        tile.add(hash);
        if (tile.size() == WIDTH) {
            compare(level, number / WIDTH, tile);
            byte[] root = perfect(tile);
            tile.clear();
            up(level + 1, number / WIDTH, root);
        }
    }

    private void compare(int level, long number, List<byte[]> computed) throws IOException {
        Name name = new Name(Integer.toString(level), number, computed.size());
        List<byte[]> stored = hashes(name, computed.size());
        for (int i = 0; i < Math.min(stored.size(), computed.size()); i++) {
            if (!Arrays.equals(stored.get(i), computed.get(i))) {
                report(name + ", hash " + i, "isn't the hash of " + new Name(Integer.toString(level - 1), number * WIDTH + i, WIDTH));
            }
        }
    }

    /** The hashes of a tile; fewer if it is missing or damaged, which is reported. */
    private List<byte[]> hashes(Name name, int width) throws IOException {
        Optional<TileFolder.Found> found = folder.read(name);
        if (found.isEmpty()) {
            report(name.toString(), "is missing");
            return List.of();
        }
        byte[] bytes = found.get().bytes();
        int expected = found.get().width() * Merkle.HASH;
        if (bytes.length != expected) {
            report(name.toString(), "has " + bytes.length + " bytes, not " + expected);
        }
        List<byte[]> hashes = new ArrayList<>(width);
        for (int i = 0; i < width && (i + 1) * Merkle.HASH <= bytes.length; i++) {
            hashes.add(Arrays.copyOfRange(bytes, i * Merkle.HASH, (i + 1) * Merkle.HASH));
        }
        return hashes;
    }

    /** Whether level 1 has this hash for this level-0 tile. */
    private boolean isAbove(long number, byte[] hash) throws IOException {
        long full = size / WIDTH;
        int width = (int) Math.min(WIDTH, full - number / WIDTH * WIDTH);
        Optional<byte[]> tile = folder.read(new Name("1", number / WIDTH, width)).map(TileFolder.Found::bytes);
        int at = (int) (number % WIDTH) * Merkle.HASH;
        return tile.isPresent() && tile.get().length >= at + Merkle.HASH && Arrays.equals(tile.get(), at, at + Merkle.HASH, hash, 0, Merkle.HASH);
    }

    private byte[] perfect(List<byte[]> hashes) {
        List<byte[]> level = hashes;
        while (level.size() > 1) {
            List<byte[]> next = new ArrayList<>(level.size() / 2);
            for (int i = 0; i < level.size(); i += 2) {
                next.add(Merkle.node(sha256, level.get(i), level.get(i + 1)));
            }
            level = next;
        }
        return level.get(0);
    }

    private void report(String where, String what) {
        if (findings.size() < MOST_FINDINGS) {
            findings.add(new Finding(where, what));
        }
    }

    /** How many bytes the first entries of a bundle take; more than there are if it is damaged. */
    static int bundleLength(byte[] bundle, int entries) {
        int at = 0;
        for (int i = 0; i < entries; i++) {
            if (at + 2 > bundle.length) {
                return Integer.MAX_VALUE;
            }
            at += 2 + ((bundle[at] & 0xff) << 8 | bundle[at + 1] & 0xff);
        }
        return at;
    }
}
