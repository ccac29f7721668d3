package im.chancery.archive.verify;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/** A log's public key as an auditor has it: {@code name+hash+key} (C2SP signed-note, Ed25519 only). Immutable. */
public final class VerifierKey {
    private static final byte ED25519 = 1;
    private static final int KEY_LENGTH = 32;
    /** The head of an Ed25519 SubjectPublicKeyInfo (RFC 8410, section 4). */
    private static final byte[] SPKI = HexFormat.of().parseHex("302a300506032b6570032100");

    private final String name;
    private final byte[] id;
    private final PublicKey key;

    private VerifierKey(String name, byte[] id, PublicKey key) {
        this.name = name;
        this.id = id;
        this.key = key;
    }

    /**
     * Reads a verifier key.
     *
     * @throws IllegalArgumentException if the text has another form, the hash isn't the key's, or the key isn't Ed25519
     */
    public static VerifierKey parse(String text) {
        String[] parts = text.strip().split("\\+", 3);
        if (parts.length != 3 || parts[0].isEmpty() || !parts[1].matches("[0-9a-f]{8}")) {
            throw new IllegalArgumentException("a verifier key is NAME+HASH+KEY, found '" + text.strip() + "'");
        }
        byte[] material = Base64.getDecoder().decode(parts[2]);
        if (material.length != 1 + KEY_LENGTH || material[0] != ED25519) {
            throw new IllegalArgumentException("the verifier key of " + parts[0] + " isn't an Ed25519 key");
        }
        byte[] id = Arrays.copyOf(Merkle.sha256((parts[0] + "\n").getBytes(StandardCharsets.UTF_8), material), 4);
        if (!HexFormat.of().formatHex(id).equals(parts[1])) {
            throw new IllegalArgumentException("the verifier key of " + parts[0] + " has hash " + HexFormat.of().formatHex(id)
                    + ", found " + parts[1]);
        }
        try {
            byte[] spki = Arrays.copyOf(SPKI, SPKI.length + KEY_LENGTH);
            System.arraycopy(material, 1, spki, SPKI.length, KEY_LENGTH);
            return new VerifierKey(parts[0], id, KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki)));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the verifier key of " + parts[0] + " is no point on the curve", e);
        }
    }

    /** The key's name, which is the log's origin. */
    public String name() {
        return name;
    }

    /** Whether a signature line's name and key id are this key's. */
    boolean isNamed(String lineName, byte[] lineId) {
        return name.equals(lineName) && Arrays.equals(id, lineId);
    }

    boolean verifies(byte[] message, byte[] signature) {
        try {
            Signature ed25519 = Signature.getInstance("Ed25519");
            ed25519.initVerify(key);
            ed25519.update(message);
            return ed25519.verify(signature);
        } catch (GeneralSecurityException e) {
            return false; // not even the shape of a signature
        }
    }
}
