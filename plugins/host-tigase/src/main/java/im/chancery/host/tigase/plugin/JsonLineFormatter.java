package im.chancery.host.tigase.plugin;

import java.util.logging.Formatter;
import java.util.logging.LogRecord;

/**
 * Writes each event of Tigase's log, the engine's among them, as one JSON object in one line: {@code time} (RFC 3339, UTC), {@code level}, {@code logger},
 * {@code thread}, {@code message} and, where there is one, {@code exception}. Named as {@code formatter} of a handler in config.tdsl's {@code logging}
 * block; the same fields as the engine's own log beside Prosody. Made here because Tigase's class loader has no library for it.
 */
public class JsonLineFormatter extends Formatter {
    private static final int MOST_CAUSES = 20;

    /** Made by java.util.logging. */
    public JsonLineFormatter() {
    }

    @Override
    public String format(LogRecord event) {
        StringBuilder line = new StringBuilder(256);
        field(line.append('{'), "time", event.getInstant().toString());
        field(line.append(','), "level", level(event));
        field(line.append(','), "logger", String.valueOf(event.getLoggerName()));
        field(line.append(','), "thread", Long.toString(event.getLongThreadID()));
        field(line.append(','), "message", String.valueOf(formatMessage(event)));
        if (event.getThrown() != null) {
            field(line.append(','), "exception", trace(event.getThrown()));
        }
        return line.append("}\n").toString();
    }

    /** As Java prints it, less what was suppressed; causes may form a ring. */
    private static String trace(Throwable thrown) {
        StringBuilder trace = new StringBuilder();
        int causes = 0;
        for (Throwable next = thrown; next != null && causes < MOST_CAUSES; next = next.getCause()) {
            trace.append(causes++ == 0 ? "" : "Caused by: ").append(next).append('\n');
            for (StackTraceElement element : next.getStackTrace()) {
                trace.append("\tat ").append(element).append('\n');
            }
        }
        return trace.toString();
    }

    /** The words of SLF4J, so that one query finds both hosts' errors. */
    private static String level(LogRecord event) {
        int level = event.getLevel().intValue();
        return level >= 1000 ? "ERROR" : level >= 900 ? "WARN" : level >= 700 ? "INFO" : level >= 500 ? "DEBUG" : "TRACE";
    }

    /** RFC 8259, section 7; besides, what breaks lines elsewhere, and halves of surrogate pairs, which UTF-8 can't have. */
    private static void field(StringBuilder line, String name, String value) {
        line.append('"').append(name).append("\":\"");
        value.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                line.append('\\').append((char) c);
            } else if (Character.isISOControl(c) || c == 0x2028 || c == 0x2029 || Character.getType(c) == Character.SURROGATE) {
                line.append(String.format("\\u%04x", c));
            } else {
                line.appendCodePoint(c);
            }
        });
        line.append('"');
    }
}
