package im.chancery.archive;

import java.util.List;

/**
 * How an archive is doing, for health and metrics.
 *
 * @param available   whether the last attempt to use the database went well
 * @param queued      records that wait for their transaction
 * @param committed   records that are on stable storage: the log's size as the database has it
 * @param logged      records that the newest checkpoint covers
 * @param batches     transactions that have stored records since the archive was opened
 * @param logFailures how often the log's folder couldn't be written since the archive was opened
 * @param sinks       where checkpoints go
 */
public record ArchiveStatus(boolean available, int queued, long committed, long logged, long batches, long logFailures, List<Sink> sinks) {
    public ArchiveStatus {
        sinks = List.copyOf(sinks);
    }

    /**
     * One checkpoint sink.
     *
     * @param name      as it calls itself
     * @param delivered checkpoints handed over
     * @param failures  how often one didn't arrive; each try counts
     * @param newest    the log's size in the newest checkpoint handed over; -1 before the first
     */
    public record Sink(String name, long delivered, long failures, long newest) {
    }
}
