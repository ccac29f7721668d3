package im.chancery.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpellingTest {
    @ParameterizedTest
    @ValueSource(strings = {"\uff4aessica", "jes\u00adsica", "jes\u200dsica", "je\u00dfica", "je\u017f\u017fica", "JESSICA"})
    void whatSomeServerTakesForOneAccountIsOne(String other) {
        assertThat(Spelling.fold(other)).isEqualTo("jessica");
    }

    @Test
    void accentsAndFinalLettersAreOneHoweverTheyAreWritten() {
        assertThat(Spelling.fold("mu\u0308ller")).isEqualTo(Spelling.fold("m\u00fcller")).isNotEqualTo("muller");
        assertThat(Spelling.fold("\u03bd\u03af\u03ba\u03bf\u03c2")).isEqualTo(Spelling.fold("\u03bd\u03af\u03ba\u03bf\u03c3"));
        assertThat(Spelling.fold("straus")).isNotEqualTo(Spelling.fold("strauss"));
    }

    @Test
    void foldingAgainChangesNothing() {
        for (String name : new String[] {"\u0130stanbul", "\ufb01sh", "\u1e9e", "\u03a3\u03a3", "\u2163", "a\u0345"}) {
            assertThat(Spelling.fold(Spelling.fold(name))).isEqualTo(Spelling.fold(name));
        }
    }
}
