package im.chancery.engine.admin;

import im.chancery.archive.ArchiveException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records attempts to use the API without the right token. Anybody on the machine can make them, so that their records are
 * bounded: {@value #BURST} at once, then one in {@value #SECONDS_EACH} seconds, which says how many it stands for.
 * Safe for many threads.
 */
final class DeniedAttempts {
    static final int BURST = 20;
    static final int SECONDS_EACH = 3;

    private static final Logger LOG = LoggerFactory.getLogger(DeniedAttempts.class);
    private static final Duration EACH = Duration.ofSeconds(SECONDS_EACH);

    private final AuditTrail audit;
    private final Clock clock;
    private Instant full;
    private long unrecorded;

    DeniedAttempts(AuditTrail audit, Clock clock) {
        this.audit = audit;
        this.clock = clock;
        this.full = clock.instant();
    }

    /**
     * Takes note of a denied attempt.
     *
     * @param actor  whose token it was, or {@code nobody}
     * @param action what was asked for
     */
    void denied(String actor, String action, Map<String, String> parameters) {
        long count = admit();
        if (count == 0) {
            return;
        }
        try {
            audit.record(actor, action, parameters, count);
        } catch (ArchiveException e) {
            // Nothing was shown, so nothing is lost but the trace, which the log keeps.
            LOG.warn("{} denied attempts to use the admin API could not be recorded", count);
        }
    }

    /** How many attempts to record now: this one and those left out before it, or 0 to leave this one out too. */
    private synchronized long admit() {
        Instant now = clock.instant();
        unrecorded++;
        Instant latest = now.plus(EACH.multipliedBy(BURST)); // beyond only if the clock was set back, which must not end the records until it is there again
        full = full.isAfter(latest) ? latest : full;
        Instant from = full.isAfter(now) ? full : now;
        if (Duration.between(now, from).compareTo(EACH.multipliedBy(BURST - 1)) > 0) {
            return 0;
        }
        full = from.plus(EACH);
        long count = unrecorded;
        unrecorded = 0;
        return count;
    }
}
