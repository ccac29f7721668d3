package im.chancery.archive;

/** The life of a bucket. Persisted by code; it moves only forward. */
public enum BucketState {
    /** Takes records on its day, and is kept. */
    LIVE(0),
    /** Survivors are named; the key is being destroyed and rows are going. Repeats safely after a crash. */
    DESTROYING(1),
    /** Only survivors are left; they can be destroyed in a later round. */
    PARTIAL(2),
    /** Nothing is left but leaves and the certificate. */
    DESTROYED(3);

    private final int code;

    BucketState(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** The state with this persisted code. */
    public static BucketState ofCode(int code) {
        return values()[code];
    }
}
