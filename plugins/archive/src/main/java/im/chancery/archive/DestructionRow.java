package im.chancery.archive;

import java.time.LocalDate;

/**
 * A destruction that was decided.
 *
 * @param id            ascending
 * @param bucket        which bucket, by number
 * @param step          how far it got
 * @param schedule      under which schedule
 * @param approvedBy    by whom
 * @param keyCopiesGone the day after which no copy of the key folder may exist
 * @param destroyed     the leaves that go
 * @param survivors     the leaves that stay
 * @param certificate   the leaf index of its certificate, -1 before {@link Step#CERTIFIED}
 */
record DestructionRow(long id, int bucket, Step step, String schedule, String approvedBy, LocalDate keyCopiesGone,
        LeafRanges destroyed, LeafRanges survivors, long certificate) {

    /** Persisted by code; each step is repeated until the next one is persisted. */
    enum Step {
        DECIDED(1), KEYS_GONE(2), ROWS_GONE(3), CERTIFIED(4);

        private final int code;

        Step(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static Step ofCode(int code) {
            if (code < 1 || code > values().length) {
                throw new ArchiveException("a destruction has step " + code + "; allowed: 1 to " + values().length);
            }
            return values()[code - 1];
        }
    }
}
