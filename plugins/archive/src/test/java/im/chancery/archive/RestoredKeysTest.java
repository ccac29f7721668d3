package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.RecordId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The key folder is lost after a destruction, and a copy from before it is restored: what was destroyed stays so. */
class RestoredKeysTest {
    @TempDir
    Path folder;
    private final Samples.Hands clock = new Samples.Hands();
    private final BucketId bucket = Samples.bucket("default", clock.instant());
    private final BucketId other = Samples.bucket("legal", clock.instant());
    private ArchiveConfig config;
    private RecordId held;
    private RecordId later;
    private RecordId gone;
    private RecordId legal;

    /** Data and keys of the night before are in {@code data-before} and {@code keys-before}. */
    @BeforeEach
    void fill() throws Exception {
        config = Samples.derby(folder);
        try (Archive archive = Archives.open(config, clock)) {
            held = Samples.store(archive, Samples.attempt("held", "a@x"));
            later = Samples.store(archive, Samples.attempt("held for a while", "a@x"));
            gone = Samples.store(archive, Samples.attempt("gone", "a@x"));
            legal = Samples.store(archive, Samples.attemptOf("legal", "gone too", "l@x"));
            clock.move(Duration.ofDays(2));
            archive.rotateRootKey("ops"); // makes a key for what is audited today
        }
        Samples.copy(config.data(), folder.resolve("data-before"));
        Samples.copy(config.keys(), folder.resolve("keys-before"));
    }

    @Test
    void whatWasDestroyedShouldBeDestroyedAgainAndWhatIsHeldStay() throws Exception {
        try (Archive archive = Archives.open(config, clock)) {
            archive.destroy(bucket, Samples.order(Set.of(held.index(), later.index()))).orElseThrow();
            archive.destroy(other, Samples.order(Set.of())).orElseThrow();
            archive.rotateRootKey("schedule");
        }
        restore("keys-before");
        assertGone(Set.of(held, later), Set.of(gone, legal));
        assertThat(rotations()).contains("key folder restored");
    }

    @Test
    void survivorsThatWereDestroyedLaterShouldBeDestroyedAgain() throws Exception {
        try (Archive archive = Archives.open(config, clock)) {
            archive.destroy(bucket, Samples.order(Set.of(held.index(), later.index()))).orElseThrow();
        }
        Samples.copy(config.keys(), folder.resolve("keys-between"));
        try (Archive archive = Archives.open(config, clock)) {
            archive.destroy(bucket, Samples.order(Set.of(held.index()))).orElseThrow();
            archive.destroy(other, Samples.order(Set.of())).orElseThrow();
            archive.rotateRootKey("schedule");
        }
        restore("keys-between");
        assertGone(Set.of(held), Set.of(later, gone, legal));
        restore("keys-before");
        assertGone(Set.of(held), Set.of(later, gone, legal));
    }

    /** The copy hasn't the key of the bucket that what is audited today goes to. */
    @Test
    void nothingShouldBeDestroyedThatCanNotBeRecorded() throws Exception {
        clock.move(Duration.ofDays(1));
        try (Archive archive = Archives.open(config, clock)) {
            archive.destroy(other, Samples.order(Set.of())).orElseThrow();
            archive.rotateRootKey("schedule");
        }
        restore("keys-before");
        try (Archive archive = Archives.open(config, clock)) {
            assertThatThrownBy(() -> archive.rotateRootKey("ops")).isInstanceOf(ArchiveException.class);
        }
        assertThat(key(other)).as("the key that came back").exists();
    }

    @Test
    void aReturnedKeyThatCanNotBeReadShouldKeepNoOther() throws Exception {
        try (Archive archive = Archives.open(config, clock)) {
            archive.destroy(bucket, Samples.order(Set.of(held.index()))).orElseThrow();
            archive.destroy(other, Samples.order(Set.of())).orElseThrow();
        }
        restore("keys-before");
        byte[] whole = Files.readAllBytes(key(bucket));
        Files.write(key(bucket), new byte[] {1, 2, 3});
        try (Archive archive = Archives.open(config, clock)) {
            assertThat(key(other)).doesNotExist();
            assertThat(key(bucket)).as("the only one from which the held record's can be had").exists();
        }
        Files.write(key(other), new byte[] {1, 2, 3});
        Archives.open(config, clock).close();
        assertThat(key(other)).as("nothing of it stays, so it needn't be read").doesNotExist();
        Files.write(key(bucket), whole);
        assertGone(Set.of(held), Set.of(later, gone, legal));
    }

    @Test
    void keysOfWhatIsNotDestroyedShouldStayAndTheRootKeyNotChange() throws Exception {
        try (Archive archive = Archives.open(config, clock)) {
            archive.destroy(bucket, Samples.order(Set.of(held.index(), later.index()))).orElseThrow();
        }
        int before = rotations().size();
        assertGone(Set.of(held, later, legal), Set.of(gone));
        assertThat(rotations()).hasSize(before);
    }

    private void restore(String copy) throws Exception {
        Samples.delete(config.keys());
        Samples.copy(folder.resolve(copy), config.keys());
    }

    /** By today's data, and by the data of the night before. */
    private void assertGone(Set<RecordId> there, Set<RecordId> gone) throws Exception {
        try (Archive archive = Archives.open(config, clock)) {
            assertThat(there).allSatisfy(id -> assertThat(archive.open(id)).isPresent());
            assertThat(gone).allSatisfy(id -> assertThatThrownBy(() -> archive.open(id)).isInstanceOf(ArchiveException.Destroyed.class));
            assertThat(key(bucket)).doesNotExist();
        }
        Samples.assertVerifies(config);
        try (ArchiveCopy old = Archives.openToRead(ArchiveConfig.derby("node-1", folder.resolve("data-before"), config.keys(), Samples.PASSWORD))) {
            assertThat(there).allSatisfy(id -> assertThat(old.open(id)).isPresent());
            assertThat(gone).allSatisfy(id -> assertThatThrownBy(() -> old.open(id)).isInstanceOf(ArchiveException.class));
        }
    }

    private List<String> rotations() {
        try (Archive archive = Archives.open(config, clock)) {
            return archive.find(RecordQuery.all(1_000)).stream().map(r -> r.record().fields()).filter(f -> "key.rotate".equals(f.get(Fields.ACTION)))
                    .map(f -> f.get(Fields.ACTOR)).toList();
        }
    }

    private Path key(BucketId of) {
        return config.keys().resolve("buckets/node-1/" + of + ".key");
    }
}
