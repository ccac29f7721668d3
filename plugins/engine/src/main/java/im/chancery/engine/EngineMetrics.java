package im.chancery.engine;

import im.chancery.archive.ArchiveException;
import im.chancery.core.Decision;
import im.chancery.core.Outcome;
import im.chancery.engine.extension.Answer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** What the engine counts as it happens. Labels are names of rules and extensions and fixed words, never an address. Safe for many threads. */
final class EngineMetrics {
    private record VerdictLabels(String effect, String rule) {
    }

    private static final Duration[] LATENCIES = {Duration.ofNanos(250_000), Duration.ofNanos(500_000), Duration.ofMillis(1), Duration.ofMillis(2),
            Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(25), Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(250),
            Duration.ofSeconds(1), Duration.ofSeconds(5)};

    private final MeterRegistry registry;
    private final Timer verdictTime;
    private final Timer appendTime;
    private final Counter overloaded;
    private final Counter storageFailed;
    private final Counter policyFailures;
    private final Counter presenceLost;
    private volatile boolean storageWorks = true;
    private final Map<VerdictLabels, Counter> verdicts = new ConcurrentHashMap<>();
    private final Map<Outcome, Counter> outcomes = new EnumMap<>(Outcome.class);

    EngineMetrics(MeterRegistry registry) {
        this.registry = registry;
        verdictTime = latency("chancery.verdict.time", "From submission to a verdict whose record is on stable storage");
        appendTime = latency("chancery.append.time", "From append to stable storage, for records of all kinds");
        overloaded = unrecorded("overloaded");
        storageFailed = unrecorded("storage");
        policyFailures = Counter.builder("chancery.policy.failures").description("Decisions the policy failed to make; each was refused").register(registry);
        presenceLost = Counter.builder("chancery.presence.lost").description("Presence changes that could not be shared").register(registry);
        for (Outcome outcome : Outcome.values()) {
            outcomes.put(outcome, Counter.builder("chancery.outcomes").description("What became of attempts")
                    .tag("outcome", outcome.name().toLowerCase(Locale.ROOT)).register(registry));
        }
    }

    private Timer latency(String name, String description, String... tags) {
        return Timer.builder(name).description(description).tags(tags).serviceLevelObjectives(LATENCIES).register(registry);
    }

    private Counter unrecorded(String why) {
        return Counter.builder("chancery.unrecorded").description("Submissions without a verdict, because they could not be recorded")
                .tag("why", why).register(registry);
    }

    /** Whether the newest submission could be recorded, as far as storage goes. */
    boolean ready() {
        return storageWorks;
    }

    void verdict(Decision decision, long nanos) {
        storageWorks = true;
        verdictTime.record(nanos, TimeUnit.NANOSECONDS);
        VerdictLabels labels = new VerdictLabels(decision.effect().name().toLowerCase(Locale.ROOT), decision.rules().get(0).id());
        verdicts.computeIfAbsent(labels, l -> Counter.builder("chancery.verdicts").description("Verdicts by effect and strongest rule")
                .tag("effect", l.effect()).tag("rule", l.rule()).register(registry)).increment();
    }

    void appended(long nanos) {
        appendTime.record(nanos, TimeUnit.NANOSECONDS);
    }

    void unrecorded(Throwable failure) {
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof ArchiveException.Overloaded) {
            overloaded.increment();
        } else {
            storageFailed.increment();
            storageWorks = false;
        }
    }

    /** Shows them from now on. A counter must be there at 0, or whoever watches sees no increase by the first failure. */
    void extensions(List<String> names) {
        for (String name : names) {
            extensionTime(name);
            Arrays.stream(Answer.Failure.values()).forEach(failure -> extensionFailures(name, failure));
        }
    }

    void extension(Answer answer) {
        extensionTime(answer.extension()).record(answer.nanos(), TimeUnit.NANOSECONDS);
        if (answer.failure() != null) {
            extensionFailures(answer.extension(), answer.failure()).increment();
        }
    }

    private Timer extensionTime(String name) {
        return latency("chancery.extension.time", "From question to an extension's answer, or to its failure", "extension", name);
    }

    private Counter extensionFailures(String name, Answer.Failure failure) {
        return Counter.builder("chancery.extension.failures").description("Questions that an extension gave no answer to, by how it failed")
                .tags("extension", name, "why", failure.word()).register(registry);
    }

    void policyFailed() {
        policyFailures.increment();
    }

    void outcome(Outcome outcome) {
        outcomes.get(outcome).increment();
    }

    void presenceLost() {
        presenceLost.increment();
    }
}
