package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private final List<String> gone = new ArrayList<>();
    private final Turns turns = new Turns();

    private CompletableFuture<String> wait(String sender) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        turns.inOrder(sender, answer, gone::add);
        return answer;
    }

    @Test
    void whatIsThereGoesOnAtOnce() {
        turns.inOrder("ada", CompletableFuture.completedStage("now"), gone::add);
        assertThat(gone).containsExactly("now");
    }

    @Test
    void aLaterOneWaitsForAnEarlierOneOfItsSenderOnly() {
        CompletableFuture<String> first = wait("ada");
        turns.inOrder("ada", CompletableFuture.completedStage("second"), gone::add);
        turns.inOrder("bob", CompletableFuture.completedStage("bob's"), gone::add);
        assertThat(gone).containsExactly("bob's");
        first.complete("first");
        assertThat(gone).containsExactly("bob's", "first", "second");
        turns.inOrder("ada", CompletableFuture.completedStage("third"), gone::add);
        assertThat(gone).endsWith("third");
    }

    @Test
    void oneThatFailsDoesNotKeepThoseBehindIt() {
        CompletableFuture<String> first = new CompletableFuture<>();
        turns.inOrder("ada", first, text -> {
            throw new IllegalStateException("as it was told");
        });
        turns.inOrder("ada", CompletableFuture.completedStage("second"), gone::add);
        first.complete("first");
        assertThat(gone).containsExactly("second");
    }

    @Test
    void manyThatWaitGoOnWithoutEnd() {
        CompletableFuture<String> first = wait("ada");
        for (int i = 0; i < 100_000; i++) {
            turns.inOrder("ada", CompletableFuture.completedStage("next"), gone::add);
        }
        first.complete("first");
        assertThat(gone).hasSize(100_001).startsWith("first");
        turns.awaitNone(1);
    }

    /** Whatever order answers come in, each sender's go on in the order in which they were asked. */
    @Property(tries = 300)
    void everySendersOrderHolds(@ForAll @Size(min = 1, max = 40) List<@IntRange(min = 0, max = 3) Integer> senders, @ForAll long seed) {
        Turns some = new Turns();
        Map<Integer, List<Integer>> seen = new HashMap<>();
        Map<Integer, List<Integer>> asked = new HashMap<>();
        List<Runnable> answers = new ArrayList<>();
        for (int i = 0; i < senders.size(); i++) {
            int sender = senders.get(i);
            CompletableFuture<Integer> answer = new CompletableFuture<>();
            int number = i;
            answers.add(() -> answer.complete(number));
            asked.computeIfAbsent(sender, s -> new ArrayList<>()).add(number);
            some.inOrder(sender, answer, n -> seen.computeIfAbsent(sender, s -> new ArrayList<>()).add(n));
        }
        Collections.shuffle(answers, new java.util.Random(seed));
        answers.forEach(Runnable::run);
        assertThat(seen).isEqualTo(asked);
    }
}
