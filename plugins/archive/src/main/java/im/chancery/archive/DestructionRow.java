package im.chancery.archive;

import java.util.List;
import java.util.Optional;

/**
 * A destruction that was decided, as its row says it: nothing of it is to be believed that {@link Decisions} hasn't checked.
 *
 * @param id            ascending
 * @param bucket        which bucket, by number
 * @param step          how far it got, by code
 * @param schedule      under which schedule
 * @param approvedBy    by whom
 * @param keyCopiesGone the day after which no copy of the key folder may exist
 * @param destroyed     the leaves that go, as {@link LeafRanges}
 * @param survivors     the leaves that stay, as {@link LeafRanges}
 * @param certificate   the leaf index of its certificate, -1 before {@link Step#CERTIFIED}
 * @param signature     the node's, under all but step and certificate; empty if it was decided before decisions were signed
 */
record DestructionRow(long id, int bucket, int step, String schedule, String approvedBy, String keyCopiesGone,
        String destroyed, String survivors, long certificate, Optional<String> signature) {

    /** Persisted by code. It says how far a destruction got and decides nothing: each step looks for what is left to do. */
    enum Step {
        DECIDED(1), KEYS_GONE(2), ROWS_GONE(3), CERTIFIED(4);

        private final int code;

        Step(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    boolean isAt(Step other) {
        return step == other.code();
    }

    DestructionRow signed(String newSignature) {
        return new DestructionRow(id, bucket, step, schedule, approvedBy, keyCopiesGone, destroyed, survivors, certificate, Optional.of(newSignature));
    }

    /** The leaves that go. What isn't a list of leaves, and so was never signed, names none. */
    LeafRanges going() {
        try {
            return LeafRanges.parse(destroyed);
        } catch (ArchiveException e) {
            return LeafRanges.of(List.of());
        }
    }

    /** The leaves that stay. @throws ArchiveException if it isn't a list of leaves, and so was never signed */
    LeafRanges staying() {
        return LeafRanges.parse(survivors);
    }
}
