package im.chancery.archive;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The records that the archive makes of itself, of class {@code audit}. */
final class AuditRecords {
    static final String CLASS = "audit";
    private static final String ARCHIVE = "archive";

    private AuditRecords() {
    }

    /** A bucket's key was made or destroyed. */
    static NewRecord key(String action, BucketId bucket) {
        return of(RecordType.AUDIT, Map.of(Fields.ACTION, action, Fields.ACTOR, ARCHIVE, "bucket", bucket.toString()), "");
    }

    /** The root key moved on to a new generation. */
    static NewRecord rotation(String actor, int generation, int files) {
        return of(RecordType.AUDIT, Map.of(Fields.ACTION, "key.rotate", Fields.ACTOR, actor, "generation",
                Integer.toString(generation), "files", Integer.toString(files)), "");
    }

    /**
     * The node's first start: which log this is, and the key that signs it.
     *
     * @param predecessors the last checkpoints of the logs that were signed with this key before, under other names
     */
    static NewRecord firstStart(String origin, String verifierKey, List<String> predecessors) {
        return of(RecordType.NODE, Map.of(Fields.ACTION, "node.first-start", Fields.ACTOR, ARCHIVE, "origin", origin,
                "verifier-key", verifierKey), String.join("", predecessors));
    }

    /** The database was moved to another one. @param what from where to where, when, and what was copied */
    static NewRecord moved(String what) {
        return of(RecordType.AUDIT, Map.of(Fields.ACTION, "store.migrate", Fields.ACTOR, ARCHIVE), what);
    }

    static NewRecord certificate(BucketId bucket, String note) {
        return of(RecordType.CERTIFICATE, Map.of(Fields.ACTION, "bucket.destroy", "bucket", bucket.toString()), note);
    }

    private static NewRecord of(RecordType type, Map<String, String> fields, String content) {
        return NewRecord.of(type, CLASS, Set.of(), Optional.empty(), fields, content);
    }
}
