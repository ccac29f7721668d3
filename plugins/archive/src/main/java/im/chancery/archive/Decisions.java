package im.chancery.archive;

import im.chancery.archive.DestructionRow.Step;
import im.chancery.core.RecordId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Tells what of the table of destructions is true. Whoever can write to the database can write there; so a decision is signed
 * by the node when it is made, and a certificate when it is over. A row counts by one or the other. Safe for many threads.
 */
final class Decisions {
    private static final String DECISION = "chancery.im/decision/v1";
    private static final String CERTIFICATE = "chancery.im/certificate/v1";
    private static final String LEAVES = "leaves ";
    private static final String TIME = "time ";

    private final String origin;
    private final Buckets buckets;
    private final RecordReader reader;
    private final NoteSigner signer;

    /** A row isn't what this node has decided, or what it was decided on has changed. The message names the row and says what to do. */
    static final class Wrong extends ArchiveException {
        private static final long serialVersionUID = 1L;

        Wrong(String where, String what) {
            super(where + " in archive_destruction " + what + "; nothing is destroyed. Somebody else may have written to the database: run"
                    + " chancery verify --records, and restore the database, or delete the row if nobody has decided it");
        }
    }

    Decisions(String origin, Buckets buckets, RecordReader reader, NoteSigner signer) {
        this.origin = origin;
        this.buckets = buckets;
        this.reader = reader;
        this.signer = signer;
    }

    /** The row with this node's signature. */
    DestructionRow sign(DestructionRow row) {
        return row.signed(signer.signature(decision(row, buckets.id(row.bucket()))));
    }

    /** Whether this node has decided what the row says. */
    boolean isSigned(DestructionRow row) {
        return row.signature().isPresent() && buckets.find(row.bucket())
                .map(bucket -> signer.signature(decision(row, bucket.id())).equals(row.signature().get())).orElse(false);
    }

    /** The certificate that the row names, if it is one of this node and says what the row says. */
    Optional<String> certificate(DestructionRow row) {
        Optional<BucketRow> bucket = buckets.find(row.bucket());
        if (bucket.isEmpty() || row.certificate() < 0) {
            return Optional.empty();
        }
        return reader.stored(row.certificate()).filter(stored -> stored.blob().length > 0 && stored.blob()[0] == Sealing.OPEN)
                .flatMap(this::content).filter(note -> note.startsWith(certified(row, bucket.get().id()) + TIME) && signer.hasSigned(note));
    }

    private Optional<String> content(SealedRecord stored) {
        try {
            return reader.open(stored).map(record -> record.record().content());
        } catch (ArchiveException e) {
            return Optional.empty(); // it was changed, and is no certificate of ours any more
        }
    }

    /**
     * Refuses what isn't to be carried out: the row isn't signed, or its bucket isn't being destroyed.
     *
     * @return its bucket
     */
    BucketRow require(DestructionRow row) {
        String where = "destruction " + row.id();
        BucketRow bucket = buckets.find(row.bucket()).orElseThrow(() -> new Wrong(where, "is of bucket number " + row.bucket() + ", which doesn't exist"));
        if (row.signature().isEmpty()) {
            throw new Wrong(where, "of bucket " + bucket.id() + " is unfinished, and isn't signed by this node. If it was decided before this version,"
                    + " start the version before once more, which finishes it");
        }
        if (!isSigned(row)) {
            throw new Wrong(where, "of bucket " + bucket.id() + " isn't what this node has signed");
        }
        if (bucket.state() != BucketState.DESTROYING) {
            throw new Wrong(where, "is unfinished, but its bucket " + bucket.id() + " isn't being destroyed");
        }
        return bucket;
    }

    /**
     * Those that a crash has cut short, oldest first.
     *
     * @throws Wrong if one isn't to be carried out, or a bucket is being destroyed that hasn't exactly one
     */
    List<DestructionRow> unfinished(Connection connection) throws SQLException {
        List<DestructionRow> unfinished = new ArrayList<>();
        Set<BucketId> decided = new HashSet<>();
        for (DestructionRow row : DestructionRows.selectOpen(connection)) {
            if (certificate(row).isEmpty()) {
                BucketRow bucket = require(row);
                if (!decided.add(bucket.id())) {
                    throw new Wrong("destruction " + row.id(), "isn't the only unfinished one of bucket " + bucket.id());
                }
                unfinished.add(row);
            }
        }
        for (BucketRow bucket : buckets.all()) {
            if (bucket.state() == BucketState.DESTROYING && !decided.contains(bucket.id())) {
                throw new Wrong("no row", "says why bucket " + bucket.id() + " is being destroyed");
            }
        }
        return unfinished;
    }

    /** Signed together, and told from a checkpoint and a certificate by its first line. No value has a line end, or nothing fits any more. */
    private String decision(DestructionRow row, BucketId bucket) {
        return String.join("\n", DECISION, "origin " + origin, "id " + row.id(), "bucket " + bucket, LEAVES + row.destroyed(),
                "survivors " + row.survivors(), "schedule " + row.schedule(), "approved-by " + row.approvedBy(),
                "key-copies-gone " + row.keyCopiesGone()) + "\n";
    }

    /** The signed certificate of a decision that was carried out. */
    String certify(DestructionRow row, BucketId bucket, String time) {
        return signer.sign(certified(row, bucket) + TIME + time + "\n");
    }

    private String certified(DestructionRow row, BucketId bucket) {
        return String.join("\n", CERTIFICATE, "origin " + origin, "bucket " + bucket,
                "destroyed " + row.going().count(), LEAVES + row.destroyed(), "survivors " + row.survivors(),
                "schedule " + row.schedule(), "approved-by " + row.approvedBy(), "key-copies-gone " + row.keyCopiesGone()) + "\n"
                + row.signature().map(signature -> "decision " + signature + "\n").orElse("");
    }

    /** The leaves that a certificate of ours says were destroyed. */
    static LeafRanges leaves(String certificate) {
        return certificate.lines().filter(line -> line.startsWith(LEAVES)).findFirst().map(line -> LeafRanges.parse(line.substring(LEAVES.length())))
                .orElseThrow(() -> new ArchiveException("a certificate of destruction doesn't say what was destroyed"));
    }

    /** Says why a leaf has no record any more; empty if no row that counts covers it. */
    Optional<String> whyGone(Connection connection, long leaf) throws SQLException {
        for (DestructionRow row : DestructionRows.selectAround(connection, leaf)) {
            if (row.going().contains(leaf)) {
                if (certificate(row).isPresent()) {
                    return Optional.of("the certificate is record " + new RecordId(origin, row.certificate()));
                }
                if (isSigned(row)) {
                    return Optional.of("its certificate is on its way");
                }
            }
        }
        return Optional.empty();
    }

    /** All certificates, oldest destruction first. */
    List<String> certificates(Connection connection) throws SQLException {
        List<String> all = new ArrayList<>();
        for (DestructionRow row : DestructionRows.selectAll(connection)) {
            Optional<String> certificate = certificate(row);
            if (certificate.isEmpty() && row.isAt(Step.CERTIFIED)) {
                throw new ArchiveException("destruction " + row.id() + " names leaf index " + row.certificate()
                        + " as its certificate, which isn't there, or isn't that; run the verifier");
            }
            certificate.ifPresent(all::add);
        }
        return all;
    }
}
