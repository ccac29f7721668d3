package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.SeenCheckpoint;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/** What the archive's tests append, open and verify. */
final class Samples {
    static final KeystorePassword PASSWORD = () -> "not a secret".toCharArray();
    static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    private Samples() {
    }

    /** A clock that stands until it is moved. */
    static class Hands extends Clock {
        private volatile Instant now = START;

        void move(Duration by) {
            now = now.plus(by);
        }

        @Override
        public Instant instant() {
            return now;
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

    static ArchiveConfig derby(Path folder) {
        return ArchiveConfig.derby("node-1", folder.resolve("data"), folder.resolve("keys"), PASSWORD);
    }

    static BareJid jid(String text) {
        return JidCreate.bareFromOrThrowUnchecked(text);
    }

    static NewRecord attempt(String content, String... people) {
        return attemptOf("default", content, people);
    }

    static NewRecord attemptOf(String recordClass, String content, String... people) {
        Set<BareJid> jids = Stream.of(people).map(Samples::jid).collect(Collectors.toSet());
        return NewRecord.of(RecordType.ATTEMPT, recordClass, jids, Optional.empty(), Map.of(Fields.KIND, "message"), content);
    }

    static NewRecord roomAttempt(String room, String content, String... people) {
        NewRecord direct = attempt(content, people);
        return new NewRecord(direct.type(), direct.recordClass(), direct.people(), Optional.of(jid(room)), direct.fields(), content);
    }

    /** Appends and waits until it is on stable storage. */
    static RecordId store(Archive archive, NewRecord record) {
        return archive.append(record).toCompletableFuture().join();
    }

    static List<RecordId> store(Archive archive, List<NewRecord> records) {
        List<CompletableFuture<RecordId>> stages = records.stream().map(r -> archive.append(r).toCompletableFuture()).toList();
        return stages.stream().map(CompletableFuture::join).toList();
    }

    static RecordQuery with(String person) {
        return new RecordQuery(Optional.empty(), Optional.empty(), Optional.of(jid(person)), Optional.empty(), Set.of(), -1, 10_000);
    }

    static RecordQuery in(String room) {
        return new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(jid(room)), Set.of(), -1, 10_000);
    }

    static List<String> contents(List<ArchivedRecord> records) {
        return records.stream().map(r -> r.record().content()).toList();
    }

    static BucketId bucket(String recordClass, Instant day) {
        return new BucketId(recordClass, LocalDate.ofInstant(day, ZoneOffset.UTC));
    }

    static Archive.DestructionOrder order(Set<Long> survivors) {
        return new Archive.DestructionOrder("default: 30 days", "schedule", LocalDate.of(2026, 12, 31), (connection, records) -> survivors);
    }

    static Verification verify(ArchiveConfig config, List<SeenCheckpoint> seen) {
        try {
            return LogVerifier.verify(config.log(), VerifierKey.parse(Files.readString(config.verifierKey())), seen);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Copies a folder with all that is in it. */
    static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(folder).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Deletes a folder with all that is in it. */
    static void delete(Path top) throws IOException {
        try (Stream<Path> all = Files.walk(top)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Flips a bit, cuts bytes off, or adds some: never the same bytes again. */
    static byte[] mutate(byte[] bytes, Random random) {
        byte[] changed = bytes.clone();
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(4)) {
            case 0 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 1 -> {
                return Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(40));
            }
            default -> changed[at] ^= (byte) (1 << random.nextInt(8));
        }
        return changed;
    }

    /** A sink that keeps what it is given. */
    record ListSink(List<String> published) implements CheckpointSink {
        @Override
        public String name() {
            return "list";
        }

        @Override
        public void publish(String checkpoint) {
            published.add(checkpoint);
        }
    }

    /** What each archive test ends with. */
    static void assertVerifies(ArchiveConfig config) {
        Verification verification = verify(config, new ArrayList<>());
        assertThat(verification.findings()).as(verification.text()).isEmpty();
    }
}
