package im.chancery.engine;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveStatus;
import im.chancery.engine.audit.AuditStream;
import im.chancery.engine.config.EngineConfig;
import im.chancery.presence.PresenceStore;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/** What is measured of the parts by looking at them when somebody asks. docs/monitoring.md lists all, and a test compares. */
final class NodeMeters {
    private final MeterRegistry registry;

    NodeMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** The process and the machine it runs on. */
    void node(EngineConfig config, String version) {
        Gauge.builder("chancery.info", () -> 1).description("Always 1; the labels say what runs").tags("node", config.node(), "version", version).register(registry);
        free("data", config.data());
        free("keys", config.keys());
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
    }

    private void free(String which, Path folder) {
        Gauge.builder("chancery.folder.free", () -> folder.toFile().getUsableSpace()).baseUnit("bytes").tag("folder", which)
                .description("What the file system under a folder still takes").register(registry);
    }

    /** What waits for verdicts at the host. The gauge itself keeps the supplier; it would not keep an object that it only looks at. */
    void held(LongSupplier stanzas) {
        Gauge.builder("chancery.held.stanzas", stanzas::getAsLong)
                .description("Stanzas that wait at the XMPP server for their verdict").register(registry);
    }

    void presence(PresenceStore presence) {
        Gauge.builder("chancery.presence.resources", presence, p -> p.counts().resources()).description("Available resources on any node").register(registry);
        Gauge.builder("chancery.presence.members", presence, p -> p.members().size()).description("Nodes that share presence, this one included").register(registry);
        count(presence, "forged", p -> p.counts().forged());
        count(presence, "replayed", p -> p.counts().replayed());
        count(presence, "resent", p -> p.counts().resent());
        count(presence, "expired", p -> p.counts().expired());
        count(presence, "conflicts", p -> p.counts().conflicts());
    }

    private void count(PresenceStore presence, String what, ToDoubleFunction<PresenceStore> value) {
        FunctionCounter.builder("chancery.presence.messages", presence, value).description("What became of other nodes' messages").tag("what", what).register(registry);
    }

    /** @param queue how many records may wait */
    void archive(Archive archive, int queue) {
        gauge(archive, "chancery.archive.available", "Whether the last attempt to use the database went well: 1 or 0", s -> s.available() ? 1 : 0);
        gauge(archive, "chancery.archive.queue.records", "Records that wait for their transaction", ArchiveStatus::queued);
        Gauge.builder("chancery.archive.queue.limit.records", () -> queue).description("How many may wait; more are refused").register(registry);
        count(archive, "chancery.archive.transactions", "Transactions that have stored records", Tags.empty(), ArchiveStatus::batches);
        gauge(archive, "chancery.log.records", "The log's size: records on stable storage", ArchiveStatus::committed);
        gauge(archive, "chancery.log.uncovered.records", "Records on stable storage that no signed checkpoint covers yet", s -> s.committed() - s.logged());
        count(archive, "chancery.log.failures", "Times the log's folder could not be written", Tags.empty(), ArchiveStatus::logFailures);
        List<ArchiveStatus.Sink> sinks = archive.status().sinks();
        for (int i = 0; i < sinks.size(); i++) {
            int place = i;
            Tags which = Tags.of("sink", Integer.toString(i + 1));
            count(archive, "chancery.sink.delivered", "Checkpoints that have left the machine, by the sink's place in the config", which, s -> s.sinks().get(place).delivered());
            count(archive, "chancery.sink.failures", "Times that a checkpoint did not arrive; each try counts", which, s -> s.sinks().get(place).failures());
            Gauge.builder("chancery.sink.covered.records", archive, a -> Math.max(0, a.status().sinks().get(place).newest()))
                    .description("The log's size in the newest checkpoint that has arrived").tags(which).register(registry);
        }
    }

    void auditStream(AuditStream stream) {
        Gauge.builder("chancery.audit.stream.waiting.records", stream, AuditStream::waiting)
                .description("Audit records that have still to be sent").register(registry);
        FunctionCounter.builder("chancery.audit.stream.sent", stream, AuditStream::sent)
                .description("Messages sent, repeated ones and alerts included").register(registry);
        FunctionCounter.builder("chancery.audit.stream.failures", stream, AuditStream::failures)
                .description("Times the receiver could not be reached, or a connection broke").register(registry);
        FunctionCounter.builder("chancery.audit.stream.skipped", stream, AuditStream::skipped)
                .description("Audit records that could not be sent any more, because they were destroyed meanwhile").register(registry);
    }

    private void gauge(Archive archive, String name, String description, ToDoubleFunction<ArchiveStatus> value) {
        Gauge.builder(name, archive, a -> value.applyAsDouble(a.status())).description(description).register(registry);
    }

    private void count(Archive archive, String name, String description, Tags tags, ToDoubleFunction<ArchiveStatus> value) {
        FunctionCounter.builder(name, archive, a -> value.applyAsDouble(a.status())).description(description).tags(tags).register(registry);
    }
}
