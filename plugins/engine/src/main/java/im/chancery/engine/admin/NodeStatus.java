package im.chancery.engine.admin;

import java.time.Instant;

/**
 * What the engine says of itself.
 *
 * @param version      of the software
 * @param started      when it started
 * @param config       the config file
 * @param logSize      leaves that are committed
 * @param checkpointed leaves under the newest checkpoint
 * @param queued       records that wait for their commit
 */
public record NodeStatus(String version, Instant started, String config, long logSize, long checkpointed, long queued) {
}
