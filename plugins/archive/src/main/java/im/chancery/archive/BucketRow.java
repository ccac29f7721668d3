package im.chancery.archive;

/**
 * A bucket's row. Immutable; the writer replaces it after each commit.
 *
 * @param number  its key in the database
 * @param id      class and day
 * @param state   where in its life
 * @param first   the leaf index of its first record
 * @param last    the leaf index of its last record
 * @param records how many rows it has
 */
record BucketRow(int number, BucketId id, BucketState state, long first, long last, long records) {
    BucketRow plus(long index) {
        return new BucketRow(number, id, state, first, Math.max(last, index), records + 1);
    }

    BucketRow with(BucketState newState, long newRecords) {
        return new BucketRow(number, id, newState, first, last, newRecords);
    }
}
