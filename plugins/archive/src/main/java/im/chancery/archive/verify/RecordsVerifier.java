package im.chancery.archive.verify;

import im.chancery.archive.verify.SignedNote.BadNote;
import im.chancery.archive.verify.TileFolder.Name;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Holds a database against a log that was verified: every stored record has its leaf at its place, with its bucket and its
 * time; every leaf has its record, or a certificate of destruction that is itself in the log. Needs no key but the log's
 * public one. Reads with statements of its own, page by page: memory is for a page, a few lines for each bucket and certificate,
 * and a bit for each leaf whose record is gone, however many records there are.
 */
public final class RecordsVerifier {
    private static final byte[] ENTRY_LABEL = "chancery.im/entry/v1\n".getBytes(StandardCharsets.UTF_8);
    private static final String DECISION = "chancery.im/decision/v1";
    /** The column in which a destruction is signed. */
    private static final int SIGNATURE = 10;
    private static final int MOST_FINDINGS = 1_000;
    /** Rows that are read at once: said in the statement, since the driver of PostgreSQL would read all that it is given. */
    private static final int PAGE = 128;
    /** The states of a bucket, as docs/formats.md has them. */
    private static final int LIVE = 0;
    private static final int DESTROYING = 1;
    private static final int PARTIAL = 2;
    private static final int DESTROYED = 3;
    private static final int SEALED = 1;
    private static final int OPEN = 2;

    private final TileFolder folder;
    private final VerifierKey key;
    private final long size;
    private final List<Finding> findings;
    private final List<String> notes;
    private final MessageDigest sha256 = Merkle.digest();
    private final LeafSet gone = new LeafSet();
    private final LeafSet certified = new LeafSet();
    private final Map<Integer, Bucket> buckets = new HashMap<>();
    private final Map<Long, Certificate> certificates = new HashMap<>();
    /** For each bucket that has a certificate, the first and the last leaf that one names. */
    private final Map<String, long[]> destroyed = new HashMap<>();
    private long stored;
    private long newer;
    private long tileNumber = -1;
    private byte[] tile = new byte[0];

    /** A bucket's row, and what its records came to. */
    private static final class Bucket {
        private final String name;
        private final int state;
        private final long first;
        private final long last;
        private final long claimed;
        private long counted;
        private long sealed;
        private long lowest = Long.MAX_VALUE;
        private long highest = -1;

        Bucket(ResultSet row) throws SQLException {
            name = row.getString(2) + "/" + row.getString(3);
            state = row.getInt(4);
            first = row.getLong(5);
            last = row.getLong(6);
            claimed = row.getLong(7);
        }

        /** That these leaves are, or were, of this bucket. */
        void had(long from, long to) {
            lowest = Math.min(lowest, from);
            highest = Math.max(highest, to);
        }
    }

    private RecordsVerifier(Path folder, VerifierKey key, Verification log) {
        this.folder = new TileFolder(folder);
        this.key = key;
        this.size = Math.max(log.size(), 0);
        this.findings = new ArrayList<>(log.findings());
        this.notes = new ArrayList<>(log.notes());
    }

    /**
     * Verifies the records of a database.
     *
     * @param folder   the log folder
     * @param key      the log's key
     * @param log      what {@link LogVerifier} found of the folder; the result goes on from it
     * @param database a connection to the database or a copy of it; only read from
     * @throws IOException  if a tile can't be read
     * @throws SQLException if the database can't be read
     */
    public static Verification verify(Path folder, VerifierKey key, Verification log, Connection database) throws IOException, SQLException {
        RecordsVerifier verifier = new RecordsVerifier(folder, key, log);
        verifier.run(database);
        return new Verification(log.origin(), log.size(), log.signedAt(), log.proven(), log.against(), verifier.findings, verifier.notes);
    }

    private void run(Connection database) throws IOException, SQLException {
        readBuckets(database);
        readRecords(database);
        checkCertified();
        checkMissing();
        checkBuckets();
        checkNode(database);
        checkDestructions(database);
        checkOutcomeMarks(database);
        notes.add("records: " + stored + " stored and in the log, " + certified.count() + " leaves certified as destroyed"
                + (newer > 0 ? ", " + newer + " newer than the checkpoint and not proven" : ""));
    }

    private void readRecords(Connection database) throws IOException, SQLException {
        long next = 0;
        try (PreparedStatement select = database.prepareStatement("SELECT leaf_index, bucket_id, captured_at, sealed FROM archive_record"
                + " WHERE leaf_index >= ? ORDER BY leaf_index FETCH FIRST " + PAGE + " ROWS ONLY")) {
            long from = Long.MIN_VALUE;
            for (int read = PAGE; read == PAGE; ) {
                select.setLong(1, from);
                read = 0;
                try (ResultSet rows = select.executeQuery()) {
                    for (; rows.next(); read++) {
                        long index = rows.getLong(1);
                        gone.add(next, Math.min(index, size) - 1);
                        next = Math.max(next, Math.min(index, size) + 1);
                        from = Math.max(index, index + 1);
                        check(index, rows.getInt(2), rows.getLong(3), rows.getBytes(4));
                    }
                }
            }
        }
        gone.add(next, size - 1);
    }

