package im.chancery.core;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What is kept in memory of an id that somebody chooses at will: it may be as long as a stanza. */
public final class BoundedId {
    private static final int LONGEST = 64;

    private BoundedId() {
    }

    /** Something no longer than 64 characters that stands for an id: itself, or its hash. */
    public static String of(String id) {
        if (id.length() <= LONGEST) {
            return id;
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
