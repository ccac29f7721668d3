package im.chancery.engine.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is remembered, and for how long. */
class RecallTest {
    private final Recall recall = new Recall(3);

    @Test
    void isKnownUntilItIsForgottenOnce() {
        recall.remember("a");
        recall.remember("a");
        assertThat(recall.knows("a")).isTrue();
        assertThat(recall.forget("a")).isTrue();
        assertThat(recall.knows("a")).isFalse();
        assertThat(recall.forget("a")).isFalse();
    }

    @Test
    void keepsTheNewest() {
        for (String text : new String[] {"a", "b", "a", "c", "d"}) {
            recall.remember(text);
        }
        assertThat(recall.knows("b")).isFalse();
        assertThat(recall.knows("a")).as("it came again after b").isTrue();
        assertThat(recall.knows("c")).isTrue();
        assertThat(recall.knows("d")).isTrue();
    }
}
