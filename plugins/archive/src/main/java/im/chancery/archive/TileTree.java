package im.chancery.archive;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/**
 * The growing right edge of the log's Merkle tree (RFC 6962, section 2.1), cut into tiles of 256 hashes (C2SP
 * tlog-tiles): for each level the hashes of its last, not yet full tile. That is all a writer needs, however large the
 * log. Not safe for many threads.
 */
final class TileTree {
    static final int WIDTH = 256;
    static final int HASH = 32;

    /** Takes a tile that has become full. */
    @FunctionalInterface
    interface FullTile {
        void full(int level, long number, List<byte[]> hashes) throws java.io.IOException;
    }

    private final List<List<byte[]>> edge;
    private final MessageDigest sha256;
    private long size;

    /** @param edge for each level the hashes of its partial tile; taken over */
    TileTree(long size, List<List<byte[]>> edge) {
        this.size = size;
        this.edge = edge;
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    TileTree copy() {
        List<List<byte[]>> levels = new ArrayList<>();
        edge.forEach(level -> levels.add(new ArrayList<>(level)));
        return new TileTree(size, levels);
    }

    long size() {
        return size;
    }

    /** The hashes of the partial tile at each level, lowest first; a level may be empty. */
    List<List<byte[]>> edge() {
        return edge;
    }

    /** Appends an entry. */
    void append(byte[] entry, FullTile sink) throws java.io.IOException {
        add(0, leaf(entry), sink);
        size++;
    }

    /** Appends a leaf whose hash is known. The tiles that become full are there already. */
    void appendLeaf(byte[] hash) {
        try {
            add(0, hash, (level, number, hashes) -> { });
        } catch (java.io.IOException e) {
            throw new IllegalStateException("nothing is written", e);
        }
        size++;
    }

    byte[] leaf(byte[] entry) {
        sha256.update((byte) 0);
        return sha256.digest(entry);
    }

    /** The root of the tree as it stands. It has at least one leaf. */
    byte[] root() {
        byte[] root = null;
        for (List<byte[]> level : edge) {
            // What is to the right of this level's hashes is a smaller tree: it joins from the right, one perfect subtree after the other.
            int end = level.size();
            while (end > 0) {
                int subtree = Integer.lowestOneBit(end);
                byte[] left = perfect(level.subList(end - subtree, end));
                root = root == null ? left : node(left, root);
                end -= subtree;
            }
        }
        return root;
    }

    private void add(int level, byte[] hash, FullTile sink) throws java.io.IOException {
        if (edge.size() == level) {
            edge.add(new ArrayList<>(WIDTH));
        }
        List<byte[]> tile = edge.get(level);
        tile.add(hash);
        if (tile.size() == WIDTH) {
            long number = size >>> (8 * (level + 1));
            sink.full(level, number, tile);
            byte[] above = perfect(tile);
            tile.clear();
            add(level + 1, above, sink);
        }
    }

    /** The root of a subtree with a power of two of leaves. */
    private byte[] perfect(List<byte[]> hashes) {
        if (hashes.size() == 1) {
            return hashes.get(0);
        }
        int half = hashes.size() / 2;
        return node(perfect(hashes.subList(0, half)), perfect(hashes.subList(half, hashes.size())));
    }

    private byte[] node(byte[] left, byte[] right) {
        sha256.update((byte) 1);
        sha256.update(left);
        return sha256.digest(right);
    }
}
