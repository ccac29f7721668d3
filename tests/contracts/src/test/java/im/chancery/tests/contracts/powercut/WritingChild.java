package im.chancery.tests.contracts.powercut;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.Archives;
import im.chancery.archive.BucketId;
import im.chancery.archive.CheckpointSink;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import im.chancery.tests.contracts.SettableClock;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jxmpp.jid.impl.JidCreate;

/**
 * A process that does all that an archive writes for: it is opened, takes records and outcomes, signs, destroys, changes its root key, is closed, and
 * again. It tells on standard output, one system call a line, what has been promised: {@code ACK index bucket content}, {@code SIGNED checkpoint} with its lines
 * joined by {@code |}, {@code ORDERED bucket survivor}, {@code DESTROYED bucket}. Argument: the folder.
 */
final class WritingChild {
    static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
    static final int LIVES = 3;
    private static final String CLASS = "default";
    private static final int RECORDS = 60;
    private static final int IN_FLIGHT = 6;

    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);
    private final SettableClock clock = new SettableClock(START);
    private final ArchiveConfig config;

    private WritingChild(Path folder) {
        this.config = config(folder).withSinks(List.of(new Told()));
    }

    static ArchiveConfig config(Path folder) {
        return ArchiveConfig.derby("node-1", folder.resolve("data"), folder.resolve("keys"), () -> "not a secret".toCharArray())
                .withIntervals(Duration.ofMillis(200), Duration.ofMillis(20));
    }

    public static void main(String[] args) {
        WritingChild child = new WritingChild(Path.of(args[0]));
        for (int life = 0; life < LIVES; life++) {
            child.live();
        }
    }

    private void live() {
        try (Archive archive = Archives.open(config, clock)) {
            BucketId bucket = bucket(CLASS);
            List<RecordId> ids = append(archive, CLASS, RECORDS);
            append(archive, "other", 2);
            ids.stream().limit(RECORDS / 2).forEach(id -> archive.outcome(id, Outcome.HANDED_ON));
            archive.integrate();
            clock.advance(Duration.ofDays(2));
            long survivor = ids.get(0).index();
            tell("ORDERED " + bucket + " " + survivor);
            archive.destroy(bucket, new Archive.DestructionOrder("default: 1 day", "schedule", LocalDate.of(2036, 1, 1), (connection, records) -> Set.of(survivor)));
            tell("DESTROYED " + bucket);
            archive.rotateRootKey("ruth");
            append(archive, CLASS, IN_FLIGHT);
        }
        clock.advance(Duration.ofDays(1));
    }

    private BucketId bucket(String recordClass) {
        return new BucketId(recordClass, LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
    }

    /** Appends some at a time and waits for them. */
    private List<RecordId> append(Archive archive, String recordClass, int count) {
        List<RecordId> ids = new ArrayList<>();
        while (ids.size() < count) {
            List<CompletableFuture<RecordId>> flight = new ArrayList<>();
            for (int i = 0; i < Math.min(IN_FLIGHT, count - ids.size()); i++) {
                String content = "said-" + recordClass + "-" + clock.instant().getEpochSecond() + "-" + (ids.size() + i) + "-" + "x".repeat(700);
                NewRecord record = NewRecord.of(RecordType.ATTEMPT, recordClass, Set.of(JidCreate.bareFromOrThrowUnchecked("ann@example.test")), Optional.empty(), Map.of(), content);
                BucketId bucket = bucket(recordClass);
                flight.add(archive.append(record).toCompletableFuture().whenComplete((id, failure) -> {
                    if (failure == null) {
                        tell("ACK " + id.index() + " " + bucket + " " + content);
                    }
                }));
            }
            flight.forEach(stage -> ids.add(stage.join()));
        }
        return ids;
    }

    private synchronized void tell(String line) {
        try {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class Told implements CheckpointSink {
        @Override
        public String name() {
            return "standard output";
        }

        @Override
        public void publish(String checkpoint) {
            tell("SIGNED " + checkpoint.replace("\n", "|"));
        }
    }
}
