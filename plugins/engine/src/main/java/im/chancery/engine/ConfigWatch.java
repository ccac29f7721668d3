package im.chancery.engine;

import im.chancery.core.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks whether the config file has changed, four times a second, and has it taken once it has not changed for two: so that one which is being
 * written in place isn't taken by half, and one that is put in its place by renaming is seen like any other. It looks rather than listens: no
 * kernel's notice is lost, and network file systems send none.
 */
final class ConfigWatch implements AutoCloseable {
    /** How long a file must have been left alone. */
    static final Duration SETTLED = Duration.ofSeconds(2);
    private static final Duration AGAIN = Duration.ofSeconds(10);
    private static final long EVERY_MILLIS = 250;
    private static final Logger LOG = LoggerFactory.getLogger(ConfigWatch.class);

    private final Path file;
    private final Take take;
    private final LongSupplier nanoTime;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "config-watch");
        thread.setDaemon(true);
        return thread;
    });
    private Optional<Look> seen = Optional.empty();
    private Optional<Look> taken = Optional.empty();
    private long since;
    private long notBefore;

    /** Takes the file as it is now. */
    @FunctionalInterface
    interface Take {
        /** @throws ConfigException if it is refused, which has been told; it isn't tried again until it changes */
        void take() throws ConfigException;
    }

    /** What tells one state of the file from another without reading it. */
    private record Look(long modifiedNanos, long size, Object key) {
    }

    ConfigWatch(Path file, Take take, LongSupplier nanoTime) {
        this.file = file;
        this.take = take;
        this.nanoTime = nanoTime;
        this.since = nanoTime.getAsLong();
        this.notBefore = since;
    }

    /** Starts looking, in a thread of its own. */
    static ConfigWatch start(Path file, Take take) {
        ConfigWatch watch = new ConfigWatch(file, take, System::nanoTime);
        watch.executor.scheduleWithFixedDelay(watch::tick, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        return watch;
    }

    /** One look. Never throws, since the executor would then never call again. */
    void tick() {
        long now = nanoTime.getAsLong();
        try {
            takeIfSettled(now);
        } catch (RuntimeException | Error e) {
            notBefore = now + AGAIN.toNanos();
            LOG.warn("the config file could not be taken; it is tried again in {} s: {}", AGAIN.toSeconds(), e.toString());
        }
    }

    private void takeIfSettled(long now) {
        Optional<Look> look = look();
        if (!look.equals(seen)) {
            seen = look;
            since = now;
            return;
        }
        if (look.isEmpty() || look.equals(taken) || now - since < SETTLED.toNanos() || now - notBefore < 0) {
            return;
        }
        try {
            take.take();
            taken = look;
        } catch (ConfigException e) {
            taken = look;
        }
    }

    private Optional<Look> look() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return Optional.of(new Look(attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS), attributes.size(), String.valueOf(attributes.fileKey())));
        } catch (IOException e) {
            return Optional.empty(); // between two names, perhaps
        }
    }

    /** Ends looking. */
    @Override
    public void close() {
        executor.shutdown();
    }
}
