package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing plain at rest, and nothing left of what was destroyed: not in the folders, not in a backup of the data folder. */
class CanaryTest {
    private static final String SENTENCE = "the canary sings at midnight";
    private static final String PERSON = "canary.person@birds.example";
    private static final String ROOM = "canary-room@rooms.example";

    @TempDir
    Path folder;
    @TempDir
    Path elsewhere;
    private final Samples.Hands clock = new Samples.Hands();

    @Test
    void theCanaryShouldBeInNoFileAndGoneAfterDestruction() throws IOException {
        ArchiveConfig config = Samples.derby(folder);
        RecordId gone;
        RecordId held;
        try (Archive archive = Archives.open(config, clock)) {
            gone = Samples.store(archive, Samples.roomAttempt(ROOM, SENTENCE, PERSON));
            held = Samples.store(archive, Samples.roomAttempt(ROOM, SENTENCE + ", held", PERSON));
            archive.outcome(gone, Outcome.HANDED_ON);
            assertThat(archive.find(Samples.in(ROOM))).hasSize(2);
        }
        assertNowhere(folder);
        Path backup = elsewhere.resolve("data");
        Samples.copy(config.data(), backup);

        clock.move(Duration.ofDays(2));
        try (Archive archive = Archives.open(config, clock)) {
            archive.destroy(Samples.bucket("default", Samples.START), Samples.order(Set.of(held.index()))).orElseThrow();
            assertThat(Samples.contents(archive.find(Samples.in(ROOM)))).containsExactly(SENTENCE + ", held");
        }
        assertNowhere(folder);
        Samples.assertVerifies(config);

        ArchiveConfig restored = ArchiveConfig.derby("node-1", backup, config.keys(), Samples.PASSWORD);
        assertThatThrownBy(() -> Archives.open(restored, clock)).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("older than what this node has signed");
        try (ArchiveCopy archive = Archives.openToRead(restored)) {
            assertThat(archive.size()).isLessThan(archive.signedSize());
            assertThat(archive.open(held).orElseThrow().record().content()).isEqualTo(SENTENCE + ", held");
            assertThat(Samples.contents(archive.find(Samples.with(PERSON)))).containsExactly(SENTENCE + ", held");
            assertThatThrownBy(() -> archive.open(gone)).isInstanceOf(ArchiveException.class).hasMessageContaining("its key is no longer in the key folder");
        }
        assertNowhere(elsewhere);
    }

    /** Searched as UTF-8, which is also what Derby's modified UTF-8 and Latin-1 make of ASCII, and as both kinds of UTF-16. */
    private static void assertNowhere(Path top) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(top)) {
            files = all.filter(Files::isRegularFile).toList();
        }
        assertThat(files).hasSizeGreaterThan(10);
        for (Path file : files) {
            String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
            for (String canary : List.of(SENTENCE, PERSON, ROOM, "canary.person", "canary-room")) {
                for (var charset : List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE)) {
                    assertThat(bytes.contains(new String(canary.getBytes(charset), StandardCharsets.ISO_8859_1)))
                            .as("%s in %s", canary, file).isFalse();
                }
                assertThat(file.toString()).doesNotContain(canary);
            }
        }
    }
}
