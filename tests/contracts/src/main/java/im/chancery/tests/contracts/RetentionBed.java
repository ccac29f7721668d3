package im.chancery.tests.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.Archives;
import im.chancery.archive.BucketId;
import im.chancery.archive.BucketState;
import im.chancery.archive.BucketStatus;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.archive.StoreConfig;
import im.chancery.core.RecordId;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Position;
import im.chancery.retention.ArchivedRetention;
import im.chancery.retention.RetentionConfig;
import im.chancery.retention.RetentionService.HoldResult;
import im.chancery.retention.RetentionService.NewHold;
import im.chancery.retention.RetentionService.PlanEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/**
 * An archive on an empty database with retention over it and a clock that tests set, and the words that tests of retention
 * share. Each test ends with the offline verification of the log.
 */
public abstract class RetentionBed {
    protected static final LocalDate DAY = LocalDate.of(2026, 11, 22);
    /** Under "90 days" what was captured on {@link #DAY} may go on this day. */
    protected static final LocalDate DUE = LocalDate.of(2027, 2, 21);
    protected static final BucketId BUCKET = new BucketId("default", DAY);

    @TempDir
    protected Path folder;

    protected final SettableClock clock = new SettableClock(at(DAY, 12));
    protected Archive archive;
    protected ArchivedRetention retention;

    /** An empty database for this test. */
    protected abstract StoreConfig store() throws Exception;

    @BeforeEach
    void open() throws Exception {
        start();
    }

    @AfterEach
    void verify() throws IOException {
        archive.close();
        LogCheck.assertConsistent(config());
    }

    protected final ArchiveConfig config() {
        return new ArchiveConfig("north", folder.resolve("data"), folder.resolve("keys"), () -> "not a secret".toCharArray(), opened,
                ArchiveConfig.DEFAULT_QUEUE, Duration.ofMillis(20), Duration.ofMillis(10), List.of());
    }

    private StoreConfig opened;

    protected final void start() throws Exception {
        if (opened == null) {
            opened = store();
        }
        archive = Archives.open(config(), clock);
        retention = ArchivedRetention.open(archive, periods("90 days", "7 years"), clock);
    }

    protected final void restart() throws Exception {
        archive.close();
        start();
    }

    protected static Instant at(LocalDate day, int hour) {
        return day.atTime(hour, 0).toInstant(ZoneOffset.UTC);
    }

    protected static BareJid jid(String text) {
        return JidCreate.bareFromOrThrowUnchecked(text);
    }

    protected static NewHold custodian(String who) {
        return new NewHold("m", Optional.of(jid(who)), Optional.empty(), Optional.empty(), Optional.empty());
    }

    protected final HoldResult hold(NewHold hold) {
        return retention.hold(hold, "ruth");
    }

    protected final RecordId say(String from, String to, String text) {
        return await(record("default", text, Optional.empty(), from, to));
    }

    protected static NewRecord record(String recordClass, String text, Optional<String> room, String... people) {
        Set<BareJid> jids = Stream.of(people).map(RetentionBed::jid).collect(Collectors.toSet());
        return NewRecord.of(RecordType.ATTEMPT, recordClass, jids, room.map(RetentionBed::jid), fields(), text);
    }

    protected static java.util.SortedMap<String, String> fields() {
        return new java.util.TreeMap<>(Map.of(Fields.KIND, "message"));
    }

    protected static NewRecord relation(String relation, String text) {
        return NewRecord.of(RecordType.ATTEMPT, "default", Set.of(jid("ada@x"), jid("bob@x")), Optional.empty(),
                Map.of(Fields.KIND, "message", Fields.RELATION, relation, Fields.REFERS_TO, "1"), text);
    }

    protected final RecordId await(NewRecord record) {
        return archive.append(record).toCompletableFuture().join();
    }

    protected final String content(RecordId id) {
        return archive.open(id).orElseThrow().record().content();
    }

    protected final void assertGone(RecordId id) {
        assertThatThrownBy(() -> archive.open(id)).isInstanceOf(ArchiveException.Destroyed.class);
    }

    protected final BucketState state(BucketId bucket) {
        return archive.buckets().stream().filter(b -> b.id().equals(bucket)).map(BucketStatus::state).findFirst().orElseThrow();
    }

    protected final PlanEntry planned(BucketId bucket) {
        return retention.plan().stream().filter(e -> e.bucket().equals(bucket)).findFirst().orElseThrow();
    }

    protected final List<ArchivedRecord> records(RecordType type) {
        return archive.find(new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of(type), -1, 10_000));
    }

    protected final List<String> actions() {
        return records(RecordType.AUDIT).stream().map(r -> r.record().fields().get(Fields.ACTION)).toList();
    }

    protected static <T> T only(List<T> list) {
        assertThat(list).hasSize(1);
        return list.get(0);
    }

    protected final void sql(String statement) throws Exception {
        try (Connection connection = archive.dataSource().getConnection(); Statement run = connection.createStatement()) {
            run.execute(statement);
        }
    }

    /** A config with the classes {@code default} and {@code audit}. */
    protected static RetentionConfig periods(String byDefault, String audit) throws ConfigException {
        Position here = new Position("test", 1, 1);
        List<ConfigNode> classes = Stream.of(Map.of("name", "default", "period", byDefault), Map.of("name", "audit", "period", audit))
                .map(entries -> ConfigNode.map(here, "", scalars(here, entries))).toList();
        ConfigNode list = ConfigNode.list(here, "retention.classes", classes);
        return RetentionConfig.read(ConfigNode.map(here, "", Map.of("retention", ConfigNode.map(here, "retention", Map.of("classes", list)))));
    }

    private static Map<String, ConfigNode> scalars(Position here, Map<String, String> entries) {
        Map<String, ConfigNode> nodes = new LinkedHashMap<>();
        entries.forEach((k, v) -> nodes.put(k, ConfigNode.scalar(here, k, v)));
        return nodes;
    }
}
