package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.RecordId;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLRecoverableException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The database goes away under load, twice, and comes back: what was acknowledged is there, what failed isn't, nothing has to be restarted. */
class DatabaseOutageTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;
    private final Samples.Hands clock = new Samples.Hands();
    private volatile boolean away;

    @Test
    void theLogShouldStayGaplessOverOutages() throws Exception {
        ArchiveConfig config = Samples.derby(folder).withIntervals(Duration.ofMillis(50), Duration.ofMillis(20));
        Map<Long, String> acknowledged = new HashMap<>();
        int failed = 0;
        try (var pool = Databases.open(config)) {
            try (Archive archive = Archives.open(config, (DataSource) proxy(DataSource.class, pool), clock)) {
                for (int outage = 0; outage < 2; outage++) {
                    failed += appendThroughAnOutage(archive, acknowledged, outage);
                }
                away = false;
                awaitAnAppend(archive, acknowledged);
                archive.integrate();
                assertThat(archive.status().available()).isTrue();
                gapless(archive, acknowledged);
            }
            Archives.open(config, pool, clock).close();
        } finally {
            Databases.shutDown(config);
        }
        assertThat(failed).isPositive();
        assertThat(acknowledged).hasSizeGreaterThan(100);
        Samples.assertVerifies(config);
    }

    private int appendThroughAnOutage(Archive archive, Map<Long, String> acknowledged, int outage) {
        away = false;
        awaitAnAppend(archive, acknowledged);
        Map<String, CompletableFuture<RecordId>> stages = new HashMap<>();
        for (int i = 0; i < 400; i++) {
            String content = "outage " + outage + ", " + i;
            stages.put(content, archive.append(Samples.attempt(content, "a@x")).toCompletableFuture());
            if (i == 200) {
                stages.get("outage " + outage + ", 100").join();
                away = true;
            }
        }
        int failed = 0;
        for (Map.Entry<String, CompletableFuture<RecordId>> stage : stages.entrySet()) {
            try {
                acknowledged.put(stage.getValue().join().index(), stage.getKey());
            } catch (CompletionException e) {
                assertThat(e).hasCauseInstanceOf(ArchiveException.class);
                failed++;
            }
        }
        assertThat(archive.status().available()).isFalse();
        return failed;
    }

    private static void awaitAnAppend(Archive archive, Map<Long, String> acknowledged) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                acknowledged.put(Samples.store(archive, Samples.attempt("is it back?", "a@x")).index(), "is it back?");
                return;
            } catch (CompletionException e) {
                assertThat(e).hasCauseInstanceOf(ArchiveException.class);
                assertThat(System.nanoTime()).as("back in time").isLessThan(deadline);
            }
        }
    }

    private static void gapless(Archive archive, Map<Long, String> acknowledged) {
        List<ArchivedRecord> all = new ArrayList<>();
        archive.buckets().forEach(bucket -> archive.scan(bucket.id(), all::add));
        all.sort(Comparator.comparingLong(r -> r.id().index()));
        assertThat(all).extracting(r -> r.id().index()).containsExactlyElementsOf(LongStream.range(0, all.size()).boxed().toList());
        Set<String> stored = new HashSet<>();
        for (ArchivedRecord record : all) {
            if (record.record().type() == RecordType.ATTEMPT) {
                assertThat(acknowledged).containsEntry(record.id().index(), record.record().content());
                stored.add(record.record().content());
            }
        }
        assertThat(stored).containsExactlyInAnyOrderElementsOf(Set.copyOf(acknowledged.values()));
    }

    private Object proxy(Class<?> type, Object target) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
            boolean works = method.getName().startsWith("execute") || method.getName().startsWith("prepare") || method.getName().equals("commit")
                    || method.getName().equals("getConnection");
            if (away && works) {
                throw new SQLRecoverableException("the database is away", "08006");
            }
            try {
                Object result = method.invoke(target, args);
                if (result instanceof Connection) {
                    return proxy(Connection.class, result);
                }
                if (result instanceof PreparedStatement) {
                    return proxy(PreparedStatement.class, result);
                }
                return result instanceof Statement ? proxy(Statement.class, result) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }
}
