package im.chancery.retention;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daily run: once a day, at the configured time, it destroys what is due and not held. A run that was missed, because
 * the engine was down or the run failed, is made up: at start, or a quarter of an hour after the failure; not one that was due before the schedules
 * changed. The clock is looked at every minute.
 *
 * <p>A clock that is ahead would have records destroyed early. So nothing is destroyed after the clock has gone ahead by more than an hour
 * of what has passed, or by more than two weeks since the last run, until it is right again, or a person has disposed of what is due, and so
 * said that it is. A machine that slept looks the same. What is less than that can't be told, across a restart, from an engine that was down.
 */
public final class DispositionRun implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DispositionRun.class);
    private static final Duration RETRY = Duration.ofMinutes(15);
    /** More than that, and the clock is taken to have jumped. */
    private static final Duration LEAP = Duration.ofHours(1);
    /** So long an engine may have been down. */
    private static final Duration GAP = Duration.ofDays(14);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ArchivedRetention retention;
    private final Clock clock;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(r -> {
        Thread thread = new Thread(r, "disposition-run");
        thread.setDaemon(true);
        return thread;
    });
    private final LongSupplier steadyNanos;
    /** Until then, by the steady clock, it isn't tried again: the other one may be set back. */
    private OptionalLong notBefore = OptionalLong.empty();
    /** The clock as it was trusted last, and the steady one at that moment. */
    private Instant trusted;
    private long trustedNanos;

    /** Where all time that passes is the clock's. */
    DispositionRun(ArchivedRetention retention, Clock clock) {
        this(retention, clock, () -> ChronoUnit.NANOS.between(Instant.EPOCH, clock.instant()));
    }

    /** @param steadyNanos a clock that nobody sets, such as {@link System#nanoTime} */
    DispositionRun(ArchivedRetention retention, Clock clock, LongSupplier steadyNanos) {
        this.retention = retention;
        this.clock = clock;
        this.steadyNanos = steadyNanos;
        this.trusted = clock.instant();
        this.trustedNanos = steadyNanos.getAsLong();
    }

    /** Starts the daily run, with a missed one at once, in a thread of its own. */
    public static DispositionRun start(ArchivedRetention retention, Clock clock) {
        DispositionRun run = new DispositionRun(retention, clock, System::nanoTime);
        run.executor.scheduleWithFixedDelay(run::tick, 0, 1, TimeUnit.MINUTES);
        return run;
    }

    /** Runs if a run is due. Never throws, since the executor would then never call again. */
    void tick() {
        Instant now = clock.instant();
        if (notBefore.isPresent() && steadyNanos.getAsLong() - notBefore.getAsLong() < 0) {
            return;
        }
        try {
            // A run of a later time than now was by a clock that was ahead: of today's it says nothing.
            Optional<Instant> last = RetentionTables.lastRun(retention.archive().dataSource()).filter(ended -> !ended.isAfter(now));
            Optional<String> leapt = leapt(now, last);
            Instant latest = latest(retention.config().runAt(), now);
            if (last.isPresent() && !last.get().isBefore(latest) || latest.isBefore(retention.changed(now))) {
                return;
            }
            if (leapt.isPresent()) {
                notBefore = OptionalLong.of(steadyNanos.getAsLong() + RETRY.toNanos());
                LOG.error("nothing is destroyed by its schedule, because the clock may be ahead: {}. Set it; or, if it is right, say so with"
                        + " chancery dispose --due", leapt.get());
                return;
            }
            int buckets = retention.dispose(false, ArchivedRetention.BY_SCHEDULE).size();
            LOG.info("daily run: {} buckets", buckets);
        } catch (RuntimeException | Error e) {
            notBefore = OptionalLong.of(steadyNanos.getAsLong() + RETRY.toNanos());
            LOG.error("the daily run failed; it is tried again in {} minutes, or what is left of it by the next one", RETRY.toMinutes(), e);
        }
    }

    /** How the clock has gone ahead, if it has and nobody has said since that it is right. */
    private Optional<String> leapt(Instant now, Optional<Instant> last) {
        Instant expected = trusted.plusNanos(steadyNanos.getAsLong() - trustedNanos);
        boolean confirmed = last.isPresent() && last.get().isAfter(expected.plus(LEAP)) && !last.get().isAfter(now);
        if (now.isAfter(expected.plus(LEAP)) && !confirmed) {
            return Optional.of("it says " + now + ", and by the time that has passed it should be " + expected.truncatedTo(ChronoUnit.SECONDS));
        }
        trusted = now;
        trustedNanos = steadyNanos.getAsLong();
        return last.filter(ended -> now.isAfter(ended.plus(GAP))).map(ended -> "it says " + now + ", and the last daily run was at " + ended);
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
