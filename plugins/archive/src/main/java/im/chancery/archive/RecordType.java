package im.chancery.archive;

/** What a record is evidence of. The order is not persisted; the code is. */
public enum RecordType {
    /** A submission and the decision on it, allowed or refused. */
    ATTEMPT(1),
    /** What became of one or more attempts of the same bucket. Holds no address and no content. */
    OUTCOME(2),
    /** Somebody used the archive or a key: search, view, export, approval, key life-cycle (class {@code audit}). */
    AUDIT(3),
    /** A legal hold was created. */
    HOLD(4),
    /** A legal hold was released. */
    RELEASE(5),
    /** A signed certificate of destruction. Stored open, not sealed: it names no person and no content. */
    CERTIFICATE(6),
    /** A change of the node itself: its first start, its config, the set of logs of a cluster. */
    NODE(7),
    /** What became known of an attempt after it was recorded, such as the id that its room has given to it. */
    SUPPLEMENT(8);

    private final int code;

    RecordType(int code) {
        this.code = code;
    }

    /** The persisted code. */
    public int code() {
        return code;
    }

    /** The type with this persisted code. */
    public static RecordType ofCode(int code) {
        for (RecordType t : values()) {
            if (t.code == code) {
                return t;
            }
        }
        throw new IllegalArgumentException("no record type has code " + code);
    }
}
