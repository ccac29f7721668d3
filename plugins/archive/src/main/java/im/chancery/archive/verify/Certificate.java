package im.chancery.archive.verify;

import im.chancery.archive.verify.SignedNote.BadNote;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A certificate of destruction whose signature was verified. It keeps hashes of its lines only: one may name a leaf for
 * each record of a day.
 *
 * @param bucket which bucket
 * @param first  the first leaf that was destroyed
 * @param last   the last one
 * @param hashes the SHA-256 of what each line says, by its first word
 */
record Certificate(String bucket, long first, long last, Map<String, byte[]> hashes) {
    private static final String HEAD = "chancery.im/certificate/v1";
    private static final int OPEN = 2;
    private static final int CERTIFICATE = 6;

    /**
     * Reads a record that is stored open.
     *
     * @param destroyed takes the ranges of leaves that it says were destroyed; not called if it is no certificate
     */
    static Certificate ofBlob(byte[] blob, VerifierKey key, LeafSet.Range destroyed) throws BadNote {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(blob))) {
            int version = in.readUnsignedByte();
            in.readLong();
            if (version != OPEN || in.readUnsignedByte() != 1 || in.readUnsignedByte() != CERTIFICATE
                    || in.readUnsignedShort() != 0 || in.readUnsignedByte() != 0) {
                throw new BadNote("is stored open, but is no certificate");
            }
            for (int fields = in.readUnsignedShort(); fields > 0; fields--) {
                in.readNBytes(in.readUnsignedShort());
                in.readNBytes(in.readInt());
            }
            String note = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
            return parse(SignedNote.open(note, key).text(), key, destroyed);
        } catch (IOException | IllegalArgumentException e) {
            throw new BadNote("is cut short");
        }
    }

    /** Whether it has a line of this name, which says this; or has none, if the value is null. */
    boolean says(String name, String value) {
        return Arrays.equals(hashes.get(name), value == null ? null : hash(value));
    }

    private static byte[] hash(String value) {
        return Merkle.digest().digest(value.getBytes(StandardCharsets.UTF_8));
    }

    private static Certificate parse(String text, VerifierKey key, LeafSet.Range destroyed) throws BadNote {
        String[] all = text.split("\n");
        if (!all[0].equals(HEAD)) {
            throw new BadNote("is no certificate: it starts with '" + all[0] + "'");
        }
        Map<String, String> lines = new HashMap<>();
        for (String line : List.of(all).subList(1, all.length)) {
            int space = line.indexOf(' ');
            if (space < 1 || lines.put(line.substring(0, space), line.substring(space + 1)) != null) {
                throw new BadNote("has a line of another form");
            }
        }
        if (!key.name().equals(lines.get("origin")) || !lines.containsKey("leaves") || !lines.containsKey("bucket")) {
            throw new BadNote("is another log's, or lacks its bucket or leaves");
        }
        List<long[]> ranges = ranges(lines.get("leaves"));
        Map<String, byte[]> hashes = new HashMap<>();
        lines.forEach((name, value) -> hashes.put(name, hash(value)));
        ranges.forEach(range -> destroyed.accept(range[0], range[1]));
        return new Certificate(lines.get("bucket"), ranges.get(0)[0], ranges.get(ranges.size() - 1)[1], hashes);
    }

    private static List<long[]> ranges(String text) throws BadNote {
        List<long[]> ranges = new ArrayList<>();
        for (String part : text.split(" ")) {
            String[] ends = part.split("-", 2);
            if (!part.matches("[0-9]{1,18}(-[0-9]{1,18})?")) {
                throw new BadNote("has leaf ranges of another form");
            }
            ranges.add(new long[] {Long.parseLong(ends[0]), Long.parseLong(ends[ends.length - 1])});
        }
        return ranges;
    }
}
