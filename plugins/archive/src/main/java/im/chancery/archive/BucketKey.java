package im.chancery.archive;

import im.chancery.core.RecordId;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.crypto.Mac;
import org.jxmpp.jid.BareJid;

/**
 * The secret of one bucket and what is derived from it: a data key for each record, and look-up tokens. With the secret
 * gone, none of them can be had again. Safe for many threads.
 */
final class BucketKey {
    static final int LENGTH = 32;
    /** Tokens are cut to 128 bits: enough against collisions in a bucket, and half the index. */
    static final int TOKEN_LENGTH = 16;
    private static final String SALT = "chancery.im/bucket/v1";

    private final Hkdf hkdf;
    private final Mac lookup;

    BucketKey(byte[] secret) {
        if (secret.length != LENGTH) {
            throw new IllegalArgumentException("a bucket key has " + LENGTH + " bytes, found " + secret.length);
        }
        this.hkdf = new Hkdf(SALT, secret);
        this.lookup = Hkdf.mac(hkdf.expand("lookup"));
    }

    /** The key that seals this record and no other. */
    byte[] dataKey(RecordId id) {
        return hkdf.expand("record " + id);
    }

    /** The token under which a person's records are found. */
    byte[] personToken(BareJid person) {
        return token("person " + person);
    }

    /** The token under which a room's records are found. */
    byte[] roomToken(BareJid room) {
        return token("room " + room);
    }

    /** The token of a set of people and a room, given as a text that is the same for the same set. */
    byte[] conversationToken(String canonical) {
        return token("conversation " + canonical);
    }

    private synchronized byte[] token(String text) {
        return Arrays.copyOf(lookup.doFinal(text.getBytes(StandardCharsets.UTF_8)), TOKEN_LENGTH);
    }
}
