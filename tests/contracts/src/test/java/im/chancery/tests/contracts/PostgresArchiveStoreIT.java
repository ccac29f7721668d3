package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Archives;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.archive.StoreConfig;
import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.RecordsVerifier;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive on PostgreSQL. */
class PostgresArchiveStoreIT extends ArchiveStoreContract {
    @Override
    protected ArchiveConfig config(Path folder) throws Exception {
        return ArchiveConfig.derby("node-1", folder.resolve("data"), folder.resolve("keys"), () -> "not a secret".toCharArray())
                .withStore(PostgresServer.shared().newDatabase());
    }

    @Override
    protected Connection connect(ArchiveConfig config) throws Exception {
        return PostgresServer.shared().connect(config.store());
    }

    @Test
    void aSecondEngineWithOtherFoldersShouldBeRefused(@TempDir Path other) throws Exception {
        ArchiveConfig first = config(other);
        ArchiveConfig second = ArchiveConfig.derby("node-1", other.resolve("data-2"), other.resolve("keys-2"), first.password()).withStore(first.store());
        try (Archive archive = Archives.open(first, Clock.systemUTC())) {
            assertThatThrownBy(() -> Archives.open(second, Clock.systemUTC())).isInstanceOf(ArchiveException.class);
            Path keysToo = other.resolve("keys-3");
            copy(first.keys(), keysToo);
            copy(first.data(), other.resolve("data-3"));
            ArchiveConfig third = ArchiveConfig.derby("node-1", other.resolve("data-3"), keysToo, first.password()).withStore(first.store());
            assertThatThrownBy(() -> Archives.open(third, Clock.systemUTC())).isInstanceOf(ArchiveException.class)
                    .hasMessageContaining("in use by another engine");
            assertThat(archive.append(NewRecord.of(RecordType.ATTEMPT, "default", Set.of(), Optional.empty(), Map.of(), "x")).toCompletableFuture().join()).isNotNull();
        }
        Archives.open(first, Clock.systemUTC()).close();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    /** The driver reads all that a statement gives; here it may hold half of what is stored. */
    @Test
    void recordsShouldBeVerifiedPageByPage(@TempDir Path other) throws Exception {
        ArchiveConfig config = config(other);
        try (Archive archive = Archives.open(config, Clock.systemUTC())) {
            Stream.generate(() -> archive.append(NewRecord.of(RecordType.NODE, "default", Set.of(), Optional.empty(), Map.of(), "x".repeat(2_000))).toCompletableFuture())
                    .limit(600).toList().forEach(CompletableFuture::join);
        }
        VerifierKey key = VerifierKey.parse(Files.readString(config.verifierKey()));
        StoreConfig store = config.store();
        StoreConfig little = StoreConfig.postgresql(store.url().orElseThrow() + "?maxResultBuffer=600K", store.user().orElseThrow(), store.password());
        try (Connection narrow = PostgresServer.shared().connect(little)) {
            Verification found = RecordsVerifier.verify(config.log(), key, LogVerifier.verify(config.log(), key, List.of()), narrow);
            assertThat(found.findings()).isEmpty();
            assertThat(found.notes()).anyMatch(note -> note.startsWith("records: 603 stored"));
        }
    }
}
