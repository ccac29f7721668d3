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
        return text + "\n\u2014 " + name + " " + signature(text) + "\n";
    }

    /** What stands last in the signature line: key id and signature, in 92 characters of base64. */
    String signature(String text) {
        byte[] signature = keys.sign(text.getBytes(StandardCharsets.UTF_8));
        return Base64.getEncoder().encodeToString(ByteBuffer.allocate(keyId.length + signature.length).put(keyId).put(signature).array());
    }

    /** Whether a note is this key's, to the last byte. Ed25519 signs one text in one way only, so signing it anew gives it back. */
    boolean hasSigned(String note) {
        return sign(note.substring(0, note.indexOf("\n\n") + 1)).equals(note);
    }

    /** The public key by which notes are verified: {@code name+hash+key}. */
    String verifierKey() {
        byte[] key = ByteBuffer.allocate(33).put(ED25519).put(keys.publicKey()).array();
        return name + "+" + HexFormat.of().formatHex(keyId) + "+" + Base64.getEncoder().encodeToString(key);
    }
}
