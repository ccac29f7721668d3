package im.chancery.engine.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.syslog.SyslogMessage;
import im.chancery.archive.syslog.SyslogMessage.Severity;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Messages are RFC 5424, whatever is in them. */
class SyslogMessageTest {
    private static final Instant TIME = Instant.parse("2026-11-26T08:30:00.123456789Z");

    @Test
    void aMessageHasTheFormOfTheRfc() throws Exception {
        String line = text(new SyslogMessage(Severity.WARNING, TIME, "record.show", Map.of("actor", "Rita \"R\" [x] \\ Ü"), "shown"));
        assertThat(line).matches("<108>1 2026-11-26T08:30:00\\.123Z \\S+ chancery \\d+ record\\.show \\[chancery@32473 actor=\"Rita \\\\\"R\\\\\" \\[x\\\\] \\\\\\\\ Ü\"] shown");
        assertThat(SyslogLine.parse(line.getBytes(StandardCharsets.UTF_8)).get("actor")).isEqualTo("Rita \"R\" [x] \\ Ü");
    }

    @Test
    void aMessageWithoutParametersOrTextIsOne() throws Exception {
        assertThat(text(new SyslogMessage(Severity.NOTICE, TIME, "", Map.of(), ""))).endsWith(" - -").startsWith("<109>1 ");
        assertThatThrownBy(() -> new SyslogMessage(Severity.NOTICE, TIME, "x", Map.of("a b", ""), "")).isInstanceOf(IllegalArgumentException.class);
    }

    @Property(tries = 500)
    void whateverIsInItItIsOneStrictLine(@ForAll String id, @ForAll String value, @ForAll String text) throws Exception {
        SyslogLine line = SyslogLine.parse(new SyslogMessage(Severity.NOTICE, TIME, id, Map.of("actor", value), text).bytes());
        assertThat(line.time()).isEqualTo(Instant.parse("2026-11-26T08:30:00.123Z"));
        assertThat(line.get("actor").codePointCount(0, line.get("actor").length())).isEqualTo(Math.min(256, value.codePoints().count()));
    }

    private static String text(SyslogMessage message) {
        return new String(message.bytes(), StandardCharsets.UTF_8);
    }
}
