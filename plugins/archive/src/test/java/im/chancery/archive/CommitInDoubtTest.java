package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.RecordId;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is told when a commit's answer never came, and somebody else may have written meanwhile. */
class CommitInDoubtTest extends FailingDerby {
    @Test
    void aRecordWhoseCommitsAnswerWasLostShouldBeStoredOnce() throws Exception {
        try (Archive archive = Archives.open(config, broken.source(), clock)) {
            broken.loseTheNextCommitsAnswer();
            RecordId first = Samples.store(archive, Samples.attempt("once", "a@x"));
            RecordId second = Samples.store(archive, Samples.attempt("after", "a@x"));

            assertThat(archive.open(first).orElseThrow().record().content()).isEqualTo("once");
            assertThat(second.index()).isGreaterThan(first.index());
            assertThat(Samples.contents(archive.find(Samples.with("a@x")))).containsExactly("once", "after");
        }
    }

    /** As when a database finishes, after the reconnection, a commit that was taken for lost; or a second engine writes. */
    @Test
    void recordsShouldNotCountAsStoredBecauseOthersHaveTheirIndexes() throws Exception {
        try (Archive archive = Archives.open(config, broken.source(), clock)) {
            Samples.store(archive, IntStream.range(0, 5).mapToObj(i -> Samples.attempt("before " + i, "a@x")).toList());
            try (Connection other = database.getConnection(); Statement statement = other.createStatement()) {
                assertThat(statement.executeUpdate("INSERT INTO archive_record (leaf_index, bucket_id, conversation, captured_at, sealed)"
                        + " SELECT leaf_index + 1, bucket_id, conversation, captured_at, sealed FROM archive_record"
                        + " WHERE leaf_index = (SELECT MAX(leaf_index) FROM archive_record)")).isOne();
                statement.executeUpdate("UPDATE archive_bucket SET records = records + 1, last_index = last_index + 1 WHERE record_class = 'default'");
            }

            assertThatThrownBy(() -> Samples.store(archive, Samples.attempt("never stored", "a@x")))
                    .isInstanceOf(CompletionException.class).hasCauseInstanceOf(ArchiveException.class);
            RecordId next = Samples.store(archive, Samples.attempt("stored", "a@x"));

            assertThat(archive.open(next).orElseThrow().record().content()).isEqualTo("stored");
            archive.integrate();
        }
    }

    @Test
    void aDecisionToDestroyWhoseAnswerWasLostShouldStand() throws Exception {
        try (Archive archive = Archives.open(config, broken.source(), clock)) {
            BucketId bucket = Samples.bucket("default", clock.instant());
            List<RecordId> ids = Samples.store(archive, List.of(Samples.attempt("going", "a@x"), Samples.attempt("staying", "b@x")));
            clock.move(Duration.ofDays(2));
            Archive.DestructionOrder inDoubt = new Archive.DestructionOrder("default: 1 day", "schedule",
                    java.time.LocalDate.of(2026, 12, 31), (connection, records) -> {
                        broken.loseTheNextCommitsAnswer();
                        return Set.of(ids.get(1).index());
                    });

            assertThatThrownBy(() -> archive.destroy(bucket, inDoubt)).isInstanceOf(ArchiveException.class);
            assertThatThrownBy(() -> archive.destroy(bucket, Samples.order(Set.of()))).isInstanceOf(ArchiveException.class)
                    .hasMessageContaining("being destroyed already");
            archive.resumeDestructions();

            assertThat(archive.certificates()).hasSize(1);
            assertThat(archive.open(ids.get(1)).orElseThrow().record().content()).isEqualTo("staying");
            assertThatThrownBy(() -> archive.open(ids.get(0))).isInstanceOf(ArchiveException.Destroyed.class);
        }
    }
}
