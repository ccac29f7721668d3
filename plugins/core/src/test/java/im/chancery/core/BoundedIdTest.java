package im.chancery.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BoundedIdTest {
    @Test
    void keepsOfALongIdOnlyItsHash() {
        assertThat(BoundedId.of("i".repeat(64))).isEqualTo("i".repeat(64));
        assertThat(BoundedId.of("i".repeat(200_000))).hasSize(64).isEqualTo(BoundedId.of("i".repeat(200_000)))
                .isNotEqualTo(BoundedId.of("i".repeat(200_001)));
    }
}
