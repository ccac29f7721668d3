package im.chancery.tests.e2e;

import java.time.Duration;
import java.util.stream.Collectors;

/** An XMPP server and the engine that it asks, which is beside it or in it. For one thread; {@link #close} ends both. */
public final class Installation implements AutoCloseable {
    private static final Duration SERVE_LIMIT = Duration.ofSeconds(30);

    private final XmppServer server;
    private final EngineProcess engine;
    private final boolean inHost;

    private Installation(XmppServer server, EngineProcess engine, boolean inHost) {
        this.server = server;
        this.engine = engine;
        this.inHost = inHost;
    }

    /** Starts the engine where it has a process of its own, then the server that is chosen; returns once both serve. */
    public static Installation start(XmppSetup setup, EngineProcess engine) {
        return start(XmppHost.chosen(), setup, engine);
    }

    /** The same with one server, whichever is chosen. */
    public static Installation start(XmppHost host, XmppSetup setup, EngineProcess engine) {
        if (!host.holdsEngine()) {
            return startBeside(host, setup.engine(engine.config()), engine);
        }
        return serving(new Installation(XmppServer.start(host, setup.engine(engine.config())), engine, true));
    }

    /** The same with an engine that has a process of its own whichever the host is, which the setup lets ask it. */
    static Installation startBeside(XmppHost host, XmppSetup setup, EngineProcess engine) {
        engine.start();
        return serving(new Installation(XmppServer.start(host, setup), engine, false));
    }

    private static Installation serving(Installation installation) {
        try {
            installation.awaitEngine();
            return installation;
        } catch (RuntimeException | Error e) {
            installation.close();
            throw e;
        }
    }

    /** The server. */
    public XmppServer server() {
        return server;
    }

    /**
     * The engine's process.
     *
     * @throws IllegalStateException if the engine is in the server's
     */
    public EngineProcess engine() {
        if (inHost) {
            throw new IllegalStateException("the engine has no process of its own");
        }
        return engine;
    }

    /** All that the engine has logged; where it is in the server, the lines there that name Chancery. */
    public String engineLog() {
        return inHost
                ? server.log().lines().filter(line -> line.contains("chancery")).collect(Collectors.joining("\n"))
                : engine.log();
    }

    /** Asks the engine to stop (SIGTERM), with the server if it is in there. */
    public void stop() {
        if (inHost) {
            server.stop();
        } else {
            engine.stop();
        }
    }

    /** Kills the engine with SIGKILL, with the server if it is in there. */
    public void crash() {
        if (inHost) {
            server.kill();
        } else {
            engine.kill();
        }
    }

    /** Starts again what does not run of the two, and returns once both serve. */
    public void recover() {
        if (!inHost && !engine.isAlive()) {
            engine.start();
        }
        if (!server.isAlive()) {
            server.start();
        }
        awaitEngine();
    }

    private void awaitEngine() {
        Deadline.await("the engine serves", SERVE_LIMIT, engine::isReady);
    }

    @Override
    public void close() {
        server.close();
        engine.close();
    }
}
