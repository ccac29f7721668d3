package im.chancery.retention;

import static im.chancery.retention.Nodes.map;
import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Archives;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.VerifierKey;
import im.chancery.core.RecordId;
import im.chancery.core.config.ConfigException;
import im.chancery.retention.RetentionService.NewHold;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.derby.jdbc.EmbeddedDataSource;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/**
 * An archive with retention for tests of many short lives: its Derby lives in memory and outlives the archive that was
 * opened on it, as a disk outlives a process. Folders are temporary. Close drops everything. Each house begins as a copy of
 * one that was opened once, because to make a database takes longer than most lives.
 */
final class House implements AutoCloseable {
    static final LocalDate DAY = LocalDate.of(2026, 11, 22);

    static {
        System.setProperty("derby.stream.error.file", Path.of("target", "derby.log").toAbsolutePath().toString());
    }

    /** What every house begins with: folders, and a database in {@code backup}. */
    private static Path template;

    final SettableClock clock = new SettableClock(at(DAY, 12));
    final Path folder;
    private final String database = "memory:" + UUID.randomUUID();
    private final RetentionConfig config;
    Archive archive;
    ArchivedRetention retention;

    /** @param periods pairs of a class and its period; those but default and audit match a room of the class's name */
    House(String... periods) throws ConfigException, IOException {
        this.folder = Files.createTempDirectory("house");
        this.config = config(periods);
        boot("createFrom=" + template().resolve("backup").resolve("template"));
        copy(template().resolve("house"), folder);
    }

    private House(Path folder) throws ConfigException {
        this.folder = folder;
        this.config = config("default", "1 day", "audit", "7 years");
        boot("create=true");
    }

    private static synchronized Path template() throws ConfigException, IOException {
        if (template == null) {
            Path made = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "template");
            House first = new House(Files.createDirectory(made.resolve("house"))).open();
            first.archive.close();
            try (Connection connection = DriverManager.getConnection("jdbc:derby:" + first.database);
                    CallableStatement backup = connection.prepareCall("CALL SYSCS_UTIL.SYSCS_BACKUP_DATABASE(?)")) {
                backup.setString(1, made.resolve("backup").toString());
                backup.execute();
            } catch (SQLException e) {
                throw new IllegalStateException("no template", e);
            }
            Files.move(made.resolve("backup").resolve(first.database.substring("memory:".length())), made.resolve("backup").resolve("template"));
            template = made;
        }
        return template;
    }

    private void boot(String how) {
        try {
            DriverManager.getConnection("jdbc:derby:" + database + ";" + how).close();
        } catch (SQLException e) {
            throw new IllegalStateException("the database wasn't made", e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(f -> !f.equals(from)).toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    static RetentionConfig config(String... periods) throws ConfigException {
        List<Object> classes = new ArrayList<>();
        for (int i = 0; i < periods.length; i += 2) {
            Map<String, Object> item = map("name", periods[i], "period", periods[i + 1]);
            if (!Set.of("default", "audit").contains(periods[i])) {
                item.put("match", map("rooms", List.of(periods[i] + "@rooms.x")));
            }
            classes.add(item);
        }
        return RetentionConfig.read(Nodes.of(map("retention", map("classes", classes))));
    }

    ArchiveConfig archiveConfig() {
        return ArchiveConfig.derby("north", folder.resolve("data"), folder.resolve("keys"), () -> "not a secret".toCharArray());
    }

    House open() {
        return open(d -> d);
    }

    /** @param faults wraps the database that the archive gets */
    House open(UnaryOperator<DataSource> faults) {
        EmbeddedDataSource derby = new EmbeddedDataSource();
        derby.setDatabaseName(database);
        archive = Archives.open(archiveConfig(), faults.apply(derby), clock);
        retention = ArchivedRetention.open(archive, config, clock);
        return this;
    }

    void restart() {
        archive.close();
        open();
    }

    static Instant at(LocalDate day, int hour) {
        return day.atTime(hour, 0).toInstant(ZoneOffset.UTC);
    }

    LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    static BareJid jid(String text) {
        return JidCreate.bareFromOrThrowUnchecked(text);
    }

    static NewHold custodian(String who) {
        return new NewHold("m", Optional.of(jid(who)), Optional.empty(), Optional.empty(), Optional.empty());
    }

    RecordId say(String recordClass, String text, String... people) {
        Set<BareJid> jids = Stream.of(people).map(House::jid).collect(Collectors.toSet());
        return archive.append(NewRecord.of(RecordType.ATTEMPT, recordClass, jids, Optional.empty(), Map.of(Fields.KIND, "message"), text))
                .toCompletableFuture().join();
    }

    /** Whether a record opens; false if it was destroyed. Anything else fails. */
    boolean opens(RecordId id) {
        try {
            return archive.open(id).isPresent();
        } catch (ArchiveException.Destroyed e) {
            return false;
        }
    }

    /** Ends every life with the offline verification of its log. */
    @Override
    public void close() throws IOException {
        archive.close();
        VerifierKey key = VerifierKey.parse(Files.readString(archiveConfig().verifierKey()).strip());
        assertThat(LogVerifier.verify(archiveConfig().log(), key, List.of()).findings()).isEmpty();
        try {
            DriverManager.getConnection("jdbc:derby:" + database + ";drop=true").close();
        } catch (SQLException e) {
            // Derby reports a database that was dropped as SQLState 08006.
            if (!"08006".equals(e.getSQLState())) {
                throw new IllegalStateException("the database wasn't dropped", e);
            }
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(House::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
