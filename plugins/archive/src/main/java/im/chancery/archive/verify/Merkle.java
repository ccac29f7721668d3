package im.chancery.archive.verify;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/**
 * The Merkle tree hash of RFC 6962, section 2.1, and the verification of its proofs as RFC 9162, sections 2.1.3.2 and
 * 2.1.4.2, write it down step by step, with every bound checked.
 */
public final class Merkle {
    static final int HASH = 32;

    private Merkle() {
    }

    /**
     * Verifies that a leaf is in a tree (RFC 9162, section 2.1.3.2).
     *
     * @param leafHash the leaf's hash, 32 bytes
     * @param index    the leaf's index, from 0
     * @param size     the tree's size
     * @param proof    the inclusion proof, hashes from the leaf's level up
     * @param root     the tree's root hash
     */
    public static boolean includes(byte[] leafHash, long index, long size, List<byte[]> proof, byte[] root) {
        if (index < 0 || index >= size || leafHash.length != HASH || !allHashes(proof)) {
            return false;
        }
        long fn = index;
        long sn = size - 1;
        byte[] r = leafHash;
        MessageDigest sha256 = digest();
        for (byte[] p : proof) {
            if (sn == 0) {
                return false;
            }
            if ((fn & 1) == 1 || fn == sn) {
                r = node(sha256, p, r);
                while ((fn & 1) == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                r = node(sha256, r, p);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && MessageDigest.isEqual(r, root);
    }

    /**
     * Verifies that one tree begins with another (RFC 9162, section 2.1.4.2).
     *
     * @param first      the smaller tree's size, at least 1
     * @param second     the larger tree's size
     * @param firstRoot  the smaller tree's root hash
     * @param secondRoot the larger tree's root hash
     * @param proof      the consistency proof; empty if and only if the sizes are equal
     */
    public static boolean extendsTree(long first, long second, byte[] firstRoot, byte[] secondRoot, List<byte[]> proof) {
        if (first < 1 || second < first || firstRoot.length != HASH || secondRoot.length != HASH || !allHashes(proof)) {
            return false;
        }
        if (first == second) {
            return proof.isEmpty() && MessageDigest.isEqual(firstRoot, secondRoot);
        }
        if (proof.isEmpty()) {
            return false;
        }
        boolean powerOfTwo = Long.bitCount(first) == 1;
        long fn = first - 1;
        long sn = second - 1;
        while ((fn & 1) == 1) {
            fn >>= 1;
            sn >>= 1;
        }
        byte[] fr = powerOfTwo ? firstRoot : proof.get(0);
        byte[] sr = fr;
        MessageDigest sha256 = digest();
        for (byte[] c : proof.subList(powerOfTwo ? 0 : 1, proof.size())) {
            if (sn == 0) {
                return false;
            }
            if ((fn & 1) == 1 || fn == sn) {
                fr = node(sha256, c, fr);
                sr = node(sha256, c, sr);
                while ((fn & 1) == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                sr = node(sha256, sr, c);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && MessageDigest.isEqual(fr, firstRoot) && MessageDigest.isEqual(sr, secondRoot);
    }

    static byte[] leaf(MessageDigest sha256, byte[] entry) {
        sha256.update((byte) 0);
        return sha256.digest(entry);
    }

    static byte[] node(MessageDigest sha256, byte[] left, byte[] right) {
        sha256.update((byte) 1);
        sha256.update(left);
        sha256.update(right);
        return sha256.digest();
    }

    static byte[] sha256(byte[]... parts) {
        MessageDigest sha256 = digest();
        for (byte[] part : parts) {
            sha256.update(part);
        }
        return sha256.digest();
    }

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static boolean allHashes(List<byte[]> proof) {
        return proof.stream().allMatch(h -> h.length == HASH);
    }

    /**
     * The subtrees that a growing tree is made of: one perfect subtree for each bit of its size. Their fold is the root.
     * Not safe for many threads.
     */
    static final class Peaks {
        private final byte[][] byHeight = new byte[Long.SIZE][];
        private final MessageDigest sha256 = digest();
        private long size;

        /** Adds a perfect subtree of {@code 1 << height} leaves; the size is a multiple of that. */
        void add(byte[] hash, int height) {
            byte[] carried = hash;
            int h = height;
            for (; (size >>> h & 1) == 1; h++) {
                carried = node(sha256, byHeight[h], carried);
                byHeight[h] = null;
            }
            byHeight[h] = carried;
            size += 1L << height;
        }

        Peaks copy() {
            Peaks copy = new Peaks();
            System.arraycopy(byHeight, 0, copy.byHeight, 0, byHeight.length);
            copy.size = size;
            return copy;
        }

        long size() {
            return size;
        }

        /** RFC 6962, section 2.1: the root of an empty tree is the hash of nothing. */
        byte[] root() {
            byte[] root = null;
            for (byte[] peak : byHeight) {
                if (peak != null) {
                    root = root == null ? peak : node(sha256, peak, root);
                }
            }
            return root == null ? sha256.digest() : Arrays.copyOf(root, HASH);
        }
    }
}