    private void check(long index, int bucketNumber, long capturedAt, byte[] blob) throws IOException {
        Bucket bucket = buckets.get(bucketNumber);
        if (bucket == null) {
            report("leaf " + index, "its record is in bucket number " + bucketNumber + ", which doesn't exist");
        } else {
            bucket.counted++;
            bucket.sealed += blob != null && blob.length > 0 && blob[0] == SEALED ? 1 : 0;
            bucket.had(index, index);
            if (index < bucket.first || index > bucket.last) {
                report("leaf " + index, "its record is outside of its bucket " + bucket.name + " (" + bucket.first + " to " + bucket.last + ")");
            }
        }
        if (index < 0) {
            report("leaf " + index, "a record is stored under an index that no leaf has");
            return;
        }
        if (index >= size) {
            newer++;
            if (blob != null && blob.length > 0 && blob[0] == OPEN) {
                readCertificate(index, blob);
            }
            return;
        }
        stored++;
        if (blob == null || blob.length == 0 || bucket == null || !Arrays.equals(leaf(bucket.name, capturedAt, blob), logged(index))) {
            report("leaf " + index, "the record stored isn't the one in the log: its content, bucket or time was changed");
        } else if (blob[0] == OPEN) {
            readCertificate(index, blob);
        }
    }

    private void readCertificate(long index, byte[] blob) {
        try {
            Certificate certificate = Certificate.ofBlob(blob, key, (first, last) -> {
                if (first > last || last >= index) {
                    report("leaf " + index, "the certificate covers leaves that are newer than itself");
                } else {
                    certified.add(first, Math.min(last, size - 1));
                }
            });
            certificates.put(index, certificate);
            destroyed.merge(certificate.bucket(), new long[] {certificate.first(), certificate.last()},
                    (x, y) -> new long[] {Math.min(x[0], y[0]), Math.max(x[1], y[1])});
        } catch (BadNote e) {
            report("leaf " + index, "the certificate " + e.getMessage());
        }
    }

    private byte[] leaf(String bucket, long capturedAt, byte[] blob) {
        byte[] name = bucket.getBytes(StandardCharsets.UTF_8);
        sha256.update(ENTRY_LABEL);
        sha256.update(ByteBuffer.allocate(2 + name.length + Long.BYTES).putShort((short) name.length).put(name).putLong(capturedAt).array());
        byte[] hash = sha256.digest(blob);
        return Merkle.leaf(sha256, ByteBuffer.allocate(1 + hash.length).put(blob[0]).put(hash).array());
    }

    private byte[] logged(long index) throws IOException {
        long number = index / TileFolder.WIDTH;
        if (number != tileNumber) {
            int width = (int) Math.min(TileFolder.WIDTH, size - number * TileFolder.WIDTH);
            Optional<byte[]> read = folder.read(new Name("0", number, width)).map(TileFolder.Found::bytes);
            tile = read.orElse(new byte[0]);
            tileNumber = number;
        }
        int at = (int) (index % TileFolder.WIDTH) * Merkle.HASH;
        return at + Merkle.HASH <= tile.length ? Arrays.copyOfRange(tile, at, at + Merkle.HASH) : new byte[0];
    }

    private void checkCertified() {
        LeafSet both = certified.copy();
        gone.forEachRange(both::remove);
        both.forEachRange((first, last) -> report(leaves(first, last), "is certified as destroyed, but its record is still stored"));
    }

    private void checkMissing() {
        LeafSet missing = gone.copy();
        certified.forEachRange(missing::remove);
        missing.forEachRange((first, last) -> report(leaves(first, last), "has neither its record nor a certificate of destruction"));
    }

    private void checkBuckets() {
        for (Bucket bucket : buckets.values()) {
            if (bucket.counted != bucket.claimed) {
                report("bucket " + bucket.name, "has " + bucket.counted + " records, its row says " + bucket.claimed);
            }
            if (bucket.state < LIVE || bucket.state > DESTROYED) {
                report("bucket " + bucket.name, "is in state " + bucket.state + ", which doesn't exist");
            }
            long[] span = destroyed.get(bucket.name);
            boolean certificate = span != null;
            if (certificate) {
                bucket.had(span[0], span[1]);
            }
            // What a certificate that is newer than the checkpoint covers isn't known.
            if ((bucket.state == LIVE || newer == 0) && (bucket.lowest != bucket.first || bucket.highest != bucket.last)) {
                report("bucket " + bucket.name, "had records from " + bucket.lowest + " to " + bucket.highest + ", its row says from "
                        + bucket.first + " to " + bucket.last);
            }
            if (bucket.state == PARTIAL && bucket.sealed == 0 || bucket.state == DESTROYED && bucket.sealed > 0) {
                report("bucket " + bucket.name, "has " + bucket.sealed + " sealed records left, which isn't what its state says");
            }
            if (bucket.state == DESTROYING) {
                report("bucket " + bucket.name, "is being destroyed, which isn't finished");
            } else if (certificate && bucket.state == LIVE) {
                report("bucket " + bucket.name, "has a certificate of destruction, but its row says it is whole");
            } else if (!certificate && bucket.state > DESTROYING && newer == 0) {
                report("bucket " + bucket.name, "is marked as destroyed, but no certificate says so");
            }
        }
    }

