package im.chancery.tests.e2e;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Waits for a condition of another process, and says what it waited for when it never came. */
public final class Deadline {
    private static final Duration STEP = Duration.ofMillis(10);

    private Deadline() {
    }

    /** Asks until the condition holds; throws an {@link AssertionError} that names it once the time is over. */
    public static void await(String what, Duration limit, Callable<Boolean> condition) {
        awaitValue(what, limit, () -> condition.call() ? Optional.of(true) : Optional.empty());
    }

    /** Asks until there is a value; an exception counts as "not yet" and is the cause of the error in the end. */
    public static <T> T awaitValue(String what, Duration limit, Callable<Optional<T>> source) {
        long end = System.nanoTime() + limit.toNanos();
        Exception last = null;
        do {
            try {
                Optional<T> value = source.call();
                if (value.isPresent()) {
                    return value.get();
                }
                last = null;
            } catch (Exception e) {
                last = e;
            }
            pause();
        } while (System.nanoTime() < end);
        throw new AssertionError("after " + limit + " still not: " + what, last);
    }

    private static void pause() {
        try {
            Thread.sleep(STEP.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting", e);
        }
    }
}
