package im.chancery.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Archives;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.core.RecordId;
import im.chancery.engine.TestConfig;
import im.chancery.engine.config.ConfigReader;
import im.chancery.engine.config.EngineConfig;
import im.chancery.presence.PresenceConfig;
import im.chancery.presence.PresenceStore;
import im.chancery.presence.PresenceStores;
import im.chancery.retention.ArchivedRetention;
import im.chancery.retention.RetentionConfig;
import im.chancery.retention.RetentionService;
import im.chancery.roles.RolesPolicy;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * P8: no result is shown before the record of its use is durable, on every route. The archive is a real one, with a tap on
 * its appends that holds them back or makes them fail.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AuditFirstTest {
    private static final String SECRET_SENTENCE = "the merger is on friday";

    /** What the tap does with an append of an audit record. */
    private enum Tap {
        OPEN, HOLD, FAIL
    }

    /** An append that waits to be let through. */
    private record Held(NewRecord record, CompletableFuture<RecordId> stage) {
    }

    @TempDir
    private static Path folder;
    private Archive archive;
    private ArchivedRetention retention;
    private PresenceStore presence;
    private AdminServer server;
    private AdminServer.Parts parts;
    private Operators operators;
    private final BlockingQueue<Held> held = new LinkedBlockingQueue<>();
    private volatile Tap tap = Tap.OPEN;
    private volatile int changes;

    @BeforeAll
    void start() throws Exception {
        var root = ConfigReader.read(TestConfig.in(folder).write());
        EngineConfig config = EngineConfig.from(root);
        archive = Archives.open(ArchiveConfig.derby(config.node(), config.data(), config.keys(), config.readKeystorePassword()::chars), Clock.systemUTC());
        presence = PresenceStores.open(PresenceConfig.alone(), config.node());
        retention = ArchivedRetention.open(archive, RetentionConfig.read(root), Clock.systemUTC());
        Archive tapped = proxy(Archive.class, this::tapped);
        RetentionService watched = proxy(RetentionService.class, this::watched);
        parts = new AdminServer.Parts("node1", tapped, watched, new FixedConfig(RolesPolicy.from(root, config.served(), config.services()), () -> changes++), presence, () -> "key of node1",
                () -> "", () -> new NodeStatus("test", Instant.EPOCH, "chancery.yaml", 0, 0, 0), () -> true);
        server = AdminServer.start(parts, config.adminListen(), Operators.writeTokens(TestConfig.tokens(folder)), Clock.systemUTC());
        operators = new Operators("http://127.0.0.1:" + server.address().getPort());
        archive.append(NewRecord.of(RecordType.NODE, "audit", Set.of(), Optional.empty(), Map.of("note", SECRET_SENTENCE), "")).toCompletableFuture().get();
    }

    @AfterAll
    void stop() {
        server.close();
        presence.close();
        archive.close();
    }

    @BeforeEach
    void reset() {
        tap = Tap.OPEN;
        held.clear();
        changes = 0;
    }

    @Test
    void nothingIsShownBeforeItsUseIsDurable() throws Exception {
        for (Route route : AdminServer.routes(parts)) {
            tap = Tap.HOLD;
            CompletableFuture<HttpResponse<String>> answer = operators.ask(Operators.token(duty(route)), route);
            int records = route.changes() ? 2 : 1;
            for (int i = 0; i < records; i++) {
                Held next = held.poll(30, TimeUnit.SECONDS);
                assertThat(next).as("audit record %s of %s", i + 1, route.path()).isNotNull();
                assertThat(next.record().fields()).containsEntry("action", route.action());
                assertThat(answer).as("%s answers before its use is recorded", route.path()).isNotDone();
                if (route.changes() && i == 0) {
                    assertThat(changes).as("%s changes something before that is recorded", route.path()).isZero();
                }
                archive.append(next.record()).thenAccept(next.stage()::complete);
            }
            assertThat(answer.get(30, TimeUnit.SECONDS).statusCode()).as(route.path()).isNotIn(401, 403, 503);
            assertThat(held).as("more records than one for each use of %s", route.path()).isEmpty();
            changes = 0;
        }
    }

    @Test
    void whereItsUseCannotBeRecordedNothingIsShownAndNothingIsChanged() throws Exception {
        for (Route route : AdminServer.routes(parts)) {
            tap = Tap.FAIL;
            HttpResponse<String> answer = operators.ask(Operators.token(duty(route)), route).get(30, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).as(route.path()).isEqualTo(503);
            assertThat(answer.body()).as(route.path()).contains("could not be recorded").doesNotContain(SECRET_SENTENCE, "key of node1", "allow", "refuse");
            assertThat(changes).as("%s has changed something", route.path()).isZero();
        }
    }

    @Test
    void aRequestTooManyIsRecorded() throws Exception {
        tap = Tap.HOLD;
        Route route = AdminServer.routes(parts).get(0);
        List<Held> records = new ArrayList<>();
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i <= AtOnce.MOST; i++) {
            answers.add(operators.ask(Operators.token(duty(route)), route));
            records.add(held.poll(30, TimeUnit.SECONDS));
        }
        assertThat(records).extracting(h -> h.record().fields().get("action")).startsWith(route.action()).endsWith("denied." + route.action());
        records.forEach(h -> archive.append(h.record()).thenAccept(h.stage()::complete));
        for (int i = 0; i <= AtOnce.MOST; i++) {
            assertThat(answers.get(i).get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(i < AtOnce.MOST ? 200 : 429);
        }
    }

    @Test
    void deniedAttemptsThatWereLeftOutAreRecordedAsTheApiStops() throws Exception {
        Clock still = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
        try (AdminServer another = AdminServer.start(parts, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), TestConfig.tokens(folder), still)) {
            Operators strangers = new Operators("http://127.0.0.1:" + another.address().getPort());
            for (int i = 0; i < DeniedAttempts.BURST + 5; i++) {
                assertThat(Operators.send(strangers.request(null, "/v1/status")).statusCode()).isEqualTo(401);
            }
        }
        var uses = archive.find(new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of(RecordType.AUDIT), -1, 10_000));
        assertThat(uses.get(uses.size() - 1).record().fields()).containsEntry("actor", "nobody").containsEntry("action", "denied.status").containsEntry("count", "5");
    }

    @Test
    void aUseIsRecordedWithItsParametersAndHowMuchItHasShown() throws Exception {
        HttpResponse<String> answer = operators.get(Duty.READER, "/v1/records?with=ada@localhost&limit=7");
        assertThat(answer.statusCode()).isEqualTo(200);
        var uses = archive.find(new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of(RecordType.AUDIT), -1, 10_000));
        Map<String, String> newest = new HashMap<>(uses.get(uses.size() - 1).record().fields());
        assertThat(newest).containsEntry("actor", "reader (reader)").containsEntry("action", "records.search").containsEntry("count", "0")
                .containsEntry("parameter.with", "ada@localhost").containsEntry("parameter.limit", "7").containsEntry("parameter.phase", "done");
    }

    @Test
    void aDeniedAttemptIsRecordedToo() throws Exception {
        tap = Tap.HOLD;
        CompletableFuture<HttpResponse<String>> answer = operators.ask(Operators.token(Duty.ADMINISTRATOR), AdminServer.routes(parts).get(0));
        Held record = held.poll(30, TimeUnit.SECONDS);
        assertThat(record.record().fields()).containsEntry("action", "denied.records.search").containsEntry("actor", "administrator (administrator)");
        archive.append(record.record()).thenAccept(record.stage()::complete);
        assertThat(answer.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(403);
    }

    private static Duty duty(Route route) {
        return route.duties().iterator().next();
    }

    private Object tapped(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (method.getName().equals("append") && ((NewRecord) arguments[0]).type() == RecordType.AUDIT) {
            switch (tap) {
                case HOLD -> {
                    Held next = new Held((NewRecord) arguments[0], new CompletableFuture<>());
                    held.add(next);
                    return next.stage();
                }
                case FAIL -> {
                    CompletionStage<RecordId> failed = CompletableFuture.failedStage(new ArchiveException("the disk is full"));
                    return failed;
                }
                default -> { }
            }
        }
        return passOn(archive, method, arguments);
    }

    private Object watched(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (!List.of("plan", "holds").contains(method.getName())) {
            changes++;
        }
        return passOn(retention, method, arguments);
    }

    private static Object passOn(Object to, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(to, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
