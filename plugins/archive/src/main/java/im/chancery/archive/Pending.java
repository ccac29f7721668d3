package im.chancery.archive;

import im.chancery.core.RecordId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A record on its way through the writer, or a fence.
 *
 * <p>A fence ({@code record} is null) stores nothing: its stage completes once everything is decided that was sealed before it, and from then on
 * {@code bucket} takes no more records, those that were queued before the fence included.
 */
final class Pending {
    /** What to do in the transaction that stores the record. */
    @FunctionalInterface
    interface Alongside {
        Alongside NOTHING = (connection, index, first) -> { };

        /**
         * @param index the record's leaf index
         * @param first that of the transaction's first record
         */
        void run(java.sql.Connection connection, long index, long first) throws java.sql.SQLException;
    }

    /** Whose it is: who waits for a turn in {@link FairQueue}. What nobody has sent, such as audit records, is one flow of an origin of its own. */
    record Flow(String origin, String sender) {
        private static final Flow OWN = new Flow("", "");

        private static Flow of(NewRecord record) {
            String from = record == null ? null : record.fields().get(Fields.FROM);
            if (from == null) {
                return OWN;
            }
            int slash = from.indexOf('/');
            String sender = slash < 0 ? from : from.substring(0, slash);
            return new Flow(sender.substring(sender.indexOf('@') + 1), sender);
        }
    }

    final NewRecord record;
    final Flow flow;
    final byte[] body;
    final Optional<BucketId> bucket;
    final Alongside alongside;
    /** True for the writer's own records: if their transaction fails they are stored with the next one. */
    final boolean internal;
    final long queuedAt = System.nanoTime();
    final CompletableFuture<RecordId> done = new CompletableFuture<>();
    /** Set by whoever seals it, and again if the record has to move to another index. */
    SealedRecord sealed;
    byte[] entry;

    private Pending(NewRecord record, byte[] body, Optional<BucketId> bucket, Alongside alongside, boolean internal) {
        this.record = record;
        this.flow = Flow.of(record);
        this.body = body;
        this.bucket = bucket;
        this.alongside = alongside;
        this.internal = internal;
    }

    /** A record for the bucket of its class and of the day it is sealed on. Encodes it, in the caller's thread. */
    static Pending of(NewRecord record) {
        return new Pending(record, RecordCodec.encode(record), Optional.empty(), Alongside.NOTHING, false);
    }

    /** A record for this bucket, whatever the day. */
    static Pending of(NewRecord record, BucketId bucket, Alongside alongside) {
        return new Pending(record, RecordCodec.encode(record), Optional.of(bucket), alongside, false);
    }

    /** As {@link #of(NewRecord)}, with something to do in the same transaction. */
    static Pending of(NewRecord record, Alongside alongside) {
        return new Pending(record, RecordCodec.encode(record), Optional.empty(), alongside, false);
    }

    /** A record that the writer makes of itself. */
    static Pending internal(NewRecord record) {
        return new Pending(record, RecordCodec.encode(record), Optional.empty(), Alongside.NOTHING, true);
    }

    static Pending fence(BucketId bucket) {
        return new Pending(null, new byte[0], Optional.of(bucket), Alongside.NOTHING, false);
    }

    boolean isFence() {
        return record == null;
    }
}
