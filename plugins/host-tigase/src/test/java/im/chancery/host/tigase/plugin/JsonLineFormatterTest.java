package im.chancery.host.tigase.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One JSON object in one line, whatever Tigase or the engine logs. */
class JsonLineFormatterTest {
    private static final String WILD = "one\ntwo\r\u0000\u001b[31m\"\\\u007f\u0085\u2028\u2029 ünï \uD83D\uDE00 \uD83D";

    private final LogRecord event = new LogRecord(Level.WARNING, WILD);

    JsonLineFormatterTest() {
        event.setLoggerName("im.chancery.engine.Engine");
        event.setInstant(Instant.parse("2026-11-26T08:30:00.007Z"));
    }

    @Test
    void nothingBreaksTheLineOrIsLost() {
        String line = new JsonLineFormatter().format(event);
        assertThat(line.chars().filter(Character::isISOControl)).containsExactly((int) '\n');
        assertThat(line).endsWith("}\n").doesNotContain("\u2028", "\u2029");
        assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(line)).isTrue();
        JsonNode read = JsonMapper.shared().readTree(line);
        assertThat(read.propertyNames()).containsExactly("time", "level", "logger", "thread", "message");
        assertThat(read.path("time").asString()).isEqualTo("2026-11-26T08:30:00.007Z");
        assertThat(read.path("level").asString()).isEqualTo("WARN");
        assertThat(read.path("logger").asString()).isEqualTo("im.chancery.engine.Engine");
        assertThat(read.path("message").asString()).isEqualTo(WILD);
    }

    @Test
    void anExceptionIsToldWithItsCausesEvenIfTheyFormARing() {
        Exception inner = new IllegalArgumentException(WILD);
        Exception outer = new IllegalStateException("outer", inner);
        inner.initCause(outer);
        event.setThrown(outer);
        String exception = JsonMapper.shared().readTree(new JsonLineFormatter().format(event)).path("exception").asString();
        assertThat(exception).startsWith("java.lang.IllegalStateException: outer\n\tat ")
                .contains("Caused by: java.lang.IllegalArgumentException: " + WILD + "\n\tat ", "JsonLineFormatterTest");
    }
}
