package im.chancery.engine.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes each event as one JSON object in one line: {@code time} (RFC 3339, UTC), {@code level}, {@code logger}, {@code thread}, {@code message} and, where there
 * is one, {@code exception} with its stack trace. Logback's own JsonEncoder tells the time as a number only.
 */
final class JsonLineEncoder extends EncoderBase<ILoggingEvent> {
    /** What JSON lets stand in a text although some readers of lines break there, or terminals obey it. Jackson escapes the other control characters. */
    private static final Pattern UNSAFE = Pattern.compile("[\\u007f-\\u009f\\u2028\\u2029]");
    private static final byte[] NOTHING = {};

    @Override
    public byte[] encode(ILoggingEvent event) {
        ObjectNode line = JsonMapper.shared().createObjectNode()
                .put("time", Instant.ofEpochMilli(event.getTimeStamp()).toString())
                .put("level", event.getLevel().toString())
                .put("logger", event.getLoggerName())
                .put("thread", event.getThreadName())
                .put("message", event.getFormattedMessage());
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            line.put("exception", ThrowableProxyUtil.asString(thrown));
        }
        String json = UNSAFE.matcher(JsonMapper.shared().writeValueAsString(line)).replaceAll(c -> String.format("\\\\u%04x", (int) c.group().charAt(0)));
        return (json + "\n").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }
}
