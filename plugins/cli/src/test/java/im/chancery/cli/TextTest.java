package im.chancery.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class TextTest {
    /** A control of eight bits that terminals take for ESC [, one that turns the line around, and one of two units that nobody sees. */
    private static final String HARMFUL = "a\u009b2J\u202eb\u001b[2J" + Character.toString(0xE0001) + "\u2028c";

    @Test
    void jsonMeansTheSameAndCanNotMoveACursor() {
        String json = Text.json(Map.of("body", HARMFUL + " gr\u00fc\u00dfe \ud83d\ude00"));
        assertThat(json).doesNotContain("\u009b", "\u202e", "\u001b", "\u2028", Character.toString(0xE0001)).contains("gr\u00fc\u00dfe \ud83d\ude00").contains("\n");
        assertThat(JsonMapper.shared().readTree(json).path("body").asString()).isEqualTo(HARMFUL + " gr\u00fc\u00dfe \ud83d\ude00");
    }

    @Test
    void aLineIsOneLine() {
        assertThat(Text.line(HARMFUL)).isEqualTo("a\ufffd2J\ufffdb\ufffd[2J\ufffd\ufffdc");
    }
}
