package im.chancery.archive;

import im.chancery.archive.verify.LeafSet;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * One node's archive: sealed records in a database, their leaves in a log that proves itself. Safe for many threads.
 * {@link #append} and {@link #outcome} never block; everything else may do I/O in the caller's thread.
 */
public interface Archive extends ArchiveReader {

    /**
     * Appends a record. The stage completes with its id only after its transaction is on stable storage. It completes
     * exceptionally with {@link ArchiveException.Overloaded} when the queue is full, and with another
     * {@link ArchiveException} when storage fails; nothing is recorded then.
     */
    CompletionStage<RecordId> append(NewRecord record);

    /** Runs work on the thread that completes stages, after those of the transaction that it is completing; at once when the archive is closed. */
    void afterStages(Runnable work);

    /**
     * Notes what became of an attempt. Outcomes are gathered and appended as {@link RecordType#OUTCOME} records, one for
     * many attempts, at most {@code outcome interval} (100 ms) later. An attempt that has none when the archive is
     * opened again gets {@link Outcome#UNKNOWN}. One of another node's log is none of this one's, and is dropped.
     */
    void outcome(RecordId attempt, Outcome outcome);

    /** Has somebody told of each record that is stored from now on, those of the archive itself included. */
    void observe(AppendObserver observer);

    /** Writes tiles and a checkpoint over all that was appended before the call, and hands it to the sinks. */
    String integrate();

    /**
     * Runs work in one transaction that excludes every start of a destruction: what it reads of holds and bucket states
     * stays true until it commits. Keep it short.
     */
    <T> T excludingDestruction(TransactionWork<T> work);

    /**
     * Refuses unless every leaf of the log has its record, as the log has it, or a destruction that covers it. What has neither
     * may have been the record of a hold. {@link #destroy} does it too. The first call reads every record, which takes minutes
     * with ten million of them; later ones read what has come since.
     *
     * @return the leaves of class audit that have their record, of those that the log's newest checkpoint covers
     * @throws ArchiveException that says how many leaves and which, or which unfinished destruction this node hasn't decided
     */
    LeafSet requireRecords();

    /**
     * Destroys a bucket but for its survivors, in the steps of the design: in one transaction under the lock of
     * {@link #excludingDestruction} it asks {@code survivors} which leaf indexes stay and persists the answer; then
     * survivors' keys are kept, the bucket key is destroyed, rows go in small batches, and the certificate is appended.
     * Repeats safely; {@link #resumeDestructions} goes on after a crash. If every record survives, nothing is changed.
     *
     * @return the certificate's text, or empty if nothing was to be destroyed
     */
    Optional<String> destroy(BucketId bucket, DestructionOrder order);

    /**
     * Goes on with every destruction that a crash has cut short. Done at start-up too, before anything is read; a start goes on,
     * with an error in the log, where this throws because of a row.
     *
     * @throws ArchiveException if a row of an unfinished destruction isn't what this node has decided and signed; it names the row,
     *                          and nothing is destroyed, not by other rows either
     */
    void resumeDestructions();

    /**
     * Moves all keys to a new generation of the root key and forgets the older ones, so that what was destroyed can't be
     * opened with an older copy of a key file either. Recorded.
     *
     * @param actor the operator's name
     */
    void rotateRootKey(String actor);

    /** How the archive is doing. Cheap. */
    ArchiveStatus status();

    /** The data source, for projections that must change in one transaction with the archive (see {@link #excludingDestruction}). */
    javax.sql.DataSource dataSource();

    /** Is told of records. Runs on the thread that stores them, in log order, so it neither blocks nor throws. */
    @FunctionalInterface
    interface AppendObserver {
        /**
         * A record is on stable storage.
         *
         * @param nanos from {@link Archive#append} to its commit
         */
        void stored(RecordId id, NewRecord record, long nanos);
    }

    /** Work inside a transaction; it neither commits nor closes the connection. */
    @FunctionalInterface
    interface TransactionWork<T> {
        T run(Connection connection) throws SQLException;
    }

    /**
     * Why and what to destroy.
     *
     * @param schedule      the retention schedule's text, such as {@code default: 90 days}
     * @param approvedBy    the operator's name, or {@code schedule} for the daily run; never an address
     * @param keyCopiesGone the day after which no copy of the key folder may exist any more
     * @param survivors     names the leaf indexes that stay, given the transaction and the bucket's records
     */
    record DestructionOrder(String schedule, String approvedBy, java.time.LocalDate keyCopiesGone, SurvivorRule survivors) {
    }

    /**
     * Names what survives. Runs inside the deciding transaction. The records come in log order and are opened as they are
     * iterated over, since a bucket may be larger than memory; a rule that needs none of them reads none.
     */
    @FunctionalInterface
    interface SurvivorRule {
        Set<Long> survivors(Connection connection, Iterable<ArchivedRecord> records) throws SQLException;
    }
}
