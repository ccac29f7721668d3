package im.chancery.archive.verify;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/** RFC 6962, sections 2.1 to 2.1.2, written down as the recursive definitions stand there. Slow, and obviously right. */
final class ReferenceTree {
    private static final MessageDigest SHA256 = Merkle.digest();

    private ReferenceTree() {
    }

    static byte[] mth(List<byte[]> d) {
        if (d.isEmpty()) {
            return SHA256.digest();
        }
        if (d.size() == 1) {
            return Merkle.leaf(SHA256, d.get(0));
        }
        int k = split(d.size());
        return Merkle.node(SHA256, mth(d.subList(0, k)), mth(d.subList(k, d.size())));
    }

    static List<byte[]> path(int m, List<byte[]> d) {
        List<byte[]> path = new ArrayList<>();
        if (d.size() > 1) {
            int k = split(d.size());
            if (m < k) {
                path.addAll(path(m, d.subList(0, k)));
                path.add(mth(d.subList(k, d.size())));
            } else {
                path.addAll(path(m - k, d.subList(k, d.size())));
                path.add(mth(d.subList(0, k)));
            }
        }
        return path;
    }

    static List<byte[]> proof(int m, List<byte[]> d) {
        return subproof(m, d, true);
    }

    private static List<byte[]> subproof(int m, List<byte[]> d, boolean whole) {
        List<byte[]> proof = new ArrayList<>();
        if (m == d.size()) {
            if (!whole) {
                proof.add(mth(d));
            }
            return proof;
        }
        int k = split(d.size());
        if (m <= k) {
            proof.addAll(subproof(m, d.subList(0, k), whole));
            proof.add(mth(d.subList(k, d.size())));
        } else {
            proof.addAll(subproof(m - k, d.subList(k, d.size()), false));
            proof.add(mth(d.subList(0, k)));
        }
        return proof;
    }

    private static int split(int n) {
        return Integer.highestOneBit(n - 1);
    }
}
