package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import im.chancery.core.RecordId;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages are bounded by bytes as well as by records, and whoever reads page by page gets everything all the same. */
class LargeRecordsTest {
    private static final int LARGE = 200_000;
    private static final int RECORDS = 60;

    @TempDir
    Path folder;
    private final Samples.Hands clock = new Samples.Hands();
    private ArchiveConfig config;
    private HikariDataSource database;
    private Archive archive;
    private List<RecordId> ids;

    @BeforeEach
    void storeSomeOverSeveralPages() {
        config = Samples.derby(folder).withIntervals(Duration.ofHours(1), Duration.ofHours(1));
        database = Databases.open(config);
        archive = Archives.open(config, database, clock);
        ids = Samples.store(archive, IntStream.range(0, RECORDS).mapToObj(i -> Samples.attempt(("" + i % 10).repeat(LARGE), "a@x")).toList());
    }

    @AfterEach
    void shutDown() {
        archive.close();
        database.close();
        Databases.shutDown(config);
        Samples.assertVerifies(config);
    }

    @Test
    void aPageShouldBeAsLargeAsMemoryAllows() throws SQLException {
        List<Long> read = new ArrayList<>();
        int pages = 0;
        try (Connection connection = database.getConnection()) {
            RecordReader reader = reader(connection);
            for (List<RecordRows.Row> page = reader.rows(connection, 0, Long.MAX_VALUE, 500); !page.isEmpty(); pages++) {
                assertThat(page.stream().mapToLong(row -> row.stored().blob().length).sum()).isLessThan(RecordRows.PAGE_BYTES + LARGE + 1_000);
                page.forEach(row -> read.add(row.stored().index()));
                page = reader.rows(connection, read.get(read.size() - 1) + 1, Long.MAX_VALUE, 500);
            }
            assertThat(connection.getAutoCommit()).isTrue();
            assertThat(reader.rows(connection, ids.get(0).index(), Long.MAX_VALUE, 1)).hasSize(1);
        }
        assertThat(pages).isBetween(3, 5);
        assertThat(read).containsExactlyElementsOf(LongStream.range(0, archive.status().committed()).boxed().toList());
    }

    @Test
    void everyPageShouldBeRead() throws SQLException {
        List<RecordId> each = new ArrayList<>();
        List<RecordId> scanned = new ArrayList<>();
        long all = archive.status().committed();
        try (Connection connection = database.getConnection()) {
            RecordReader reader = reader(connection);
            reader.forEach(connection, 0, Long.MAX_VALUE, record -> each.add(record.id()), (index, e) -> {
                throw e;
            });
            reader.scan(connection, Samples.bucket("default", Samples.START), -1, record -> scanned.add(record.id()));
            assertThat(reader.entries(0, (int) all)).hasSize((int) all);
        }
        assertThat(each).hasSize((int) all).containsAll(ids);
        assertThat(scanned).containsExactlyElementsOf(ids);
        assertThat(archive.find(new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of(RecordType.ATTEMPT), -1, 10_000)))
                .extracting(ArchivedRecord::id).containsExactlyElementsOf(ids);
    }

    @Test
    void everyRecordShouldBeAccountedForBeforeAnythingIsDestroyed() throws SQLException {
        clock.move(Duration.ofDays(2));
        long last = ids.get(RECORDS - 1).index();
        move(last, 1);
        assertThatThrownBy(archive::requireRecords).isInstanceOf(ArchiveException.class).hasMessageStartingWith("1 leaf has")
                .hasMessageContaining("leaf index " + last + ".");
        move(last, -1);
        assertThat(archive.destroy(Samples.bucket("default", Samples.START), Samples.order(Set.of()))).isPresent();
        assertThat(archive.find(Samples.with("a@x"))).isEmpty();
        try (Connection connection = database.getConnection()) {
            assertThat(reader(connection).rows(connection, ids.get(0).index(), last + 1, 1)).isEmpty();
        }
    }

    private void move(long index, int milliseconds) throws SQLException {
        try (Connection connection = database.getConnection(); Statement statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE archive_record SET captured_at = captured_at + " + milliseconds + " WHERE leaf_index = " + index);
        }
    }

    private RecordReader reader(Connection connection) throws SQLException {
        Buckets buckets = new Buckets();
        buckets.reload(BucketRows.selectAll(connection));
        return new RecordReader(config.origin(), database, KeyFolder.openToRead(config.keys(), Samples.PASSWORD, config.origin()), buckets, (index, entry) -> { });
    }
}
