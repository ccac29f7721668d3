package im.chancery.retention;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daily run: once a day, at the configured time, it destroys what is due and not held. A run that was missed, because
 * the engine was down or the run failed, is made up: at start, or a quarter of an hour after the failure; not one that was due before the schedules
 * changed. The clock is looked at
 * every minute, so that a clock that jumps and a machine that sleeps do no harm.
 */
public final class DispositionRun implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DispositionRun.class);
    private static final Duration RETRY = Duration.ofMinutes(15);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ArchivedRetention retention;
    private final Clock clock;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(r -> {
        Thread thread = new Thread(r, "disposition-run");
        thread.setDaemon(true);
        return thread;
    });
    private Instant notBefore = Instant.MIN;

    DispositionRun(ArchivedRetention retention, Clock clock) {
        this.retention = retention;
        this.clock = clock;
    }

    /** Starts the daily run, with a missed one at once, in a thread of its own. */
    public static DispositionRun start(ArchivedRetention retention, Clock clock) {
        DispositionRun run = new DispositionRun(retention, clock);
        run.executor.scheduleWithFixedDelay(run::tick, 0, 1, TimeUnit.MINUTES);
        return run;
    }

    /** Runs if a run is due. Never throws, since the executor would then never call again. */
    void tick() {
        Instant now = clock.instant();
        if (now.isBefore(notBefore)) {
            return;
        }
        try {
            Optional<Instant> last = RetentionTables.lastRun(retention.archive().dataSource());
            Instant latest = latest(retention.config().runAt(), now);
            if (last.isPresent() && !last.get().isBefore(latest) || latest.isBefore(retention.changed())) {
                return;
            }
            int buckets = retention.dispose(false, ArchivedRetention.BY_SCHEDULE).size();
            RetentionTables.noteRun(retention.archive().dataSource(), now);
            LOG.info("daily run: {} buckets", buckets);
        } catch (RuntimeException e) {
            notBefore = now.plus(RETRY);
            LOG.error("the daily run failed; it is tried again in {} minutes", RETRY.toMinutes(), e);
        }
    }

    /** The latest moment, not after {@code now}, at which a run was to start. */
    static Instant latest(LocalTime runAt, Instant now) {
        ZonedDateTime today = now.atZone(ZoneOffset.UTC).with(runAt);
        return (today.toInstant().isAfter(now) ? today.minusDays(1) : today).toInstant();
    }

    /** Ends the daily run. Waits for up to a minute for a run that is under way, which goes on at the next start if it is cut off. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                LOG.warn("the daily run is still under way; it goes on at the next start");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
