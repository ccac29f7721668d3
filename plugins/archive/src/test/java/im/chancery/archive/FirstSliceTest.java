package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstSliceTest {
    @TempDir
    Path folder;

    @Test
    void appendedRecordsAreFoundAgainAfterRestart() {
        List<RecordId> ids = new ArrayList<>();
        try (Archive archive = Archives.open(Samples.derby(folder), Clock.systemUTC())) {
            List<CompletableFuture<RecordId>> stages = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                stages.add(archive.append(Samples.attempt("hello " + i, "a@x", i % 2 == 0 ? "b@x" : "c@x")).toCompletableFuture());
            }
            stages.forEach(s -> ids.add(s.join()));
            archive.append(Samples.roomAttempt("r@rooms.x", "in room", "a@x")).toCompletableFuture().join();
            archive.outcome(ids.get(0), Outcome.HANDED_ON);
            assertThat(archive.open(ids.get(3)).orElseThrow().record().content()).isEqualTo("hello 3");
        }
        try (Archive archive = Archives.open(Samples.derby(folder), Clock.systemUTC())) {
            RecordQuery withB = new RecordQuery(Optional.empty(), Optional.empty(), Optional.of(Samples.jid("b@x")), Optional.empty(), Set.of(), -1, 1000);
            assertThat(archive.find(withB)).hasSize(500);
            RecordQuery room = new RecordQuery(Optional.empty(), Optional.empty(), Optional.of(Samples.jid("a@x")), Optional.of(Samples.jid("r@rooms.x")), Set.of(), -1, 1000);
            assertThat(Samples.contents(archive.find(room))).containsExactly("in room");
            assertThat(archive.outcomes(ids.subList(0, 2))).containsEntry(ids.get(0), Outcome.HANDED_ON).containsEntry(ids.get(1), Outcome.UNKNOWN);
            System.out.println(archive.buckets());
        }
    }
}
