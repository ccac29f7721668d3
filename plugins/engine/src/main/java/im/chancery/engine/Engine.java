package im.chancery.engine;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.ArchiveOptions;
import im.chancery.archive.ArchiveStatus;
import im.chancery.archive.Archives;
import im.chancery.archive.CheckpointSink;
import im.chancery.archive.FileSink;
import im.chancery.archive.SyslogSink;
import im.chancery.archive.syslog.SyslogTransport;
import im.chancery.core.Gate;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Secret;
import im.chancery.engine.admin.AdminServer;
import im.chancery.engine.admin.NodeStatus;
import im.chancery.engine.audit.AuditStream;
import im.chancery.engine.config.AuditStreamOptions;
import im.chancery.engine.config.ConfigFile;
import im.chancery.engine.config.EngineConfig;
import im.chancery.presence.PresenceConfig;
import im.chancery.presence.PresenceException;
import im.chancery.presence.PresenceStore;
import im.chancery.presence.PresenceStores;
import im.chancery.retention.ArchivedRetention;
import im.chancery.retention.DispositionRun;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jxmpp.jid.BareJid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node's engine, composed from a config file: roles decide, the archive records, retention destroys, presence is shared,
 * and the admin API shows it. A host binding opens one, hands its exchanges to {@link #gate} and closes it last.
 */
public final class Engine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final Parts parts;
    private final Deque<Closing> closings;
    private boolean closed;

    /** A part that must be closed, with its name for the log. */
    private record Closing(String name, AutoCloseable part) {
    }

    private record Parts(String node, LiveConfig config, RecordingGate gate, Archive archive, AdminServer admin, CheckpointPost post,
            AtomicReference<LongSupplier> held) {
    }

    private Engine(Parts parts, Deque<Closing> closings) {
        this.parts = parts;
        this.closings = closings;
    }

    /** Reads the config file and starts an engine, as {@link #start(ConfigFile, Clock)} does. */
    public static Engine start(Path configFile, Clock clock) throws ConfigException, EngineException {
        return start(ConfigFile.read(configFile), clock);
    }

    /**
     * Starts an engine. When this returns it takes exchanges, its start is recorded, and a change of the config file is taken once the file
     * has settled.
     *
     * @param file the config file; a host binding finds its own options in it first
     * @throws ConfigException with everything that is wrong in the config file; nothing was opened then
     * @throws EngineException if something can't be opened: a folder that another engine has, a taken port, a log that isn't
     *                         the database's; whatever had been opened is closed again
     */
    public static Engine start(ConfigFile file, Clock clock) throws ConfigException, EngineException {
        long began = System.nanoTime();
        ConfigNode root = file.root();
        PresenceConfig presence = PresenceConfig.read(root);
        CheckpointPost post = new CheckpointPost();
        ArchiveConfig archive = archiveConfig(root, EngineConfig.from(root), post, clock);
        Optional<SyslogTransport> siem = AuditStreamOptions.from(root).transport();
        ConfigTaken config = ConfigTaken.from(file);
        Starting starting = new Starting(clock);
        try {
            Engine engine = starting.open(config, archive, siem, presence, post);
            LOG.info("ready in {} ms: node {}, config {}, {} records in the log, admin API http://{}:{}",
                    Duration.ofNanos(System.nanoTime() - began).toMillis(), engine.node(), file.path(), engine.parts.archive().status().committed(),
                    host(engine.adminAddress()), engine.adminAddress().getPort());
            return engine;
        } catch (ArchiveException | PresenceException | IOException e) {
            closeAll(starting.closings);
            throw new EngineException(e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            closeAll(starting.closings);
            throw e;
        }
    }

    /**
     * Takes the config file as it is now, whole or not at all; what came of it is in the log and in the status. Waits for its record.
     *
     * @param by who wants it, for log and record, such as {@code signal}
     */
    public void reload(String by) {
        try {
            if (parts.config().reload(by).isEmpty()) {
                LOG.info("the config file is what the engine runs with (by {})", by);
            }
        } catch (ConfigException | ArchiveException e) {
            LOG.debug("the config file was not taken, which has been told", e);
        }
    }

    /** What a host binding hands exchanges to. */
    public Gate gate() {
        return parts.gate();
    }

    /** This node's name. */
    public String node() {
        return parts.node();
    }

    /** Where the admin API listens. */
    public InetSocketAddress adminAddress() {
        return parts.admin().address();
    }

    /**
     * Tells who carries checkpoints to XMPP addresses: the host binding, while it has a connection. Until then, and where the
     * carrier throws, such a checkpoint counts as not delivered, and the next one is tried.
     */
    public void carryCheckpointsBy(CheckpointCarrier carrier) {
        parts.post().carriedBy(carrier);
    }

    /** Sends one checkpoint as a message. */
    @FunctionalInterface
    public interface CheckpointCarrier {
        /**
         * Sends a message from this node's own domain.
         *
         * @param to         whom
         * @param checkpoint the signed note's text, the message's body
         * @throws IOException if it could not be handed on
         */
        void carry(BareJid to, String checkpoint) throws IOException;
    }

    /** Tells who knows how many stanzas wait at the host for their verdict: the host binding. Until then there are none. */
    public void countHeldBy(LongSupplier held) {
        parts.held().set(held);
    }

    /**
     * Stops: takes no new exchanges, waits until those under way are recorded, records the stop, and closes everything in the
     * reverse of the order in which it was opened. A second call does nothing.
     */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            LOG.info("stopping");
            closeAll(closings);
            LOG.info("stopped");
        }
    }

    private static ArchiveConfig archiveConfig(ConfigNode root, EngineConfig config, CheckpointPost post, Clock clock) throws ConfigException {
        Secret password = config.readKeystorePassword();
        ArchiveOptions options = ArchiveOptions.from(root);
        List<CheckpointSink> sinks = options.sinks().stream().map(sink -> sink(sink, post, clock)).toList();
        return options.config(config.node(), config.data(), config.keys(), password::chars, sinks);
    }

    private static CheckpointSink sink(ArchiveOptions.Sink sink, CheckpointPost post, Clock clock) {
        if (sink instanceof ArchiveOptions.ToFile file) {
            return new FileSink(file.path());
        }
        if (sink instanceof ArchiveOptions.ToSyslog syslog) {
            return new SyslogSink(syslog.host(), syslog.port(), clock);
        }
        ArchiveOptions.ToAddress address = (ArchiveOptions.ToAddress) sink;
        return post.to(address.to(), address.every());
    }

    private static void closeAll(Deque<Closing> closings) {
        while (!closings.isEmpty()) {
            Closing next = closings.pop();
            try {
                next.part().close();
            } catch (Exception | Error e) {
                LOG.error("the {} did not close as it should", next.name(), e);
            }
        }
    }

    private static String host(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return host.contains(":") ? "[" + host + "]" : host;
    }

    /** Opens the parts, each on top of the ones before it. */
    private static final class Starting {
        private final Clock clock;
        private final Instant started;
        private final Deque<Closing> closings = new ArrayDeque<>();
        private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

        Starting(Clock clock) {
            this.clock = clock;
            this.started = clock.instant();
        }

        Engine open(ConfigTaken taken, ArchiveConfig archiveConfig, Optional<SyslogTransport> siem, PresenceConfig presenceConfig, CheckpointPost post)
                throws IOException, PresenceException {
            EngineConfig config = taken.engine();
            opened("extensions", taken.extensions());
            opened("metrics", meters::close);
            EngineMetrics metrics = new EngineMetrics(meters);
            Archive archive = Archives.open(archiveConfig, clock);
            opened("archive", archive);
            archive.observe((id, record, nanos) -> metrics.appended(nanos));
            AuditStream stream = siem.isPresent() ? AuditStream.start(archive, config.node(), siem.get(), config.data(), clock) : AuditStream.none();
            opened("audit stream", stream);
            PresenceStore presence = PresenceStores.open(presenceConfig, config.node());
            opened("presence", presence);
            ArchivedRetention retention = ArchivedRetention.open(archive, taken.retention(), clock);
            AttemptRecords attempts = new AttemptRecords(config.served(), config.services());
            RecordingGate gate = new RecordingGate(taken.rules(), attempts, archive, presence, ResendLinks.warm(archive, config.node()), metrics);
            NodeRecords records = new NodeRecords(archive, version());
            records.started(taken);
            opened("record of the stop", records::stopped);
            LiveConfig live = new LiveConfig(taken, gate, retention, records, clock);
            opened("config", live);
            opened("gate", gate);
            opened("daily run", DispositionRun.start(retention, clock));
            AtomicReference<LongSupplier> held = new AtomicReference<>(() -> 0);
            NodeMeters observed = new NodeMeters(meters);
            observed.node(config, version());
            observed.held(() -> held.get().getAsLong());
            observed.archive(archive, archiveConfig.queue());
            observed.auditStream(stream);
            observed.presence(presence);
            AdminServer admin = AdminServer.start(new AdminServer.Parts(config.node(), archive, retention, live, presence,
                    () -> verifierKey(archiveConfig), meters::scrape, () -> status(taken.file().path(), archive), () -> archive.status().available() && metrics.ready()), config.adminListen(), config.adminTokens(), clock);
            opened("admin API", admin);
            opened("watch of the config file", ConfigWatch.start(taken.file().path(), () -> live.reload("file watch")));
            return new Engine(new Parts(config.node(), live, gate, archive, admin, post, held), closings);
        }

        private void opened(String name, AutoCloseable part) {
            closings.push(new Closing(name, part));
        }

        private NodeStatus status(Path configFile, Archive archive) {
            ArchiveStatus now = archive.status();
            return new NodeStatus(version(), started, configFile.toString(), now.committed(), now.logged(), now.queued());
        }

        private static String verifierKey(ArchiveConfig config) {
            try {
                return Files.readString(config.verifierKey()).strip();
            } catch (IOException e) {
                throw new ArchiveException("the verifier key " + config.verifierKey() + " can't be read", e);
            }
        }

        private static String version() {
            return Optional.ofNullable(Engine.class.getPackage().getImplementationVersion()).orElse("unpackaged");
        }
    }
}
