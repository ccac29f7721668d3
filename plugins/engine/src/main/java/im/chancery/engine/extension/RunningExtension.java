package im.chancery.engine.extension;

import im.chancery.core.Decision;
import im.chancery.core.Exchange;
import im.chancery.core.StanzaKind;
import im.chancery.core.extension.Extension;
import im.chancery.core.extension.Opinion;
import im.chancery.core.extension.Submission;
import im.chancery.engine.extension.Answer.Failure;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One extension with its threads. A call that is late keeps its thread until it comes back, and no other is made in its place: when all
 * threads are kept so, the extension counts as failing at once and nobody waits for it. Safe for many threads; asking never blocks.
 */
final class RunningExtension {
    private static final Logger LOG = LoggerFactory.getLogger(RunningExtension.class);
    /** A few seconds of a busy server; whatever waits longer is late anyway. */
    private static final int MOST_WAITING = 10_000;
    private static final long IDLE_SECONDS = 60;

    private final ExtensionOptions options;
    private final Extension extension;
    private final JarLoader loader;
    private final ScheduledExecutorService timer;
    private final ThreadPoolExecutor threads;
    private final AtomicInteger stuck = new AtomicInteger();
    private final AtomicBoolean failing = new AtomicBoolean();

    /** {@code timer} ends waiting for what is late; it outlives this. */
    RunningExtension(ExtensionOptions options, Extension extension, JarLoader loader, ScheduledExecutorService timer) {
        this.options = options;
        this.extension = extension;
        this.loader = loader;
        this.timer = timer;
        this.threads = threads(options);
    }

    static ThreadPoolExecutor threads(ExtensionOptions options) {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(options.threads(), options.threads(), IDLE_SECONDS, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(MOST_WAITING), task -> {
                    Thread thread = new Thread(task, "extension-" + options.name());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    String name() {
        return options.name();
    }

    boolean takes(StanzaKind kind) {
        return options.kinds().contains(kind);
    }

    boolean isFailing() {
        return failing.get();
    }

    /** Asks. Completes, never exceptionally, within the deadline. */
    CompletableFuture<Answer> ask(Exchange exchange, Decision roles) {
        Call call = new Call(new Submission(exchange, roles));
        if (stuck.get() >= options.threads()) {
            call.end(Failure.STUCK, Opinion.none(), null);
            return call.result;
        }
        try {
            call.expiry = timer.schedule(call::expire, options.deadline().toNanos(), TimeUnit.NANOSECONDS);
            threads.execute(call);
        } catch (RejectedExecutionException | Error e) { // an Error where the machine has no thread for it
            call.end(threads.isShutdown() ? Failure.CLOSED : Failure.BUSY, Opinion.none(), null);
        }
        return call.result;
    }

    /**
     * Runs something of the extension on a thread of its own, with its class loader in place.
     *
     * @throws Failed with what it threw, or if it isn't done in time
     */
    static <T> T within(ThreadPoolExecutor threads, ClassLoader loader, long seconds, Callable<T> task) throws Failed {
        var running = threads.submit(() -> {
            Thread.currentThread().setContextClassLoader(loader);
            return task.call();
        });
        try {
            return running.get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new Failed(e.getCause());
        } catch (TimeoutException e) {
            running.cancel(true);
            throw new Failed(new TimeoutException("not done within " + seconds + " s"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failed(e);
        }
    }

    /** Something of an extension didn't work; the cause is what it threw. */
    static final class Failed extends Exception {
        private static final long serialVersionUID = 1L;

        Failed(Throwable cause) {
            super(cause);
        }
    }

    /** Closes it, waiting two seconds at most; a call that hangs keeps its thread until the process ends. */
    void close() {
        try {
            if (stuck.get() < options.threads()) {
                within(threads, loader, 2, () -> {
                    extension.close();
                    return null;
                });
            }
        } catch (Failed e) {
            LOG.warn("extension {} did not close as it should: {}", name(), e.getCause().getClass().getName());
            LOG.debug("how it did not close", e);
        }
        threads.shutdownNow();
        try {
            loader.close();
        } catch (IOException e) {
            LOG.warn("the jar of extension {} did not close", name(), e);
        }
    }

    private void settle(Failure failure, Throwable thrown) {
        if (failure == null) {
            if (failing.getAndSet(false)) {
                LOG.info("extension {} answers again", name());
            }
        } else if (failure != Failure.CLOSED) {
            if (!failing.getAndSet(true)) {
                LOG.error("extension {} fails ({}{}): until it answers again, {}", name(), failure.word(), thrown == null ? "" : ", " + thrown.getClass().getName(),
                        options.lets() ? "stanzas pass without its opinion" : "what it would be asked about is refused");
            }
            LOG.debug("extension {} failed: {}", name(), failure.word(), thrown);
        }
    }

    /** One question. Ends once: by the answer, or by the deadline. */
    private final class Call implements Runnable {
        private final CompletableFuture<Answer> result = new CompletableFuture<>();
        private final Submission submission;
        private final long asked = System.nanoTime();
        private volatile ScheduledFuture<?> expiry;
        private Thread running;
        private boolean kept;
        private boolean ended;

        Call(Submission submission) {
            this.submission = submission;
        }

        @Override
        public void run() {
            if (!begin()) {
                return;
            }
            Opinion opinion = null;
            Throwable thrown = null;
            Thread current = Thread.currentThread();
            ClassLoader before = current.getContextClassLoader();
            try {
                current.setContextClassLoader(loader);
                opinion = extension.judge(submission);
            } catch (Throwable e) { // whatever it is, it must not end up in the engine
                thrown = e;
            }
            current.setContextClassLoader(before);
            finish();
            Failure failure = opinion == null ? Failure.THREW : null;
            end(failure, failure == null ? opinion : Opinion.none(), thrown);
        }

        private synchronized boolean begin() {
            if (ended) {
                return false; // late already; nobody waits for it
            }
            running = Thread.currentThread();
            return true;
        }

        private synchronized void finish() {
            running = null;
            Thread.interrupted(); // of the deadline, not of what runs here next
            if (kept) {
                stuck.decrementAndGet();
            }
        }

        private void expire() {
            synchronized (this) {
                if (ended) {
                    return;
                }
                ended = true; // before it is interrupted, which may make it throw
                if (running != null) {
                    kept = true;
                    stuck.incrementAndGet();
                    running.interrupt();
                }
            }
            tell(Failure.LATE, Opinion.none(), null);
        }

        /** The first end counts. */
        private void end(Failure failure, Opinion opinion, Throwable thrown) {
            synchronized (this) {
                if (ended) {
                    return;
                }
                ended = true;
            }
            tell(failure, opinion, thrown);
        }

        /** What waits for the answer goes on in this thread. */
        private void tell(Failure failure, Opinion opinion, Throwable thrown) {
            ScheduledFuture<?> late = expiry;
            if (late != null) {
                late.cancel(false);
            }
            try {
                settle(failure, thrown);
            } finally { // what an extension throws may throw when it is logged
                result.complete(new Answer(name(), options.lets(), failure, opinion, System.nanoTime() - asked));
            }
        }
    }
}
