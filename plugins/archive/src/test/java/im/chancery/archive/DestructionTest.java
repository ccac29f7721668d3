package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DestructionTest {
    @TempDir
    Path folder;
    private final Samples.Hands clock = new Samples.Hands();
    private final BucketId bucket = Samples.bucket("default", Samples.START);
    private ArchiveConfig config;
    private Archive archive;
    private List<RecordId> ids;

    @BeforeEach
    void fill() {
        config = Samples.derby(folder);
        archive = Archives.open(config, clock);
        ids = Samples.store(archive, IntStream.range(0, 40)
                .mapToObj(i -> i % 4 == 3 ? Samples.attemptOf("legal", "kept " + i, "k@x")
                        : Samples.attempt("said " + i, "a@x", i % 2 == 0 ? "b@x" : "c@x")).toList());
        ids.forEach(id -> archive.outcome(id, Outcome.HANDED_ON));
        clock.move(Duration.ofDays(2));
    }

    @AfterEach
    void verify() {
        archive.close();
        Samples.assertVerifies(config);
    }

    @Test
    void destroyShouldLeaveNothingButLeavesAndTheCertificate() {
        Optional<String> certificate = archive.destroy(bucket, Samples.order(Set.of()));

        assertThat(certificate.orElseThrow()).startsWith("chancery.im/certificate/v1\norigin node-1\nbucket default/2026-03-01\n")
                .contains("\nsurvivors none\n", "\nschedule default: 30 days\n", "\napproved-by schedule\n", "\nkey-copies-gone 2026-12-31\n");
        assertThat(archive.certificates()).containsExactly(certificate.get());
        assertThatThrownBy(() -> archive.open(ids.get(0))).isInstanceOf(ArchiveException.Destroyed.class).hasMessageContaining("certificate");
        assertThat(archive.find(Samples.with("a@x"))).isEmpty();
        assertThat(archive.find(Samples.with("k@x"))).hasSize(10);
        assertThat(archive.buckets()).contains(new BucketStatus(bucket, BucketState.DESTROYED, 0));
        assertThat(archive.outcomes(ids.subList(0, 4))).containsOnlyKeys(ids.get(3));
        assertThat(archive.destroy(bucket, Samples.order(Set.of()))).isEmpty();
    }

    @Test
    void survivorsShouldStayFindableWithTheirOutcomes() {
        Set<Long> held = Set.of(ids.get(0).index(), ids.get(5).index());
        String first = archive.destroy(bucket, Samples.order(held)).orElseThrow();

        assertThat(Samples.contents(archive.find(Samples.with("a@x")))).containsExactly("said 0", "said 5");
        assertThat(archive.open(ids.get(5)).orElseThrow().record().content()).isEqualTo("said 5");
        assertThat(archive.outcomes(List.of(ids.get(0), ids.get(1)))).containsEntry(ids.get(0), Outcome.HANDED_ON);
        assertThatThrownBy(() -> archive.open(ids.get(1))).isInstanceOf(ArchiveException.Destroyed.class);
        assertThat(first).contains("\ndestroyed ");

        restart();
        assertThat(Samples.contents(archive.find(Samples.with("a@x")))).containsExactly("said 0", "said 5");
        String second = archive.destroy(bucket, Samples.order(Set.of(ids.get(5).index()))).orElseThrow();
        assertThat(Samples.contents(archive.find(Samples.with("a@x")))).containsExactly("said 5");
        archive.rotateRootKey("keeper");
        restart();
        assertThat(Samples.contents(archive.find(Samples.with("a@x")))).containsExactly("said 5");
        archive.destroy(bucket, Samples.order(Set.of())).orElseThrow();
        assertThat(archive.certificates()).hasSize(3).contains(first, second);
        assertThat(archive.buckets()).contains(new BucketStatus(bucket, BucketState.DESTROYED, 0));
    }

    @Test
    void nothingShouldChangeWhenEveryRecordSurvives() {
        restart(); // writes the outcomes that wait
        Set<Long> all = new java.util.HashSet<>();
        archive.scan(bucket, r -> all.add(r.id().index()));

        assertThat(archive.destroy(bucket, Samples.order(all))).isEmpty();

        assertThat(archive.buckets()).contains(new BucketStatus(bucket, BucketState.LIVE, all.size()));
        assertThat(archive.certificates()).isEmpty();
    }

    @Test
    void aBucketOfTodayShouldNotBeDestroyed() {
        Samples.store(archive, Samples.attempt("today", "a@x"));

        assertThatThrownBy(() -> archive.destroy(Samples.bucket("default", clock.instant()), Samples.order(Set.of())))
                .isInstanceOf(ArchiveException.class).hasMessageContaining("still takes records");
    }

    @Test
    void aDestroyedBucketShouldTakeNoRecords() {
        archive.destroy(bucket, Samples.order(Set.of()));
        clock.move(Duration.ofDays(-2));

        assertThatThrownBy(() -> Samples.store(archive, Samples.attempt("late", "a@x"))).hasCauseInstanceOf(ArchiveException.class)
                .hasMessageContaining("takes no more records");
    }

    @Test
    void certificatesShouldSurviveTheirOwnBucket() {
        archive.destroy(bucket, Samples.order(Set.of()));
        BucketId audit = Samples.bucket("audit", clock.instant());
        clock.move(Duration.ofDays(2));
        archive.destroy(audit, Samples.order(Set.of())).orElseThrow();

        assertThat(archive.certificates()).hasSize(2);
        assertThat(archive.buckets()).contains(new BucketStatus(audit, BucketState.DESTROYED, 1));
        restart();
        assertThat(archive.certificates()).hasSize(2);
    }

    private void restart() {
        archive.close();
        archive = Archives.open(config, clock);
    }
}
