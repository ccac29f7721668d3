package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SingleQuotesTest {
    @Test
    void attributesAreInSingleQuotesAndTextIsLeftAlone() {
        String given = "<a b=\"it's\" c='say \"no\"'>\"d\" = 'e'</a><f g=\"\"/>";
        String expected = "<a b='it&apos;s' c='say \"no\"'>\"d\" = 'e'</a><f g=''/>";
        assertThat(SingleQuotes.of(given)).isEqualTo(expected);
        for (int i = 0; i <= given.length(); i++) {
            SingleQuotes pieces = new SingleQuotes();
            assertThat(pieces.next(given.substring(0, i)) + pieces.next(given.substring(i))).isEqualTo(expected);
        }
        assertThat(SingleQuotes.of(expected)).isEqualTo(expected);
    }
}