    private void readBuckets(Connection database) throws SQLException {
        try (PreparedStatement select = database.prepareStatement(
                "SELECT id, record_class, capture_day, state, first_index, last_index, records FROM archive_bucket");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                buckets.put(rows.getInt(1), new Bucket(rows));
            }
        }
    }

    private void checkNode(Connection database) throws SQLException {
        try (PreparedStatement select = database.prepareStatement("SELECT origin, settled_below FROM archive_node");
                ResultSet rows = select.executeQuery()) {
            int count = 0;
            while (rows.next()) {
                count++;
                if (!rows.getString(1).equals(key.name())) {
                    report("database", "belongs to node '" + rows.getString(1) + "', the log is of '" + key.name() + "'");
                }
                if (rows.getLong(2) < 0 || rows.getLong(2) > size + newer) {
                    report("database", "settled_below is " + rows.getLong(2) + ", beyond the last record");
                }
            }
            if (count != 1) {
                report("database", "has " + count + " rows in archive_node, not one");
            }
        }
    }

    /** What the table of destructions says must be what the certificates say. */
    private void checkDestructions(Connection database) throws SQLException {
        int certifiedRows = 0;
        // All columns, in the order of the migrations: copies from before decisions were signed lack the last one.
        try (PreparedStatement select = database.prepareStatement(
                "SELECT * FROM archive_destruction WHERE id >= ? ORDER BY id FETCH FIRST 1 ROWS ONLY")) {
            long id = Long.MIN_VALUE;
            for (boolean more = true; more; ) {
                select.setLong(1, id);
                try (ResultSet row = select.executeQuery()) {
                    more = row.next();
                    if (more) {
                        id = row.getLong(1);
                        certifiedRows += checkDestruction(row) ? 1 : 0;
                        more = id++ < Long.MAX_VALUE;
                    }
                }
            }
        }
        if (newer == 0 && certifiedRows != certificates.size()) {
            report("database", "has " + certifiedRows + " finished destructions, but " + certificates.size() + " certificates");
        }
    }

    /** @return whether the row says that it is finished */
    private boolean checkDestruction(ResultSet row) throws SQLException {
        String where = "destruction " + row.getLong(1);
        Bucket bucket = buckets.get(row.getInt(2));
        Map<String, String> decision = new LinkedHashMap<>();
        decision.put("origin", key.name());
        decision.put("id", row.getString(1));
        decision.put("bucket", bucket == null ? "" : bucket.name);
        decision.put("leaves", ascii(row.getBytes(7)));
        decision.put("survivors", ascii(row.getBytes(8)));
        decision.put("schedule", row.getString(4));
        decision.put("approved-by", row.getString(5));
        decision.put("key-copies-gone", row.getString(6));
        String signature = row.getMetaData().getColumnCount() < SIGNATURE ? null : row.getString(SIGNATURE);
        if (signature != null && !isSigned(decision, signature)) {
            report(where, "isn't what the node has signed");
        }
        int step = row.getInt(3);
        if (step != 4) {
            report(where, "is not finished (step " + step + " of 4)" + (signature == null ? ", and isn't signed" : ""));
            return false;
        }
        Certificate certificate = certificates.get(row.getLong(9));
        if (certificate != null) {
            decision.remove("id");
            decision.put("decision", signature);
            decision.forEach((name, value) -> {
                if (!certificate.says(name, value)) {
                    report(where, "its " + name + " isn't what its certificate says");
                }
            });
        } else if (row.getLong(9) < size) {
            report(where, "names leaf " + row.getLong(9) + " as its certificate, which isn't one");
        }
        return true;
    }

    private boolean isSigned(Map<String, String> decision, String signature) {
        StringBuilder text = new StringBuilder(DECISION);
        decision.forEach((name, value) -> text.append('\n').append(name).append(' ').append(value));
        try {
            SignedNote.open(text + "\n\n" + SignedNote.DASH + key.name() + " " + signature + "\n", key);
            return signature.indexOf('\n') < 0;
        } catch (BadNote e) {
            return false;
        }
    }

    private void checkOutcomeMarks(Connection database) throws SQLException {
        try (PreparedStatement select = database.prepareStatement("SELECT o.leaf_index FROM archive_outcome_block o"
                + " LEFT JOIN archive_record r ON r.leaf_index = o.leaf_index WHERE r.leaf_index IS NULL FETCH FIRST " + MOST_FINDINGS + " ROWS ONLY");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                report("leaf " + rows.getLong(1), "is marked as telling outcomes, but there is no such record");
            }
        }
    }

    private static String leaves(long first, long last) {
        return first == last ? "leaf " + first : "leaves " + first + " to " + last;
    }

    private void report(String where, String what) {
        if (findings.size() < MOST_FINDINGS) {
            findings.add(new Finding(where, what));
        }
    }

    private static String ascii(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
