package im.chancery.archive.verify;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * A note that one known key has signed (C2SP signed-note).
 *
 * @param text what was signed, with its last line feed
 */
record SignedNote(String text) {
    static final String DASH = "\u2014 ";
    /** Key id and an Ed25519 signature. */
    private static final int SHORTEST_SIGNATURE = 4 + 64;
    private static final int MOST_SIGNATURES = 100;

    /** Thrown for a note that isn't one, or that the key hasn't signed. The message says what is wrong. */
    static final class BadNote extends Exception {
        private static final long serialVersionUID = 1L;

        BadNote(String message) {
            super(message);
        }
    }

    /** Reads a note and verifies the key's signature. Signatures by other keys are ignored, as the specification says. */
    static SignedNote open(String note, VerifierKey key) throws BadNote {
        if (note.chars().anyMatch(c -> c < 0x20 && c != '\n')) {
            throw new BadNote("has control characters");
        }
        int split = note.lastIndexOf("\n\n");
        if (split < 0 || !note.endsWith("\n")) {
            throw new BadNote("has no signature");
        }
        String text = note.substring(0, split + 1);
        List<String> lines = List.of(note.substring(split + 2).split("\n"));
        if (lines.size() > MOST_SIGNATURES) {
            throw new BadNote("has more than " + MOST_SIGNATURES + " signatures");
        }
        int verified = 0;
        for (String line : lines) {
            String[] parts = line.split(" ", 3);
            if (!line.startsWith(DASH) || parts.length != 3) {
                throw new BadNote("has a signature line of another form");
            }
            byte[] bytes = decode(parts[2]);
            if (bytes.length >= 5 && key.isNamed(parts[1], Arrays.copyOf(bytes, 4))) {
                if (!key.verifies(text.getBytes(StandardCharsets.UTF_8), Arrays.copyOfRange(bytes, 4, bytes.length))) {
                    throw new BadNote("its signature by " + key.name() + " is wrong");
                }
                verified++;
            }
        }
        if (verified == 0) {
            throw new BadNote("is not signed by " + key.name() + " with the key given");
        }
        return new SignedNote(text);
    }

    private static byte[] decode(String base64) throws BadNote {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            if (!Base64.getEncoder().encodeToString(bytes).equals(base64)) {
                throw new BadNote("has a signature that is not canonical base64");
            }
            return bytes;
        } catch (IllegalArgumentException e) {
            throw new BadNote("has a signature that is not base64");
        }
    }

    /** Whether a note has no whole signature: what is left of one that was cut short. */
    static boolean isCut(String note) {
        int split = note.lastIndexOf("\n\n");
        return split < 0 || note.substring(split + 2).lines().noneMatch(SignedNote::isSignature);
    }

    private static boolean isSignature(String line) {
        String[] parts = line.split(" ", 3);
        try {
            return line.startsWith(DASH) && parts.length == 3 && decode(parts[2]).length >= SHORTEST_SIGNATURE;
        } catch (BadNote e) {
            return false;
        }
    }
}
