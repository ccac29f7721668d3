package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** An old row or key file that is damaged keeps no node from recording messages; a database that is away does. */
class DamagedStartTest extends FailingDerby {
    private final BucketId bucket = Samples.bucket("default", Samples.START);

    @ParameterizedTest
    @ValueSource(strings = {"captured_at", "bucket_id"})
    void aRecordThatCanNotBeReadShouldKeepNoOutcomeButItsOwn(String column) throws Exception {
        List<RecordId> ids;
        try (Archive archive = Archives.open(config, database, clock)) {
            ids = Samples.store(archive, IntStream.range(0, 600).mapToObj(i -> Samples.attempt("said " + i, "a@x")).toList());
        }
        execute("UPDATE archive_node SET settled_below = 0"); // as a kill leaves it
        RecordId damaged = ids.get(100); // a newer one is compared with the log on opening: the database may be another's
        execute("UPDATE archive_record SET " + column + " = " + column + " + 100 WHERE leaf_index = " + damaged.index());
        ListAppender<ILoggingEvent> told = listen(OutcomeJournal.class);
        try (Archive archive = Archives.open(config, database, clock)) {
            assertThat(archive.open(Samples.store(archive, Samples.attempt("still recorded", "a@x")))).isPresent();
        }
        assertThat(told.list).extracting(ILoggingEvent::getFormattedMessage)
                .anySatisfy(line -> assertThat(line).contains("while outcomes were recovered, leaf index " + damaged.index() + " couldn't be read"));
        execute("UPDATE archive_record SET " + column + " = " + column + " - 100 WHERE leaf_index = " + damaged.index());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theKeyOfABucketThatIsBeingDestroyedShouldWaitUntilItIsMended(boolean isThere) throws Exception {
        RecordId kept = leaveUnfinished();
        Path key = config.keys().resolve("buckets/node-1/" + bucket + ".key");
        byte[] whole = Files.readAllBytes(key);
        damage(key, isThere);
        ListAppender<ILoggingEvent> told = listen(JdbcArchive.class);
        try (Archive archive = Archives.open(config, database, clock)) {
            assertThat(archive.open(Samples.store(archive, Samples.attempt("still recorded", "a@x")))).isPresent();
            assertThat(archive.certificates()).isEmpty();
        }
        assertThat(told.list).extracting(ILoggingEvent::getFormattedMessage).anySatisfy(line -> assertThat(line)
                .startsWith("messages are recorded all the same, but what was decided isn't destroyed").contains("key file " + key));
        Files.delete(key);
        Files.write(key, whole);
        try (Archive archive = Archives.open(config, database, clock)) {
            assertThat(archive.certificates()).hasSize(1);
            assertThat(archive.open(kept)).isPresent();
            assertThat(key).doesNotExist();
        }
    }

    @Test
    void aDatabaseThatIsAwayForAMomentShouldBeTold() throws Exception {
        leaveUnfinished();
        AtomicInteger left = new AtomicInteger(1);
        assertThatThrownBy(() -> Archives.open(config, failingAt("archive_destruction", left), clock))
                .isInstanceOf(ArchiveException.class).hasCauseInstanceOf(SQLException.class);
        assertThat(left).hasValue(0);
        left.set(1);
        assertThatThrownBy(() -> Archives.open(config, failingAt("settled_below", left), clock))
                .isInstanceOf(ArchiveException.class).hasCauseInstanceOf(SQLException.class);
        Archives.open(config, database, clock).close();
    }

    /** @return what stays */
    private RecordId leaveUnfinished() {
        try (Archive archive = Archives.open(config, broken.source(), clock)) {
            RecordId kept = Samples.store(archive, Samples.attempt("kept", "a@x"));
            Samples.store(archive, Samples.attempt("goes", "a@x"));
            clock.move(Duration.ofDays(2));
            archive.outcome(kept, Outcome.HANDED_ON);
            assertThatThrownBy(() -> archive.destroy(bucket, new Archive.DestructionOrder("default: 30 days", "schedule", LocalDate.of(2026, 12, 31), (connection, records) -> {
                broken.loseTheNextCommitsAnswer();
                return Set.of(kept.index());
            }))).isInstanceOf(ArchiveException.class);
            return kept;
        }
    }

    private static void damage(Path key, boolean isThere) throws IOException {
        byte[] bytes = Files.readAllBytes(key);
        bytes[bytes.length - 1] ^= 1;
        if (isThere) {
            Files.write(key, bytes);
        } else {
            Files.delete(key);
            Files.createDirectory(key); // as unreadable as a file on a broken disk
        }
    }

    private static ListAppender<ILoggingEvent> listen(Class<?> to) {
        ListAppender<ILoggingEvent> told = new ListAppender<>();
        told.start();
        ((Logger) LoggerFactory.getLogger(to)).addAppender(told);
        return told;
    }

    /** Fails the first statements that name this, so many, and no other. */
    private DataSource failingAt(String name, AtomicInteger left) {
        return (DataSource) proxy(DataSource.class, database, name, left);
    }

    private static Object proxy(Class<?> type, Object target, String name, AtomicInteger left) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
            if (method.getName().equals("prepareStatement") && args[0].toString().contains(name) && left.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                throw new SQLRecoverableException("the database is away", "08006");
            }
            try {
                Object result = method.invoke(target, args);
                return result instanceof Connection ? proxy(Connection.class, result, name, left) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.getConnection(); Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }
}
