package im.chancery.engine;

import im.chancery.archive.Archive;
import im.chancery.presence.PresenceStore;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
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
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
    }

    private static void count(MeterRegistry registry, PresenceStore presence, String what, ToDoubleFunction<PresenceStore> value) {
        FunctionCounter.builder("chancery.presence.messages", presence, value).description("What became of members' messages").tag("what", what).register(registry);
    }
}
