package im.chancery.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveCopy;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Archives;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a copy of the data folder from before a disposal still tells, with today's key folder; and what no file tells. */
class RestoredBackupTest {
    private static final String MATTER = "canary-matter-4711";
    private static final String CUSTODIAN = "canary-custodian@canary.example";
    private static final String TEXT = "canary sentence";

    private static final RecordQuery HOLDS = new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
            Set.of(RecordType.HOLD), -1, 10);

    private final SettableClock clock = new SettableClock(House.at(House.DAY, 12));

    @TempDir
    Path folder;

    @Test
    void opensWhatWasHeldAndNothingElse() throws Exception {
        Path data = folder.resolve("data");
        Path backup = folder.resolve("backup");
        RecordId held;
        RecordId free;
        try (Archive archive = open(data)) {
            ArchivedRetention retention = retention(archive);
            held = say(archive, CUSTODIAN);
            free = say(archive, "other@x");
            retention.hold(new RetentionService.NewHold(MATTER, Optional.of(House.jid(CUSTODIAN)), Optional.empty(), Optional.empty(), Optional.empty()), "ruth");
        }
        copy(data, backup);
        clock.set(House.at(House.DAY.plusDays(2), 3));
        try (Archive archive = open(data)) {
            assertThat(retention(archive).dispose(false, "olga")).singleElement().satisfies(d -> {
                assertThat(d.destroyed()).isGreaterThanOrEqualTo(1);
                assertThat(d.held()).isEqualTo(1);
            });
        }
        assertThat(filesWith("default")).as("a class's name is no secret, and shows that the search finds").isNotEmpty();
        for (String canary : List.of(MATTER, CUSTODIAN, "canary-custodian", TEXT)) {
            assertThat(filesWith(canary)).as("files that tell '%s'", canary).isEmpty();
        }
        assertThatThrownBy(() -> open(backup)).isInstanceOf(ArchiveException.class).hasMessageContaining("older than what this node has signed");
        try (ArchiveCopy archive = Archives.openToRead(config(backup))) {
            assertThat(archive.open(held).orElseThrow().record().content()).isEqualTo(TEXT);
            assertThatThrownBy(() -> archive.open(free)).isInstanceOf(ArchiveException.class);
            assertThat(archive.find(HOLDS)).as("the hold's own record").singleElement().satisfies(r -> assertThat(r.record().fields()).containsValue(CUSTODIAN));
        }
    }

    private Archive open(Path data) {
        return Archives.open(config(data), clock);
    }

    private ArchiveConfig config(Path data) {
        return ArchiveConfig.derby("north", data, folder.resolve("keys"), () -> "not a secret".toCharArray());
    }

    private ArchivedRetention retention(Archive archive) throws Exception {
        return ArchivedRetention.open(archive, House.config("default", "1 day", "audit", "7 years"), clock);
    }

    private static RecordId say(Archive archive, String person) {
        return archive.append(NewRecord.of(RecordType.ATTEMPT, "default", Set.of(House.jid(person)), Optional.empty(), Map.of(Fields.KIND, "message"), TEXT))
                .toCompletableFuture().join();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private List<Path> filesWith(String text) throws IOException {
        List<Path> found = new ArrayList<>();
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        byte[] utf16 = text.getBytes(StandardCharsets.UTF_16BE);
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                if (contains(bytes, utf8) || contains(bytes, utf16)) {
                    found.add(file);
                }
            }
        }
        return found;
    }

    private static boolean contains(byte[] bytes, byte[] part) {
        for (int at = 0; at <= bytes.length - part.length; at++) {
            if (bytes[at] == part[0] && Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }
}
