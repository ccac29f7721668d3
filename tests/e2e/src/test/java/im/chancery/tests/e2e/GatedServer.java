package im.chancery.tests.e2e;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Position;
import im.chancery.host.prosody.LinkServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** A server that asks a {@link TableGate} in this process, over the link: by mod_chancery, or by a {@link LinkGate} in the engine's place. */
final class GatedServer implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(10);

    private final Path folder;
    private final Map<String, String> linkOptions = new LinkedHashMap<>();
    final TableGate gate = new TableGate();
    final XmppServer server;
    /** For a host that holds the engine: it runs, but nobody asks it. */
    private final EngineFolder engine;
    private final SocketRelay relay;
    private LinkServer link;

    private GatedServer(XmppSetup setup, String deadline, String maxHeld) {
        try {
            folder = Files.createTempDirectory("chancery-link", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        linkOptions.put("listen", "unix:" + folder.resolve("engine"));
        linkOptions.put("deadline", deadline);
        linkOptions.put("max-held", maxHeld);
        startLink();
        relay = new SocketRelay(folder.resolve("link"), folder.resolve("engine"));
        relay.start();
        engine = EngineFolder.make();
        engine.change(config -> config.replace("deadline: 5 s, max-held: 64 MiB", "deadline: " + deadline + ", max-held: " + maxHeld));
        server = XmppServer.start(gated(setup));
        Deadline.await("the link is up", LIMIT, () -> server.log().contains("Linked to the engine"));
    }

    private XmppSetup gated(XmppSetup setup) {
        return XmppHost.chosen().holdsEngine()
                ? setup.tigase(t -> t.gate(folder.resolve("link"), engine.config()))
                : setup.prosody(p -> p.engine(folder.resolve("link")));
    }

    static GatedServer start(XmppSetup setup) {
        return start(setup, "5 s");
    }

    static GatedServer start(XmppSetup setup, String deadline) {
        return start(setup, deadline, "64 MiB");
    }

    /** With a link, or an edge, that waits so long for verdicts and lets so much wait. */
    static GatedServer start(XmppSetup setup, String deadline, String maxHeld) {
        return new GatedServer(setup, deadline, maxHeld);
    }

    void startLink() {
        Position nowhere = new Position(folder.resolve("test.yaml").toString(), 1, 1);
        Map<String, ConfigNode> entries = new LinkedHashMap<>();
        linkOptions.forEach((k, v) -> entries.put(k, ConfigNode.scalar(nowhere, "link." + k, v)));
        try {
            link = LinkServer.start(ConfigNode.map(nowhere, "link", entries), "test-node", gate);
        } catch (ConfigException e) {
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The engine's end of the link. */
    LinkServer link() {
        return link;
    }

    void stopLink() {
        link.close();
    }

    /** Breaks all connections off, as a kill does; the host finds nobody until {@link #mendLink}. */
    void cutLink() {
        relay.cut();
    }

    void mendLink() {
        relay.start();
    }

    /** Waits until the host has linked so many times in all. */
    void awaitLinks(int times) {
        Deadline.await("link number " + times, LIMIT, () -> server.log().split("Linked to the engine", -1).length > times);
    }

    @Override
    public void close() {
        gate.letGo();
        try {
            server.close();
        } finally {
            relay.close();
            link.close();
            engine.close();
            Folders.delete(folder);
        }
    }
}
