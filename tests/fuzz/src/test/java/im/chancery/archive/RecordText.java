package im.chancery.archive;

/** Shows fuzz tests of other packages what becomes of a record when it is written and read. */
public final class RecordText {
    private RecordText() {
    }

    /** The record as it is read back after it was encoded for sealing. */
    public static NewRecord writtenAndRead(NewRecord record) {
        return RecordCodec.decode(RecordCodec.encode(record), record.recordClass(), "the record");
    }
}
