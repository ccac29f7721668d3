package im.chancery.retention;

import java.time.LocalDate;
import java.time.Period;
import java.util.Objects;
import java.util.Optional;

/**
 * How long records of one class are kept.
 *
 * @param recordClass the record class
 * @param period      the retention period; empty means for ever
 * @param text        the schedule as plans and certificates show it, such as {@code default: 90 days}
 */
record RetentionSchedule(String recordClass, Optional<Period> period, String text) {
    RetentionSchedule {
        Objects.requireNonNull(recordClass, "recordClass");
        Objects.requireNonNull(period, "period");
        Objects.requireNonNull(text, "text");
    }

    /** The schedule of a class that the config file no longer names: nothing of it is destroyed. */
    static RetentionSchedule unknown(String recordClass) {
        return new RetentionSchedule(recordClass, Optional.empty(), recordClass + ": not in the config, kept");
    }

    /**
     * The first day (UTC) on which a bucket may be destroyed; empty if it is kept for ever. The trigger event is the end of
     * the bucket's day. At month ends "day end, then the period" and "the period, then day end" are different days (30
     * January and one month: 28 February, 1 March); the later is taken, so that no record of the day is kept for less than
     * the period, whichever way somebody counts.
     */
    Optional<LocalDate> due(LocalDate day) {
        return period.map(p -> {
            LocalDate endThenPeriod = day.plusDays(1).plus(p);
            LocalDate periodThenEnd = day.plus(p).plusDays(1);
            return endThenPeriod.isAfter(periodThenEnd) ? endThenPeriod : periodThenEnd;
        });
    }

    /** Whether a bucket of this day may be destroyed on {@code today}. */
    boolean isDue(LocalDate day, LocalDate today) {
        return due(day).map(due -> !today.isBefore(due)).orElse(false);
    }
}
