package im.chancery.host.prosody;

import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.ConfigProblem;
import im.chancery.engine.Engine;
import im.chancery.engine.EngineException;
import im.chancery.engine.config.ConfigFile;
import im.chancery.engine.config.LinkOptions;
import im.chancery.engine.config.LogOptions;
import im.chancery.engine.log.LogFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * Runs an engine with its link to Prosody until SIGTERM or SIGINT: {@code ProsodyEngine --config FILE}. On the signal it takes
 * no more questions, answers those it has, records their outcomes, and closes. On SIGHUP it takes its config file anew.
 *
 * <p>Ends with 2 where the command line can't be used, with 78 (EX_CONFIG of sysexits.h) where the config is refused, so that a
 * supervisor doesn't try again, with 1 where something can't be opened. After a signal the exit code is the JVM's own, 128 and
 * the signal's number.
 */
public final class ProsodyEngine {
    private static final Logger LOG = LoggerFactory.getLogger(ProsodyEngine.class);
    private static final int CANNOT_OPEN = 1;
    private static final int USAGE = 2;
    private static final int CONFIG_REFUSED = 78;

    private ProsodyEngine() {
    }

    /** See the class. */
    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length != 2 || !arguments[0].equals("--config")) {
            System.err.println("usage: ProsodyEngine --config FILE");
            System.exit(USAGE);
        }
        AtomicReference<Engine> running = new AtomicReference<>();
        // From the first moment on, since Java's own way with it is to end; while the engine starts there is nothing to do: it looks at the file again soon after.
        Signal.handle(new Signal("HUP"), signal -> Optional.ofNullable(running.get()).ifPresent(engine -> engine.reload("signal")));
        try {
            running.set(run(Path.of(arguments[1])));
        } catch (ConfigException e) {
            complain(e.problems());
            System.exit(CONFIG_REFUSED);
        } catch (EngineException | IOException e) {
            LOG.error("The engine can't start: {}", e.getMessage());
            LOG.debug("Why it can't start", e);
            System.exit(CANNOT_OPEN);
        } catch (RuntimeException | Error e) {
            // What was opened may have threads that would keep half an engine alive, of which no supervisor would know.
            LOG.error("The engine can't start", e);
            System.exit(CANNOT_OPEN);
        }
        new CountDownLatch(1).await(); // until a signal
    }

    private static Engine run(Path file) throws ConfigException, EngineException, IOException {
        ConfigFile config = ConfigFile.read(file);
        LogFormat.apply(LogOptions.from(config.root()));
        ConfigNode options = linkOptions(config.root()); // looked for before anything is opened
        Engine engine = Engine.start(config, Clock.systemUTC());
        LinkServer link = link(options, engine);
        engine.countHeldBy(link::held);
        engine.carryCheckpointsBy((to, checkpoint) -> link.send(to, "Checkpoint of " + engine.node(), checkpoint));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            link.close();
            engine.close();
        }, "stop"));
        return engine;
    }

    /** The {@code link} entry, which the schema leaves to the host. */
    private static ConfigNode linkOptions(ConfigNode config) throws ConfigException {
        return config.get("link").orElseThrow(() -> new ConfigException(new ConfigProblem(config.position(), "link", "nothing",
                "a map with listen: " + LinkOptions.ALLOWED_ADDRESS + "; with Prosody it must be there")));
    }

    /** The link; closes the engine where it can't be had. */
    private static LinkServer link(ConfigNode options, Engine engine) throws ConfigException, IOException {
        try {
            return LinkServer.start(options, engine.node(), engine.gate());
        } catch (ConfigException | IOException | RuntimeException | Error e) {
            engine.close();
            throw e;
        }
    }

    private static void complain(List<ConfigProblem> problems) {
        problems.forEach(problem -> System.err.println(problem));
    }
}
