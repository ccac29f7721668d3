package im.chancery.archive;

import java.util.Base64;

/**
 * A checkpoint that this node's key has signed, as the writer reads it back. The offline verifier has its own reader.
 *
 * @param size the log's size, at least 1
 * @param root the root hash in base64
 * @param note the whole signed note
 */
record SignedCheckpoint(long size, String root, String note) {

    /**
     * Reads a note.
     *
     * @param what  names the note in the error
     * @throws ArchiveException if it isn't a checkpoint of this origin by this key, to the last byte
     */
    static SignedCheckpoint read(String note, String origin, NoteSigner signer, String what) {
        int end = note.indexOf("\n\n") + 1;
        String text = note.substring(0, end);
        String[] lines = text.split("\n");
        if (end == 0 || lines.length < 3 || !lines[0].equals(origin) || !signer.hasSigned(note)) {
            throw new ArchiveException(what + " isn't one of this node's key:\n" + note);
        }
        return new SignedCheckpoint(Long.parseLong(lines[1]), lines[2], note);
    }

    boolean has(byte[] otherRoot) {
        return root.equals(Base64.getEncoder().encodeToString(otherRoot));
    }
}
