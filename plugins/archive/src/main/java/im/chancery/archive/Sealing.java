package im.chancery.archive;

import im.chancery.core.RecordId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals records and opens them, and computes their log entries.
 *
 * <p>A sealed blob is {@code version ‖ nonce ‖ commitment ‖ AES-256-GCM(time ‖ body)}. GCM alone doesn't commit to its
 * key (one blob can be made to open under two keys), hence the commitment, which is derived from the data key and is
 * part of what the log entry hashes. The entry covers bucket and time too, so that no clear column can be changed
 * without being found by somebody who has no keys. Not safe for many threads.
 */
final class Sealing {
    /** First byte of a blob and of its entry. */
    static final int SEALED = 1;
    /** As {@link #SEALED}, for certificates: the body is stored open. */
    static final int OPEN = 2;
    static final int ENTRY_LENGTH = 33;

    private static final int NONCE = 12;
    private static final int COMMITMENT = 32;
    private static final int TAG = 16;
    private static final int HEAD = 1 + NONCE + COMMITMENT;
    private static final byte[] ENTRY_LABEL = "chancery.im/entry/v1\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] COMMIT_INFO = "commit\u0001".getBytes(StandardCharsets.UTF_8);

    private final SecureRandom random = new SecureRandom();
    private final Cipher cipher;
    private final MessageDigest sha256;
    /** The name of the bucket that was sealed for last: nearly always the next one's too. */
    private BucketId named;
    private byte[] name = {};
    /** Asked for once: looking for a provider costs more than the code itself. */
    private final Mac commit;

    Sealing() {
        try {
            // The JDK's own provider uses the CPU's AES and GHASH instructions; another one might be registered before it.
            cipher = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE");
            sha256 = MessageDigest.getInstance("SHA-256");
            commit = Mac.getInstance("HmacSHA256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java platform lacks AES-GCM, HMAC or SHA-256", e);
        }
    }

    /** Seals a body that {@link RecordCodec} encoded. */
    byte[] seal(byte[] dataKey, RecordId id, BucketId bucket, long capturedAt, byte[] body) {
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        byte[] blob = new byte[HEAD + Long.BYTES + body.length + TAG];
        ByteBuffer out = ByteBuffer.wrap(blob).put((byte) SEALED).put(nonce).put(commitment(dataKey));
        byte[] time = ByteBuffer.allocate(Long.BYTES).putLong(capturedAt).array();
        try {
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(dataKey, "AES"), new GCMParameterSpec(TAG * 8, nonce));
            cipher.updateAAD(associated(id, bucket));
            int at = out.position();
            at += cipher.update(time, 0, time.length, blob, at);
            cipher.doFinal(body, 0, body.length, blob, at);
            return blob;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refused to seal", e);
        }
    }

    /** The blob of a record that is stored open. */
    static byte[] open(long capturedAt, byte[] body) {
        return ByteBuffer.allocate(1 + Long.BYTES + body.length).put((byte) OPEN).putLong(capturedAt).put(body).array();
    }

    /**
     * Opens a stored record and checks tag, commitment, version and time.
     *
     * @param dataKey ignored for a record that is stored open
     * @throws ArchiveException if anything was changed, or the key is another's
     */
    ArchivedRecord unseal(byte[] dataKey, RecordId id, SealedRecord stored) {
        byte[] blob = stored.blob();
        String what = "record " + id;
        byte[] plain = blob.length > 0 && blob[0] == OPEN
                ? Arrays.copyOfRange(blob, 1, blob.length)
                : decrypt(dataKey, id, stored.bucket(), blob, what);
        ByteSource source = new ByteSource(plain, what);
        long capturedAt = source.u64();
        if (capturedAt != stored.capturedAt()) {
            throw new ArchiveException(what + ": its time was changed in the database");
        }
        NewRecord record = RecordCodec.decode(source.raw(source.remaining()), stored.bucket().recordClass(), what);
        if ((record.type() == RecordType.CERTIFICATE) != (blob[0] == OPEN)) {
            throw new ArchiveException(what + ": only certificates are stored open, found " + record.type());
        }
        return new ArchivedRecord(id, stored.bucket(), Instant.ofEpochMilli(capturedAt), record);
    }

    private byte[] decrypt(byte[] dataKey, RecordId id, BucketId bucket, byte[] blob, String what) {
        if (blob.length < HEAD + TAG || blob[0] != SEALED) {
            throw new ArchiveException(what + ": not a sealed blob (" + blob.length + " bytes)");
        }
        byte[] stored = Arrays.copyOfRange(blob, 1 + NONCE, HEAD);
        if (!MessageDigest.isEqual(stored, commitment(dataKey))) {
            throw new ArchiveException(what + ": sealed under another key, or its commitment was changed");
        }
        try {
            cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(dataKey, "AES"), new GCMParameterSpec(TAG * 8, blob, 1, NONCE));
            cipher.updateAAD(associated(id, bucket));
            return cipher.doFinal(blob, HEAD, blob.length - HEAD);
        } catch (AEADBadTagException e) {
            throw new ArchiveException(what + ": was changed after it was sealed", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refused to open", e);
        }
    }

    /** The record's entry in the log: one version byte and a SHA-256. */
    byte[] entry(SealedRecord stored) {
        byte[] bucket = name(stored.bucket());
        sha256.reset();
        sha256.update(ENTRY_LABEL);
        sha256.update(ByteBuffer.allocate(2 + bucket.length + Long.BYTES)
                .putShort((short) bucket.length).put(bucket).putLong(stored.capturedAt()).array());
        byte[] hash = sha256.digest(stored.blob());
        byte[] entry = new byte[ENTRY_LENGTH];
        entry[0] = stored.blob()[0];
        System.arraycopy(hash, 0, entry, 1, hash.length);
        return entry;
    }

    /** HKDF-Expand (RFC 5869) of the data key, which is itself a pseudo-random key. */
    private byte[] commitment(byte[] dataKey) {
        try {
            commit.init(new SecretKeySpec(dataKey, "HmacSHA256"));
        } catch (InvalidKeyException e) {
            throw new IllegalStateException("HMAC takes any key", e);
        }
        return commit.doFinal(COMMIT_INFO);
    }

    private byte[] associated(RecordId id, BucketId bucket) {
        byte[] bucketName = name(bucket);
        return new ByteSink().shortText(id.origin()).u64(id.index()).u16(bucketName.length).raw(bucketName).bytes();
    }

    private byte[] name(BucketId bucket) {
        if (!bucket.equals(named)) {
            named = bucket;
            name = bucket.toString().getBytes(StandardCharsets.UTF_8);
        }
        return name;
    }
}
