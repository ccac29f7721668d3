package im.chancery.host.prosody;

import im.chancery.core.config.Secret;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Mutual proof that both ends of the link know one secret, which itself never crosses it (docs/link.md, "Secret"): each
 * end sends HMAC-SHA256 over its own name and both nonces, so that no proof can be played back or mirrored.
 */
final class LinkSecret {
    static final int NONCE_BYTES = 32;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final SecretKeySpec key;

    LinkSecret(Secret secret) {
        this.key = new SecretKeySpec(secret.bytes(), "HmacSHA256");
    }

    static byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return nonce;
    }

    byte[] engineProof(byte[] hostNonce, byte[] engineNonce) {
        return mac("engine", hostNonce, engineNonce);
    }

    boolean hostProves(byte[] proof, byte[] hostNonce, byte[] engineNonce) {
        return MessageDigest.isEqual(mac("host", hostNonce, engineNonce), proof);
    }

    byte[] mac(String who, byte[] hostNonce, byte[] engineNonce) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            mac.update(("chancery-link-1 " + who + "\0").getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            mac.update(hostNonce);
            return mac.doFinal(engineNonce);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has HmacSHA256", e);
        }
    }
}
