package im.chancery.archive;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * HKDF with SHA-256 (RFC 5869) for outputs of one block, 32 bytes. Extraction is done once, expansion once for each
 * output. Safe for many threads.
 */
final class Hkdf {
    private final Mac expand;

    /** Extracts with this salt (RFC 5869, section 2.2). */
    Hkdf(String salt, byte[] inputKey) {
        byte[] pseudoRandomKey = mac(salt.getBytes(StandardCharsets.UTF_8)).doFinal(inputKey);
        this.expand = mac(pseudoRandomKey);
    }

    /** Expands to 32 bytes (RFC 5869, section 2.3, with one block). */
    synchronized byte[] expand(byte[] info) {
        expand.update(info);
        expand.update((byte) 1);
        return expand.doFinal();
    }

    byte[] expand(String info) {
        return expand(info.getBytes(StandardCharsets.UTF_8));
    }

    /** An HMAC-SHA256 under this key. */
    static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }
}
