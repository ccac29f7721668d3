package im.chancery.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

class RecordIdTest {
    /** As docs/formats.md has it. */
    private static final String ORIGIN = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

    /** Origins, and what is nearly one. */
    @Provide
    Arbitrary<String> nearlyOrigins() {
        return Arbitraries.strings().withCharRange('a', 'z').withCharRange('A', 'Z').numeric().withChars("._-").withChars("/@[`{:é０ \n").ofMaxLength(3)
                .flatMap(head -> Arbitraries.of("", "node-1", "x".repeat(61), "x".repeat(62), "x".repeat(64)).map(tail -> head + tail));
    }

    @Property
    void anOriginIsWhatTheFormatSays(@ForAll("nearlyOrigins") String text, @ForAll @LongRange(min = 0) long index) {
        if (text.matches(ORIGIN)) {
            RecordId id = new RecordId(text, index);
            assertThat(RecordId.parse(id.toString())).isEqualTo(id);
        } else {
            assertThatIllegalArgumentException().isThrownBy(() -> new RecordId(text, index)).withMessageContaining(text);
        }
    }

    @Example
    void anIndexIsNotNegative() {
        assertThatIllegalArgumentException().isThrownBy(() -> new RecordId("node", -1)).withMessageContaining("node/-1");
    }
}
