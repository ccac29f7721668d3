package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.verify.SeenCheckpoint;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A record's time and its bucket's day. */
class TimesTest {
    private static final Instant MIDNIGHT = Instant.parse("2026-03-02T00:00:00Z");

    @TempDir
    Path folder;

    /** Otherwise a hold from midnight on would cover a record of a bucket that it is never asked about. */
    @Test
    void aRecordsTimeShouldBeOfItsBucketsDayHoweverLateItIs() {
        try (Archive archive = Archives.open(Samples.derby(folder), new Wavering())) {
            Samples.store(archive, IntStream.range(0, 20).mapToObj(i -> Samples.attempt("said " + i, "a@x")).toList());

            assertThat(archive.find(Samples.with("a@x"))).hasSize(20).allSatisfy(record ->
                    assertThat(LocalDate.ofInstant(record.capturedAt(), ZoneOffset.UTC)).isEqualTo(record.bucket().day()));
        }
    }

    @Test
    void aClockThatJumpsShouldChangeNeitherTheOrderNorWhatWasSigned() {
        Samples.Hands clock = new Samples.Hands();
        List<String> signed = new ArrayList<>();
        ArchiveConfig config = Samples.derby(folder).withIntervals(Duration.ofHours(1), Duration.ofMillis(20));
        List<Instant> times = new ArrayList<>();
        List<RecordId> ids = new ArrayList<>();
        Archive archive = Archives.open(config, clock);
        for (Duration jump : List.of(Duration.ZERO, Duration.ofDays(-1), Duration.ofDays(31), Duration.ofDays(-31), Duration.ofDays(1))) {
            clock.move(jump);
            times.add(clock.instant());
            ids.add(Samples.store(archive, Samples.attempt("said at " + clock.instant(), "a@x")));
            archive.outcome(ids.get(ids.size() - 1), Outcome.HANDED_ON);
            signed.add(archive.integrate());
            archive.close();
            archive = Archives.open(config, clock);
        }
        assertThat(archive.find(Samples.with("a@x"))).extracting(ArchivedRecord::capturedAt).containsExactlyElementsOf(times);
        assertThat(archive.find(Samples.with("a@x"))).allSatisfy(record ->
                assertThat(LocalDate.ofInstant(record.capturedAt(), ZoneOffset.UTC)).isEqualTo(record.bucket().day()));
        assertThat(archive.outcomes(ids)).hasSize(ids.size()).containsValue(Outcome.HANDED_ON).doesNotContainValue(Outcome.UNKNOWN);
        archive.requireRecords();
        archive.close();
        assertThat(Samples.verify(config, signed.stream().map(note -> new SeenCheckpoint("seen", note)).toList()).findings()).isEmpty();
    }

    @Test
    void aSearchShouldTakeAnyMoment() {
        try (Archive archive = Archives.open(Samples.derby(folder), new Samples.Hands())) {
            Samples.store(archive, Samples.attempt("said", "a@x"));

            assertThat(archive.find(new RecordQuery(Optional.of(Instant.MIN), Optional.of(Instant.MAX), Optional.of(Samples.jid("a@x")),
                    Optional.empty(), Set.of(), -1, 10))).hasSize(1);
        }
    }

    /** A clock that says "just before" and "just after midnight" in turn. */
    private static final class Wavering extends Samples.Hands {
        private final AtomicInteger asked = new AtomicInteger();

        @Override
        public Instant instant() {
            return asked.getAndIncrement() % 2 == 0 ? MIDNIGHT.minusMillis(1) : MIDNIGHT;
        }
    }
}
