package im.chancery.archive;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;

/** Signs notes with the log's key (C2SP signed-note, Ed25519). The key's name is the log's origin. Safe for many threads. */
final class NoteSigner {
    private static final byte ED25519 = 1;

    private final String name;
    private final RootKeys keys;
    private final byte[] keyId;

    NoteSigner(String name, RootKeys keys) {
        this.name = name;
        this.keys = keys;
        byte[] head = (name + "\n").getBytes(StandardCharsets.UTF_8);
        byte[] material = ByteBuffer.allocate(head.length + 33).put(head).put(ED25519).put(keys.publicKey()).array();
        try {
            this.keyId = java.util.Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(material), 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The note: the text, an empty line, one signature line. {@code text} ends with a line feed. */
    String sign(String text) {
        byte[] signature = keys.sign(text.getBytes(StandardCharsets.UTF_8));
        byte[] line = ByteBuffer.allocate(keyId.length + signature.length).put(keyId).put(signature).array();
        return text + "\n\u2014 " + name + " " + Base64.getEncoder().encodeToString(line) + "\n";
    }

    /** The public key by which notes are verified: {@code name+hash+key}. */
    String verifierKey() {
        byte[] key = ByteBuffer.allocate(33).put(ED25519).put(keys.publicKey()).array();
        return name + "+" + HexFormat.of().formatHex(keyId) + "+" + Base64.getEncoder().encodeToString(key);
    }
}
