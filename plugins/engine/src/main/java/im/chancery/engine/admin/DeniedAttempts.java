package im.chancery.engine.admin;

import im.chancery.archive.ArchiveException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records attempts to use the API without the right token. Anybody on the machine can make them, so that their records are
 * bounded: of each token, and of all that come without one, {@value #BURST} at once, then one in {@value #SECONDS_EACH} seconds, which says how many
 * it stands for. So nobody keeps another's attempts out of the records. Safe for many threads.
 */
final class DeniedAttempts implements AutoCloseable {
    static final int BURST = 20;
    static final int SECONDS_EACH = 3;

    private static final Logger LOG = LoggerFactory.getLogger(DeniedAttempts.class);
    private static final Duration EACH = Duration.ofSeconds(SECONDS_EACH);

    private final AuditTrail audit;
    private final Clock clock;
    /** By actor: as many as tokens have been in the file, and {@code nobody}. */
    private final Map<String, Budget> budgets = new HashMap<>();

    /** The newest of some attempts, and how many they are. */
    private record Attempts(String action, Map<String, String> parameters, long count) {
    }

    /** What of one actor's is recorded when. */
    private static final class Budget {
        private Instant full;
        private Optional<Attempts> leftOut = Optional.empty();

        Budget(Instant now) {
            full = now;
        }

        /** What to record now: this attempt and those left out before it, or nothing to leave this one out too. */
        Optional<Attempts> admit(String action, Map<String, String> parameters, Instant now) {
            Attempts all = new Attempts(action, parameters, leftOut.map(Attempts::count).orElse(0L) + 1);
            Instant latest = now.plus(EACH.multipliedBy(BURST)); // beyond only if the clock was set back, which must not end the records until it is there again
            full = full.isAfter(latest) ? latest : full;
            Instant from = full.isAfter(now) ? full : now;
            if (Duration.between(now, from).compareTo(EACH.multipliedBy(BURST - 1)) > 0) {
                leftOut = Optional.of(all);
                return Optional.empty();
            }
            full = from.plus(EACH);
            leftOut = Optional.empty();
            return Optional.of(all);
        }
    }

    DeniedAttempts(AuditTrail audit, Clock clock) {
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Takes note of a denied attempt.
     *
     * @param actor  whose token it was, or {@code nobody}
     * @param action what was asked for
     */
    void denied(String actor, String action, Map<String, String> parameters) {
        admit(actor, action, parameters).ifPresent(attempts -> record(actor, attempts));
    }

    private synchronized Optional<Attempts> admit(String actor, String action, Map<String, String> parameters) {
        Instant now = clock.instant();
        return budgets.computeIfAbsent(actor, of -> new Budget(now)).admit(action, parameters, now);
    }

    /** Records what was left out last, which no later attempt will count. Nothing must be denied any more. */
    @Override
    public synchronized void close() {
        budgets.forEach((actor, budget) -> budget.leftOut.ifPresent(attempts -> record(actor, attempts)));
        budgets.clear();
    }

    private void record(String actor, Attempts attempts) {
        try {
            audit.record(actor, attempts.action(), attempts.parameters(), attempts.count());
        } catch (ArchiveException e) {
            // Nothing was shown, so nothing is lost but the trace, which the log keeps.
            LOG.warn("{} denied attempts to use the admin API could not be recorded", attempts.count());
        }
    }
}
