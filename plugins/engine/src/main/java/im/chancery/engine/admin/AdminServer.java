package im.chancery.engine.admin;

import im.chancery.archive.Archive;
import im.chancery.presence.PresenceStore;
import im.chancery.retention.RetentionService;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The admin HTTP API. Listens on a loopback address and no other. */
public final class AdminServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
    private static final int MAXIMUM_BODY = 64 * 1024;
    /** What is read of a body that is too large, bytes, so that its sender sees the answer. */
    private static final long MAXIMUM_REST = 32 << 20;
    private static final int THREADS = 12;

    private final Javalin http;
    private final InetSocketAddress address;
    private final DeniedAttempts denied;

    /**
     * What the API shows and changes.
     *
     * @param node      this node's name
     * @param archive   its archive
     * @param retention schedules and holds
     * @param config    the config in force
     * @param presence  who is available
     * @param verifierKey the log's verifier key (C2SP signed-note)
     * @param metrics   the metrics in Prometheus' text format
     * @param status    what the engine says of itself
     * @param ready     whether the message path takes exchanges
     */
    public record Parts(String node, Archive archive, RetentionService retention, ConfigInForce config, PresenceStore presence, Supplier<String> verifierKey,
            Supplier<String> metrics, Supplier<NodeStatus> status, Supplier<Boolean> ready) {
    }

    private AdminServer(Javalin http, InetSocketAddress address, DeniedAttempts denied) {
        this.http = http;
        this.address = address;
        this.denied = denied;
    }

    /**
     * Starts the API.
     *
     * @param listen a loopback address; port 0 takes a free one
     * @param tokens the tokens file
     * @throws IOException              if the tokens file can't be used, or the address is taken
     * @throws IllegalArgumentException if the address is not a loopback address
     */
    public static AdminServer start(Parts parts, InetSocketAddress listen, Path tokens, Clock clock) throws IOException {
        if (listen.getAddress() == null || !listen.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("the admin API listens on a loopback address only, found " + listen);
        }
        AuditTrail audit = new AuditTrail(parts.archive());
        DeniedAttempts denied = new DeniedAttempts(audit, clock);
        AtOnce atOnce = new AtOnce();
        Exchanges exchanges = new Exchanges(TokensFile.open(tokens), audit, denied, atOnce);
        Javalin http = Javalin.create(config -> configure(config, parts, exchanges, atOnce));
        try {
            http.start(listen.getAddress().getHostAddress(), listen.getPort());
        } catch (RuntimeException e) {
            throw new IOException("the admin API can't listen on " + listen + "; another program may use that port", e);
        }
        return new AdminServer(http, new InetSocketAddress(listen.getAddress(), http.port()), denied);
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return address;
    }

    /** Takes no new requests, and waits for those under way. */
    @Override
    public void close() {
        http.stop();
        denied.close();
    }

    /** Everything that can be asked with a token. */
    static List<Route> routes(Parts parts) {
        List<Route> routes = new ArrayList<>();
        routes.addAll(new RecordRoutes(parts.archive()).routes());
        routes.addAll(new RetentionRoutes(parts.retention()).routes());
        routes.addAll(new NodeRoutes(parts).routes());
        return routes;
    }

    private static void configure(JavalinConfig config, Parts parts, Exchanges exchanges, AtOnce atOnce) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.maxRequestSize = MAXIMUM_BODY;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.jetty.threadPool = new QueuedThreadPool(THREADS, 2);
        config.jetty.modifyHttpConfiguration(jetty -> {
            jetty.setSendServerVersion(false);
            jetty.addCustomizer(EarlyRefusals::refuseStrangeMethods);
        });
        EarlyRefusals refusals = new EarlyRefusals();
        config.jetty.modifyServer(server -> server.setErrorHandler(refusals));
        config.jetty.modifyServletContextHandler(servlets -> servlets.setErrorHandler(refusals));
        config.routes.before(Exchanges::refuseBrowsers);
        config.routes.exception(Problem.class, (problem, context) -> {
            Exchanges.show(context, problem.status(), problem.json());
            context.skipRemainingHandlers();
        });
        config.routes.error(404, context -> {
            if (context.endpoints().lastHttpEndpoint() == null) {
                Exchanges.show(context, 404, new Problem(404, "there is no such resource").json());
            }
        });
        config.routes.error(413, AdminServer::endConnection);
        config.routes.get("/healthz", context -> context.contentType("text/plain").result("ok\n"));
        config.routes.get("/readyz", context -> {
            boolean ready = parts.ready().get();
            context.status(ready ? 200 : 503).contentType("text/plain").result(ready ? "ready\n" : "not ready\n");
        });
        config.routes.before("/metrics", atOnce::begin);
        config.routes.get("/metrics", context -> context.contentType("text/plain; version=0.0.4; charset=utf-8").result(parts.metrics().get()));
        for (Route route : routes(parts)) {
            config.routes.addHttpHandler(HandlerType.findOrCreate(route.method()), route.path(), context -> exchanges.answer(context, route));
        }
    }

    /**
     * Ends a connection on which a body was too large. Its sender is told to open another for the next request (RFC 9112, section
     * 9.6), and would never read the answer if the connection ended while it is writing, so the rest is read and forgotten.
     */
    private static void endConnection(Context context) {
        context.header("Connection", "close");
        byte[] rest = new byte[8192];
        try {
            InputStream body = context.req().getInputStream();
            long read = 0;
            for (int n = body.read(rest); n > 0 && read < MAXIMUM_REST; n = body.read(rest)) {
                read += n;
            }
        } catch (IOException e) {
            LOG.debug("the sender of a body that was too large has gone", e);
        }
    }
}
