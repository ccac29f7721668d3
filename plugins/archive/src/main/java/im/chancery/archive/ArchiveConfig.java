package im.chancery.archive;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * All that an archive needs to know.
 *
 * @param origin             the log's origin: the node's name, as {@link im.chancery.core.RecordId} allows it
 * @param data               the data folder; the log goes to {@code log} in it and an embedded database to {@code db}
 * @param keys               the key folder; outside of {@code data}
 * @param password           the keystore's password
 * @param store              the database
 * @param queue              how many records may wait for the writer before {@link ArchiveException.Overloaded}, 1 to 1,000,000
 * @param checkpointInterval at most so long after a commit the log covers it
 * @param outcomeInterval    outcomes are gathered for so long
 * @param sinks              where checkpoints go; the archive closes them
 */
public record ArchiveConfig(
        String origin,
        Path data,
        Path keys,
        KeystorePassword password,
        StoreConfig store,
        int queue,
        Duration checkpointInterval,
        Duration outcomeInterval,
        List<CheckpointSink> sinks) {

    public static final int DEFAULT_QUEUE = 8_192;
    public static final Duration DEFAULT_CHECKPOINT_INTERVAL = Duration.ofSeconds(1);
    public static final Duration DEFAULT_OUTCOME_INTERVAL = Duration.ofMillis(100);

    public ArchiveConfig {
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(password, "password");
        Objects.requireNonNull(store, "store");
        sinks = List.copyOf(sinks);
        data = data.toAbsolutePath().normalize();
        keys = keys.toAbsolutePath().normalize();
        if (keys.startsWith(data) || data.startsWith(keys)) {
            throw new IllegalArgumentException("the key folder must be apart from the data folder, found " + keys + " and " + data);
        }
        if (queue < 1 || queue > 1_000_000) {
            throw new IllegalArgumentException("queue is 1 to 1,000,000, found " + queue);
        }
    }

    /** An archive on an embedded Derby in the data folder, without sinks. */
    public static ArchiveConfig derby(String origin, Path data, Path keys, KeystorePassword password) {
        return new ArchiveConfig(origin, data, keys, password, StoreConfig.derby(), DEFAULT_QUEUE,
                DEFAULT_CHECKPOINT_INTERVAL, DEFAULT_OUTCOME_INTERVAL, List.of());
    }

    /** The same on another database. */
    public ArchiveConfig withStore(StoreConfig other) {
        return new ArchiveConfig(origin, data, keys, password, other, queue, checkpointInterval, outcomeInterval, sinks);
    }

    /** The same with these sinks. */
    public ArchiveConfig withSinks(List<CheckpointSink> others) {
        return new ArchiveConfig(origin, data, keys, password, store, queue, checkpointInterval, outcomeInterval, others);
    }

    /** The same with another queue length. */
    public ArchiveConfig withQueue(int length) {
        return new ArchiveConfig(origin, data, keys, password, store, length, checkpointInterval, outcomeInterval, sinks);
    }

    /** The same with other intervals. */
    public ArchiveConfig withIntervals(Duration checkpoint, Duration outcome) {
        return new ArchiveConfig(origin, data, keys, password, store, queue, checkpoint, outcome, sinks);
    }

    /** The folder of the log's tiles and checkpoint, laid out as C2SP tlog-tiles says. */
    public Path log() {
        return data.resolve("log");
    }

    /** The file that holds the log's verifier key (C2SP signed-note). Public; auditors keep their own copy of it. */
    public Path verifierKey() {
        return data.resolve("log.vkey");
    }
}
