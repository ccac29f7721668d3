package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.RecordId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What failures and crashes leave in the key folder. */
class KeyFilesTest {
    @TempDir
    Path folder;
    private final Samples.Hands clock = new Samples.Hands();

    @Test
    void noCopyOfAKeyShouldOutliveItWhenACrashHasLeftOne() throws IOException {
        ArchiveConfig config = Samples.derby(folder);
        BucketId bucket = Samples.bucket("default", clock.instant());
        RecordId stays;
        try (Archive archive = Archives.open(config, clock)) {
            stays = Samples.store(archive, Samples.attempt("stays for a while", "a@x"));
            Samples.store(archive, Samples.attempt("goes", "a@x"));
            clock.move(Duration.ofDays(2));
            // As a change of the root key leaves them if it is cut short before the new file takes the old one's place.
            leaveBehind(config, bucket, ".key");
            archive.destroy(bucket, Samples.order(Set.of(stays.index())));
            assertThat(names(config)).noneMatch(n -> n.startsWith("default/" + bucket.day() + ".key"));
            leaveBehind(config, bucket, ".survivors");
            archive.destroy(bucket, Samples.order(Set.of()));
            assertThat(names(config)).noneMatch(n -> n.startsWith("default/" + bucket.day()));
        }
        Samples.assertVerifies(config);
    }

    @Test
    void whatACrashHasLeftShouldBeErasedOnOpening() throws IOException {
        ArchiveConfig config = Samples.derby(folder);
        BucketId bucket = Samples.bucket("default", clock.instant());
        try (Archive archive = Archives.open(config, clock)) {
            Samples.store(archive, Samples.attempt("stays", "a@x"));
        }
        leaveBehind(config, bucket, ".key");
        Files.copy(config.keys().resolve("root.bcfks"), config.keys().resolve("root.bcfks.tmp"));
        try (Archive archive = Archives.open(config, clock)) {
            assertThat(Samples.contents(archive.find(Samples.with("a@x")))).containsExactly("stays");
            assertThat(names(config)).noneMatch(n -> n.endsWith(".tmp"));
            assertThat(config.keys().resolve("root.bcfks.tmp")).doesNotExist();
        }
    }

    /** A second name for a file shows what stays in its blocks when the first is another file's. */
    @Test
    void whatARootKeyChangeReplacesShouldBeOverwritten() throws IOException {
        ArchiveConfig config = Samples.derby(folder);
        BucketId bucket = Samples.bucket("default", clock.instant());
        Path oldRoot = folder.resolve("old root");
        Path oldKey = folder.resolve("old key");
        try (Archive archive = Archives.open(config, clock)) {
            Samples.store(archive, Samples.attempt("stays", "a@x"));
            Files.createLink(oldRoot, config.keys().resolve("root.bcfks"));
            Files.createLink(oldKey, config.keys().resolve("buckets/node-1/" + bucket + ".key"));
            archive.rotateRootKey("ops");
            assertThat(Samples.contents(archive.find(Samples.with("a@x")))).containsExactly("stays");
        }
        for (Path old : List.of(oldRoot, oldKey)) {
            assertThat(Files.readAllBytes(old)).as(old.toString()).isNotEmpty().containsOnly(0);
        }
        Samples.assertVerifies(config);
    }

    @Test
    void aChangeOfRootKeyThatFailedShouldNotWrapAnythingUnderAKeyThatWasNeverStored() throws IOException {
        ArchiveConfig config = Samples.derby(folder);
        Path obstacle = config.keys().resolve("root.bcfks.tmp");
        RecordId before;
        RecordId after;
        try (Archive archive = Archives.open(config, clock)) {
            before = Samples.store(archive, Samples.attempt("before", "a@x"));
            Files.createDirectories(obstacle.resolve("in the way"));
            assertThatThrownBy(() -> archive.rotateRootKey("ops")).isInstanceOf(ArchiveException.class);
            clock.move(Duration.ofDays(1));
            after = Samples.store(archive, Samples.attempt("after", "a@x"));
        }
        Files.delete(obstacle.resolve("in the way"));
        Files.delete(obstacle);
        try (Archive archive = Archives.open(config, clock)) {
            assertThat(archive.open(before).orElseThrow().record().content()).isEqualTo("before");
            assertThat(archive.open(after).orElseThrow().record().content()).isEqualTo("after");
            archive.rotateRootKey("ops");
            assertThat(archive.open(before)).isPresent();
        }
        Samples.assertVerifies(config);
    }

