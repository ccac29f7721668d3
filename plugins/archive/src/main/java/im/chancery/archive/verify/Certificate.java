package im.chancery.archive.verify;

import im.chancery.archive.verify.SignedNote.BadNote;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A certificate of destruction whose signature was verified.
 *
 * @param bucket    which bucket
 * @param destroyed the ranges of leaf indexes that were destroyed, both ends in them
 * @param lines     all lines by their first word
 */
record Certificate(String bucket, List<long[]> destroyed, Map<String, String> lines) {
    private static final String HEAD = "chancery.im/certificate/v1";
    private static final int OPEN = 2;
    private static final int CERTIFICATE = 6;

    /** Reads a record that is stored open. */
    static Certificate ofBlob(byte[] blob, VerifierKey key) throws BadNote {
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
            return parse(SignedNote.open(note, key).text(), key);
        } catch (IOException | IllegalArgumentException e) {
            throw new BadNote("is cut short");
        }
    }

    private static Certificate parse(String text, VerifierKey key) throws BadNote {
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
        return new Certificate(lines.get("bucket"), ranges(lines.get("leaves")), lines);
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
