package im.chancery.engine;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveStatus;
import im.chancery.presence.PresenceStore;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** What is measured of the parts by looking at them when somebody asks. */
final class NodeMeters {
    private NodeMeters() {
    }

    static void bind(MeterRegistry registry, Archive archive, PresenceStore presence) {
        Gauge.builder("chancery.presence.resources", presence, p -> p.counts().resources()).description("Available resources on any node").register(registry);
        Gauge.builder("chancery.presence.members", presence, p -> p.members().size()).description("Nodes that share presence").register(registry);
        count(registry, presence, "forged", p -> p.counts().forged());
        count(registry, presence, "replayed", p -> p.counts().replayed());
        count(registry, presence, "resent", p -> p.counts().resent());
        count(registry, presence, "expired", p -> p.counts().expired());
        count(registry, presence, "conflicts", p -> p.counts().conflicts());
        archive(registry, archive);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
    }

    private static void archive(MeterRegistry registry, Archive archive) {
        Gauge.builder("chancery.archive.queue", archive, a -> a.status().queued()).description("Records that wait for their transaction").register(registry);
        Gauge.builder("chancery.log.size", archive, a -> a.status().committed()).description("Records on stable storage").tag("of", "committed").register(registry);
        Gauge.builder("chancery.log.size", archive, a -> a.status().logged()).description("Records on stable storage").tag("of", "checkpointed").register(registry);
        FunctionTimer.builder("chancery.archive.append", archive, a -> a.status().appends(), a -> a.status().appendNanos(), TimeUnit.NANOSECONDS)
                .description("From append to commit").register(registry);
        FunctionCounter.builder("chancery.archive.batches", archive, a -> a.status().batches()).description("Transactions").register(registry);
        FunctionCounter.builder("chancery.log.failures", archive, a -> a.status().logFailures())
                .description("Times the log's folder could not be written").register(registry);
        List<ArchiveStatus.Sink> sinks = archive.status().sinks();
        for (int i = 0; i < sinks.size(); i++) {
            int sink = i;
            Tags which = Tags.of("sink", Integer.toString(i + 1));
            FunctionCounter.builder("chancery.sink.delivered", archive, a -> a.status().sinks().get(sink).delivered())
                    .description("Checkpoints that have left the machine, by the sink's place in the config").tags(which).register(registry);
            FunctionCounter.builder("chancery.sink.failures", archive, a -> a.status().sinks().get(sink).failures())
                    .description("Checkpoints that did not arrive").tags(which).register(registry);
            Gauge.builder("chancery.sink.newest", archive, a -> a.status().sinks().get(sink).newest())
                    .description("The log's size in the newest checkpoint that arrived").tags(which).register(registry);
        }
    }

    private static void count(MeterRegistry registry, PresenceStore presence, String what, ToDoubleFunction<PresenceStore> value) {
        FunctionCounter.builder("chancery.presence.messages", presence, value).description("What became of members' messages").tag("what", what).register(registry);
    }
}
