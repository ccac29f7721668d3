package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is sealed is the text that was sent, and none that only looks so. */
class ByteSinkTest {
    /** Texts of characters of one to four bytes, and of halves of pairs. */
    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of("a", "?", "é", "€", "\uFFFD", "\uD83D\uDE00", "\uD83D", "\uDE00").list().ofMaxSize(8).map(parts -> String.join("", parts));
    }

    @Property
    void textIsReadBackAsItWasOrRefusedWhereItIsNone(@ForAll("texts") String text) {
        int half = half(text);
        if (half < 0) {
            ByteSource source = new ByteSource(new ByteSink().longText(text).shortText(text).bytes(), "text");
            assertThat(List.of(source.longText(), source.shortText())).containsExactly(text, text);
            source.end();
        } else {
            assertThatIllegalArgumentException().isThrownBy(() -> new ByteSink().longText(text)).withMessageContaining("at character " + half + ";");
        }
    }

    @Example
    void lengthsThatDoNotFitAreRefused() {
        String longest = "é".repeat(32_767) + "a";
        assertThat(new ByteSink().shortText(longest).bytes()).hasSize(2 + 65_535).startsWith(255, 255);
        assertThatIllegalArgumentException().isThrownBy(() -> new ByteSink().shortText(longest + "a")).withMessageContaining("65536");
    }

    @Example
    void numbersAreBigEndianAndGrowTheBuffer() {
        byte[] bytes = new ByteSink(1).u8(1).u16(0x0203).u32(0x04050607).u64(0x08090a0b0c0d0e0fL).raw("x".getBytes(StandardCharsets.UTF_8)).bytes();
        assertThat(bytes).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 'x');
    }

    /** Where half a pair is, found one character after the other; -1 if nowhere. */
    private static int half(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return i;
            }
        }
        return -1;
    }
}
