package im.chancery.presence;

import im.chancery.core.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs messages with HMAC-SHA256 (RFC 2104) under a key made from the cluster's secret and name, and tells which are
 * authentic. A sealed message is the body and then its 32-byte tag. For one thread.
 */
final class MessageSeal {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int TAG_BYTES = 32;

    private final Mac mac;

    MessageSeal(Secret secret, String cluster) {
        mac = mac(derive(secret, "message", cluster));
    }

    /**
     * What the members of a cluster name it to each other: its name and 128 bits that only those who know the secret can tell.
     * It goes over the member links in the clear, so it keeps out those who can connect and not those who can listen.
     */
    static String clusterName(Secret secret, String cluster) {
        return cluster + "-" + HexFormat.of().formatHex(derive(secret, "cluster name", cluster), 0, 16);
    }

    byte[] seal(byte[] body) {
        byte[] sealed = Arrays.copyOf(body, body.length + TAG_BYTES);
        System.arraycopy(mac.doFinal(body), 0, sealed, body.length, TAG_BYTES);
        return sealed;
    }

    /** The body of a sealed message; empty where it isn't authentic. */
    Optional<byte[]> open(byte[] sealed) {
        if (sealed.length < TAG_BYTES) {
            return Optional.empty();
        }
        byte[] body = Arrays.copyOf(sealed, sealed.length - TAG_BYTES);
        byte[] tag = Arrays.copyOfRange(sealed, body.length, sealed.length);
        return MessageDigest.isEqual(mac.doFinal(body), tag) ? Optional.of(body) : Optional.empty();
    }

    private static byte[] derive(Secret secret, String use, String cluster) {
        return mac(secret.bytes()).doFinal(("chancery presence 1, " + use + ": " + cluster).getBytes(StandardCharsets.UTF_8));
    }

    private static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }
}
