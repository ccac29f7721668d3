package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** That a bucket's key was made is recorded before the bucket's first record, and once, whatever fails on the way. */
class NewBucketsTest extends FailingDerby {
    @Test
    void aDatabaseThatTakesNothingForAWhileShouldFindItsRecordOnce() {
        try (Archive archive = Archives.open(config, broken.source(), clock)) {
            Samples.store(archive, Samples.attempt("first", "a@x"));
            clock.move(Duration.ofDays(1));
            broken.failBy(method -> {
                if (method.equals("executeBatch")) {
                    throw new SQLException("no space left");
                }
            });
            for (int i = 0; i < 20; i++) {
                assertThatThrownBy(() -> Samples.store(archive, Samples.attempt("not recorded", "a@x"))).isInstanceOf(CompletionException.class);
            }
            broken.comeBack();
            storeWhenItIsBack(archive);

            assertAnnouncedOnce(archive);
        }
    }

    @Test
    void whatTurnsOutToBeStoredShouldNotBeStoredAgain() {
        AtomicInteger refused = new AtomicInteger();
        try (Archive archive = Archives.open(config, broken.source(), clock)) {
            Samples.store(archive, Samples.attempt("first", "a@x"));
            clock.move(Duration.ofDays(1));
            broken.failBy(method -> {
                // The pool is asked again as long as records come; it gives nothing the first time.
                if (method.equals("getConnection") && Thread.currentThread().getName().equals("archive-committer") && refused.getAndIncrement() == 0) {
                    throw new SQLException("away");
                }
            });
            broken.loseTheNextCommitsAnswer();
            storeWhenItIsBack(archive);

            assertThat(refused.get()).isGreaterThan(1);
            assertAnnouncedOnce(archive);
        }
    }

    @Test
    void noRecordShouldGoIntoABucketWhoseKeyCannotBeAnnounced() throws Exception {
        try (Archive archive = Archives.open(config.withQueue(64), database, clock)) {
            Samples.store(archive, Samples.attempt("first", "a@x"));
            clock.move(Duration.ofDays(1));
            Path inTheWay = config.keys().resolve("buckets/node-1/audit/" + Samples.bucket("audit", clock.instant()).day() + ".key.tmp/x");
            Files.createDirectories(inTheWay);
            for (int i = 0; i < 100; i++) { // more than there are places for
                assertThatThrownBy(() -> Samples.store(archive, Samples.attempt("not recorded", "a@x")))
                        .hasCauseInstanceOf(ArchiveException.class).hasMessageContaining("key folder");
            }
            Files.delete(inTheWay);
            Files.delete(inTheWay.getParent());
            Samples.store(archive, Samples.attempt("recorded", "a@x"));

            assertThat(Samples.contents(archive.find(Samples.with("a@x")))).containsExactly("first", "recorded");
            assertAnnouncedOnce(archive);
        }
    }

    /** Asks without a pause, so that the writer connects for a record. */
    private static void storeWhenItIsBack(Archive archive) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (true) {
            try {
                Samples.store(archive, Samples.attempt("recorded", "a@x"));
                return;
            } catch (CompletionException e) {
                assertThat(e).hasCauseInstanceOf(ArchiveException.class);
                assertThat(System.nanoTime()).as("back in time").isLessThan(deadline);
            }
        }
    }

    private static void assertAnnouncedOnce(Archive archive) {
        List<ArchivedRecord> all = new ArrayList<>();
        archive.buckets().forEach(bucket -> archive.scan(bucket.id(), all::add));
        List<String> announced = all.stream().filter(r -> "key.create".equals(r.record().fields().get(Fields.ACTION)))
                .map(r -> r.record().fields().get("bucket")).toList();
        assertThat(announced).containsExactlyInAnyOrderElementsOf(archive.buckets().stream().map(b -> b.id().toString()).toList());
    }
}
