package im.chancery.tests.e2e;

import im.chancery.core.config.ConfigException;
import im.chancery.engine.Engine;
import im.chancery.engine.EngineException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/**
 * The engine five days later, without its link: everything in it goes by the clock that it is given. Changing the time under
 * the whole process instead (libfaketime) makes the JVM's timed waits spin. Takes the engine's arguments.
 */
final class LaterEngine {
    private static final Duration LATER = Duration.ofDays(5);

    private LaterEngine() {
    }

    public static void main(String[] arguments) throws ConfigException, EngineException, InterruptedException {
        Engine engine = Engine.start(Path.of(arguments[1]), Clock.offset(Clock.systemUTC(), LATER));
        Runtime.getRuntime().addShutdownHook(new Thread(engine::close, "stop"));
        Thread.currentThread().join();
    }
}
