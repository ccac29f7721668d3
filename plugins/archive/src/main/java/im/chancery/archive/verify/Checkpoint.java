package im.chancery.archive.verify;

import im.chancery.archive.verify.SignedNote.BadNote;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/**
 * A checkpoint whose signature was verified (C2SP tlog-checkpoint).
 *
 * @param size     the log's size
 * @param root     its root hash
 * @param signedAt what its {@code time} extension line says
 */
record Checkpoint(long size, byte[] root, Optional<Instant> signedAt) {
    private static final String TIME = "time ";

    static Checkpoint open(String note, VerifierKey key) throws BadNote {
        String[] lines = SignedNote.open(note, key).text().split("\n");
        if (lines.length < 3) {
            throw new BadNote("has less than three lines");
        }
        if (!lines[0].equals(key.name())) {
            throw new BadNote("is of log '" + lines[0] + "', not '" + key.name() + "'");
        }
        if (!lines[1].matches("0|[1-9][0-9]{0,17}")) {
            throw new BadNote("has a size that isn't a number");
        }
        Optional<Instant> time = Optional.empty();
        for (int i = 3; i < lines.length; i++) {
            if (lines[i].isEmpty()) {
                throw new BadNote("has an empty extension line");
            }
            if (lines[i].startsWith(TIME)) {
                time = Optional.of(instant(lines[i].substring(TIME.length())));
            }
        }
        return new Checkpoint(Long.parseLong(lines[1]), root(lines[2]), time);
    }

    private static byte[] root(String base64) throws BadNote {
        try {
            byte[] root = Base64.getDecoder().decode(base64);
            if (root.length == Merkle.HASH) {
                return root;
            }
        } catch (IllegalArgumentException e) {
            throw new BadNote("has a root hash that is not base64");
        }
        throw new BadNote("has a root hash that is not 32 bytes long");
    }

    private static Instant instant(String text) throws BadNote {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new BadNote("has a time that isn't ISO 8601");
        }
    }
}
