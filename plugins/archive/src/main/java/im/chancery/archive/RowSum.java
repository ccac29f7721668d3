package im.chancery.archive;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * How many rows, and the sum of their SHA-256 hashes: the same for the same rows, in whatever order two databases give them. It finds
 * what was lost or spoilt on the way, not what somebody has forged. Not safe for many threads.
 */
final class RowSum {
    private final MessageDigest sha256;
    private BigInteger sum = BigInteger.ZERO;
    private long rows;

    RowSum() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Adds a row. @param values bytes, or what has the same text in both databases; or null */
    void add(Object... values) {
        for (Object value : values) {
            byte[] bytes = value == null ? new byte[0] : value instanceof byte[] raw ? raw : value.toString().getBytes(StandardCharsets.UTF_8);
            sha256.update(ByteBuffer.allocate(1 + Integer.BYTES).put((byte) (value == null ? 0 : 1)).putInt(bytes.length).array());
            sha256.update(bytes);
        }
        sum = sum.add(new BigInteger(1, sha256.digest()));
        rows++;
    }

    long rows() {
        return rows;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RowSum that && rows == that.rows && sum.equals(that.sum);
    }

    @Override
    public int hashCode() {
        return sum.hashCode();
    }
}
