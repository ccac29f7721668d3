package im.chancery.engine.log;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import im.chancery.engine.config.LogOptions;
import java.util.Iterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives the process's log the form that the config file asks for. Needs Logback, so only a process of our own calls it. */
public final class LogFormat {
    private LogFormat() {
    }

    /** From now on every line has that form. Text is what Logback starts with. */
    public static void apply(LogOptions options) {
        if (!options.json()) {
            return;
        }
        LoggerContext logback = (LoggerContext) LoggerFactory.getILoggerFactory();
        Iterator<Appender<ILoggingEvent>> appenders = logback.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders();
        while (appenders.hasNext()) {
            if (appenders.next() instanceof OutputStreamAppender<ILoggingEvent> stream) {
                JsonLineEncoder encoder = new JsonLineEncoder();
                encoder.setContext(logback);
                encoder.start();
                stream.setEncoder(encoder);
            }
        }
    }
}
