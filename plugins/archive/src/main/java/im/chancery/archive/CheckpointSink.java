package im.chancery.archive;

import java.io.IOException;
import java.time.Duration;

/**
 * Takes checkpoints off the machine. What is older than a checkpoint that has left it can't be changed unnoticed. Each
 * sink is called on a thread of its own, one checkpoint at a time; while it is busy, newer ones replace those that wait.
 */
public interface CheckpointSink extends AutoCloseable {

    /** A name for logs and metrics, such as {@code syslog 192.0.2.1:514}. No secret in it. */
    String name();

    /**
     * Hands over one checkpoint.
     *
     * @param checkpoint the signed note's text (C2SP tlog-checkpoint)
     * @throws IOException if it didn't arrive; it is counted, and tried again half a minute later or when the next checkpoint comes
     */
    void publish(String checkpoint) throws IOException;

    /** At least so long between two checkpoints; the newest waits. Zero where each is welcome. */
    default Duration interval() {
        return Duration.ZERO;
    }

    @Override
    default void close() {
    }
}
