package im.chancery.archive;

/**
 * A bucket as it stands.
 *
 * @param id      which
 * @param state   where in its life
 * @param records how many records can still be opened
 */
public record BucketStatus(BucketId id, BucketState state, long records) {
}