    @Test
    void aNewBucketShouldNotWaitUntilAllKeysAreWrappedAnew() throws Exception {
        Path top = folder.resolve("keys");
        KeyFolder keys = KeyFolder.open(top, Samples.PASSWORD, "node-1", true, clock);
        List<BucketId> old = IntStream.range(0, 150).mapToObj(day -> Samples.bucket("default", clock.instant().plus(Duration.ofDays(day)))).toList();
        for (BucketId bucket : old) {
            keys.create(bucket);
        }
        Path first = top.resolve("buckets/node-1/" + old.get(0) + ".key");
        Path last = top.resolve("buckets/node-1/" + old.get(old.size() - 1) + ".key");
        byte[] firstBefore = Files.readAllBytes(first);
        byte[] lastBefore = Files.readAllBytes(last);
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            Future<KeyFolder.Rotation> rotating = other.submit(keys::rotate);
            while (Arrays.equals(Files.readAllBytes(first), firstBefore) && !rotating.isDone()) {
                Thread.onSpinWait();
            }
            keys.create(Samples.bucket("rare", clock.instant()));
            assertThat(Files.readAllBytes(last)).as("the rotation goes on").isEqualTo(lastBefore);
            assertThat(rotating.get()).isEqualTo(new KeyFolder.Rotation(2, old.size()));
        } finally {
            other.shutdown();
        }
        assertThat(Files.readAllBytes(last)).isNotEqualTo(lastBefore);
        KeyFolder again = KeyFolder.openToRead(top, Samples.PASSWORD, "node-1");
        assertThat(old).allMatch(bucket -> again.find(bucket).isPresent());
        assertThat(again.find(Samples.bucket("rare", clock.instant()))).isPresent();
    }

    @Test
    void aFileThatIsNoBucketsShouldBeNamedAndNothingBeChanged() throws IOException {
        ArchiveConfig config = Samples.derby(folder);
        BucketId bucket = Samples.bucket("default", clock.instant());
        try (Archive archive = Archives.open(config, clock)) {
            Samples.store(archive, Samples.attempt("x", "a@x"));
            Path buckets = config.keys().resolve("buckets");
            Path key = buckets.resolve("node-1/" + bucket + ".key");
            byte[] before = Files.readAllBytes(key);
            for (String stray : List.of("node-1/default/copy of " + bucket.day() + ".key", "node-1/default/2026-13-01.survivors", "old.key",
                    "node-1/old.key", "node-1/no class/" + bucket.day() + ".key", "node-1/default/more/" + bucket.day() + ".key", "node-1/default/.key")) {
                Path file = buckets.resolve(stray);
                Files.createDirectories(file.getParent());
                Files.copy(key, file);
                assertThatThrownBy(() -> archive.rotateRootKey("ops")).as(stray).isInstanceOf(ArchiveException.class)
                        .hasMessageContaining("key file " + file + ": found '" + stray + "'").hasMessageContaining("allowed there: ORIGIN/CLASS/DAY.");
                assertThat(Files.readAllBytes(key)).as("not wrapped anew").isEqualTo(before);
                Files.delete(file);
            }
            archive.rotateRootKey("ops");
            assertThat(Files.readAllBytes(key)).isNotEqualTo(before);
        }
        Samples.assertVerifies(config);
    }

    private static void leaveBehind(ArchiveConfig config, BucketId bucket, String suffix) throws IOException {
        Path file = config.keys().resolve("buckets/node-1/" + bucket + suffix);
        Files.copy(file, file.resolveSibling(file.getFileName() + ".tmp"));
    }

    private static List<String> names(ArchiveConfig config) throws IOException {
        Path buckets = config.keys().resolve("buckets/node-1");
        try (Stream<Path> all = Files.walk(buckets)) {
            return all.filter(Files::isRegularFile).map(p -> buckets.relativize(p).toString()).toList();
        }
    }
}
