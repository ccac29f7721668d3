package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
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
    void aSearchShouldTakeAnyMoment() {
        try (Archive archive = Archives.open(Samples.derby(folder), new Samples.Hands())) {
            Samples.store(archive, Samples.attempt("said", "a@x"));

            assertThat(archive.find(new RecordQuery(Optional.of(Instant.MIN), Optional.of(Instant.MAX), Optional.of(Samples.jid("a@x")),
                    Optional.empty(), Set.of(), -1, 10))).hasSize(1);
        }
    }

    /** A clock that says "just before" and "just after midnight" in turn. */
    private static final class Wavering extends Clock {
        private final AtomicInteger asked = new AtomicInteger();

        @Override
        public Instant instant() {
            return asked.getAndIncrement() % 2 == 0 ? MIDNIGHT.minusMillis(1) : MIDNIGHT;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
