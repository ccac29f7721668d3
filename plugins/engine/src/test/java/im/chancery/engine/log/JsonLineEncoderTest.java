package im.chancery.engine.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One JSON object in one line, whatever is logged. */
class JsonLineEncoderTest {
    private static final String WILD = "one\ntwo\r\u0000\u001b[31m\"\\\u007f\u0085\u2028\u2029 ünï \uD83D\uDE00 {}";

    private final JsonLineEncoder encoder = new JsonLineEncoder();
    private final LoggerContext logback = new LoggerContext();

    @Test
    void anEventHasItsFieldsAndNoOthers() {
        JsonNode line = parse(line("said {}", null, "hello"));
        assertThat(line.propertyNames()).containsExactly("time", "level", "logger", "thread", "message");
        assertThat(Instant.parse(line.path("time").asString())).isEqualTo(Instant.parse("2026-11-26T08:30:00.007Z"));
        assertThat(List.of(line.path("level").asString(), line.path("logger").asString(), line.path("thread").asString(), line.path("message").asString()))
                .isEqualTo(List.of("WARN", "im.chancery.Test", Thread.currentThread().getName(), "said hello"));
    }

    @Test
    void anExceptionIsToldWithItsCauseInTheSameLine() {
        String exception = parse(line("failed", new IllegalStateException("outer", new IllegalArgumentException(WILD)))).path("exception").asString();
        assertThat(exception).contains("java.lang.IllegalStateException: outer", "Caused by: java.lang.IllegalArgumentException: " + WILD, "JsonLineEncoderTest");
    }

    @Test
    void nothingBreaksTheLineOrReachesATerminal() {
        String line = line(WILD, null);
        assertThat(line.chars().filter(Character::isISOControl)).containsExactly((int) '\n');
        assertThat(line).doesNotContain("\u2028", "\u2029").endsWith("}\n");
        assertThat(parse(line).path("message").asString()).isEqualTo(WILD);
    }

    @Property(tries = 300)
    void everyTextComesThrough(@ForAll String text) {
        String sent = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8); // half a surrogate pair is no text
        String line = line(sent, null);
        assertThat(line.chars().filter(Character::isISOControl).count()).isEqualTo(1);
        assertThat(parse(line).path("message").asString()).isEqualTo(sent);
    }

    private String line(String message, Throwable thrown, Object... arguments) {
        LoggingEvent event = new LoggingEvent("fqcn", logback.getLogger("im.chancery.Test"), Level.WARN, message, thrown, arguments);
        event.setTimeStamp(Instant.parse("2026-11-26T08:30:00.007Z").toEpochMilli());
        return new String(encoder.encode(event), StandardCharsets.UTF_8);
    }

    private static JsonNode parse(String line) {
        assertThat(line.lines()).hasSize(1);
        return JsonMapper.shared().readTree(line);
    }
}
