package im.chancery.archive;

/**
 * A record as it is stored.
 *
 * @param index      its leaf index
 * @param bucket     its bucket
 * @param capturedAt ms since 1970 UTC
 * @param blob       sealed, or open for a certificate; its first byte says which
 */
record SealedRecord(long index, BucketId bucket, long capturedAt, byte[] blob) {
}
