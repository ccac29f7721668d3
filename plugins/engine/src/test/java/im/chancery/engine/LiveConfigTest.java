package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.Archives;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.core.Decision;
import im.chancery.core.RecordId;
import im.chancery.core.config.ConfigException;
import im.chancery.engine.config.ConfigFile;
import im.chancery.presence.PresenceConfig;
import im.chancery.presence.PresenceStore;
import im.chancery.presence.PresenceStores;
import im.chancery.retention.ArchivedRetention;
import im.chancery.tests.contracts.ExtensionJar;
import im.chancery.tests.contracts.ObedientExtension;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A config that changes over a real archive, whose appends of the node's records end when the test says so. */
class LiveConfigTest {
    private static final String LATER_WALL = "barriers:\n  - {name: later, from: {departments: [research]}, to: {departments: [office]}, reason: A later wall.}\n";

    @TempDir
    private Path folder;
    private final BlockingQueue<CompletableFuture<RecordId>> held = new LinkedBlockingQueue<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private boolean holds;
    private RuntimeException failure;
    private RuntimeException lateFailure;
    private Path file;
    private Archive archive;
    private PresenceStore presence;
    private RecordingGate gate;
    private LiveConfig live;

    @BeforeEach
    void open() throws Exception {
        ExtensionJar.obedient(folder.resolve("plugins.d/obedient.jar"));
        file = TestConfig.in(folder).with("extensions: {use: [{name: one, jar: obedient.jar, on-failure: refuse, deadline: 4 s}]}").write();
        ConfigTaken started = ConfigTaken.from(ConfigFile.read(file));
        archive = Archives.open(ArchiveConfig.derby("node1", started.engine().data(), started.engine().keys(), started.engine().readKeystorePassword()::chars), Clock.systemUTC());
        presence = PresenceStores.open(PresenceConfig.alone(), "node1");
        gate = new RecordingGate(started.rules(), new AttemptRecords(started.engine().served(), started.engine().services()), archive, presence, new ResendLinks(100),
                new EngineMetrics(meters));
        live = new LiveConfig(started, gate, ArchivedRetention.open(archive, started.retention(), Clock.systemUTC()), new NodeRecords(tapped(), "test"), Clock.systemUTC());
    }

    @AfterEach
    void close() throws Exception {
        gate.close();
        live.close();
        presence.close();
        archive.close();
    }

    private Archive tapped() {
        return (Archive) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Archive.class}, (proxy, method, arguments) -> {
            if (failure != null) {
                throw failure;
            }
            try {
                Object result = method.invoke(archive, arguments);
                if (lateFailure != null) {
                    return ((CompletionStage<?>) result).thenCompose(stored -> CompletableFuture.failedStage(lateFailure));
                }
                return holds ? heldBack((CompletionStage<?>) result) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    private CompletionStage<RecordId> heldBack(CompletionStage<?> appended) {
        CompletableFuture<RecordId> until = new CompletableFuture<>();
        held.add(until);
        return until.thenCombine(appended, (id, ignored) -> (RecordId) ignored);
    }

    private void write(UnaryOperator<String> change) throws Exception {
        Files.writeString(file, change.apply(Files.readString(file)));
    }

    private void buildWall() throws Exception {
        write(text -> text.replace("barriers:\n", LATER_WALL));
    }

    private Decision decision(String words) throws Exception {
        return gate.recheck(TestExchanges.message("ada@localhost/a", "emma@localhost", words)).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private List<ArchivedRecord> changes() {
        return archive.find(new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of(RecordType.NODE), -1, 100)).stream()
                .filter(r -> "node.config".equals(r.record().fields().get(Fields.ACTION))).toList();
    }

    @Test
    void anotherConfigDecidesOnceItsRecordIsStored() throws Exception {
        buildWall();
        holds = true;
        CompletableFuture<Optional<String>> reload = CompletableFuture.supplyAsync(() -> {
            try {
                return live.reload("test");
            } catch (ConfigException e) {
                throw new IllegalStateException(e);
            }
        });
        CompletableFuture<RecordId> record = held.poll(30, TimeUnit.SECONDS);
        assertThat(decision("hello").allowed()).as("before").isTrue();
        assertThat(reload).isNotDone();
        record.complete(null);
        assertThat(reload.get(30, TimeUnit.SECONDS)).contains("barriers: added later");
        assertThat(decision("hello").error().orElseThrow().text()).contains("A later wall.");
        NewRecord change = changes().get(0).record();
        assertThat(change.content()).isEqualTo(Files.readString(file));
        assertThat(change.recordClass()).isEqualTo("audit");
        assertThat(change.fields()).containsEntry(Fields.ACTOR, "test").containsEntry(Fields.PARAMETER + "changes", "barriers: added later")
                .containsKey(Fields.PARAMETER + "extension.one");
        assertThat(live.policy().explain(TestExchanges.message("ada@localhost/a", "x@localhost", "").from().asBareJid(),
                TestExchanges.message("emma@localhost/e", "x@localhost", "").from().asBareJid(), im.chancery.core.StanzaKind.MESSAGE, Optional.empty()).decision().allowed()).isFalse();
    }

    @Test
    void aWrongFileChangesNothing() throws Exception {
        String good = Files.readString(file);
        write(text -> text.replace("barriers:\n", LATER_WALL).replace("departments: [trading]}, reason", "departments: [tradng]}, reason"));
        assertThatThrownBy(() -> live.reload("test")).isInstanceOf(ConfigException.class).hasMessageContaining("tradng");
        assertThat(decision("hello").allowed()).isTrue();
        assertThat(changes()).isEmpty();
        assertThat(live.state().refused().orElseThrow()).contains(file + ":").contains("tradng");
        Files.writeString(file, good);
        assertThat(live.reload("test")).as("what is in force").isEmpty();
        assertThat(live.state().refused()).isEmpty();
    }

    /** Others read the log than may read of people. */
    @Test
    void theLogSaysWhereAFileIsWrongAndNotWhatStandsThere() throws Exception {
        ListAppender<ILoggingEvent> told = new ListAppender<>();
        Logger log = (Logger) LoggerFactory.getLogger(LiveConfig.class);
        log.addAppender(told);
        told.start();
        try {
            write(text -> text.replace("jid: boris@localhost", "jid: ada@localhost"));
            assertThatThrownBy(() -> live.reload("test")).isInstanceOf(ConfigException.class).hasMessageContaining("found 'ada@localhost' a second time; allowed: ");
            assertThat(live.state().refused().orElseThrow()).contains("ada@localhost");
            assertThat(told.list).extracting(ILoggingEvent::getFormattedMessage).hasSize(2).first().asString()
                    .startsWith(file + ":8:11: people[1].jid: allowed: ");
            assertThat(told.list).extracting(ILoggingEvent::getFormattedMessage).noneMatch(line -> line.contains("ada@localhost"));
        } finally {
            log.detachAppender(told);
        }
    }

    @Test
    void aFileThatNeedsARestartIsRefusedWhole() throws Exception {
        write(text -> text.replace("barriers:\n", LATER_WALL).replace("name: node1", "name: node2") + "archive: {queue: 100}\n");
        assertThatThrownBy(() -> live.reload("test")).isInstanceOf(ConfigException.class).hasMessageContaining("node.name: found a change").hasMessageContaining("archive: found a change");
        assertThat(decision("hello").allowed()).isTrue();
        assertThat(changes()).isEmpty();
    }

    @Test
    void whatCannotBeRecordedIsNotTaken() throws Exception {
        buildWall();
        write(text -> text.replace("name: one", "name: two"));
        int closed = Integer.getInteger(ObedientExtension.CLOSED, 0);
        failure = new ArchiveException("the disk is full");
        assertThatThrownBy(() -> live.reload("test")).isSameAs(failure);
        assertThat(decision("hello").allowed()).isTrue();
        assertThat(live.extensions()).containsExactly("one");
        assertThat(Integer.getInteger(ObedientExtension.CLOSED)).as("the new one is closed again").isEqualTo(closed + 1);
        failure = null;
        assertThat(meters.find("chancery.extension.failures").tag("extension", "two").counters()).as("before it is in force").isEmpty();
        assertThat(live.reload("test")).contains("barriers: added later; extensions.use: added two, removed one");
        assertThat(meters.find("chancery.extension.failures").tag("extension", "two").counters()).as("before its first failure").isNotEmpty().allMatch(failures -> failures.count() == 0);
    }

    /** As when the database answers only after nobody waits any more. */
    @Test
    void theNewestRecordNamesTheConfigInForceAlsoWhereOneWasStoredAgainstExpectation() throws Exception {
        String before = Files.readString(file);
        buildWall();
        lateFailure = new ArchiveException("no answer came");
        assertThatThrownBy(() -> live.reload("test")).isInstanceOf(ArchiveException.class);
        assertThat(changes()).as("the one that was not taken").hasSize(1);
        lateFailure = null;
        Files.writeString(file, before);
        assertThat(live.reload("test")).isEmpty();
        assertThat(decision("hello").allowed()).isTrue();
        assertThat(changes()).hasSize(2);
        assertThat(changes().get(1).record().content()).isEqualTo(before);
        assertThat(live.reload("test")).isEmpty();
        assertThat(changes()).as("once").hasSize(2);
    }

    @Test
    void whatIsUnderWayIsDecidedByTheConfigItCameTo() throws Exception {
        String key = "chancery.test." + UUID.randomUUID();
        CompletableFuture<?> slow = gate.submit(TestExchanges.message("ada@localhost/a", "emma@localhost", "spin " + key)).toCompletableFuture();
        buildWall();
        write(text -> text.replaceFirst("(?m)^extensions:.*$", "extensions: {use: [{name: two, jar: obedient.jar, on-failure: refuse}]}"));
        CompletableFuture<Optional<String>> reload = CompletableFuture.supplyAsync(() -> {
            try {
                return live.reload("test");
            } catch (ConfigException e) {
                throw new IllegalStateException(e);
            }
        });
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
        while (!live.extensions().contains("two") && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        CompletableFuture<?> later = gate.submit(TestExchanges.message("ada@localhost/a", "emma@localhost", "annotate later")).toCompletableFuture();
        assertThat(reload).as("waits for what the old extension has been asked").isNotDone();
        System.setProperty(key, "go");
        slow.get(30, TimeUnit.SECONDS);
        later.get(30, TimeUnit.SECONDS);
        assertThat(reload.get(30, TimeUnit.SECONDS)).isPresent();
        List<ArchivedRecord> attempts = archive.find(new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of(RecordType.ATTEMPT), -1, 100));
        assertThat(attempts).extracting(r -> r.record().fields().get(Fields.EFFECT)).containsExactly("allow", "refuse");
        assertThat(attempts.get(0).record().fields()).containsEntry(Fields.ANNOTATION + "one.spun", key);
        assertThat(attempts.get(1).record().fields()).containsEntry(Fields.ANNOTATION + "two.said", "later").containsEntry(Fields.RULES, "later");
    }

    @Test
    void extensionsThatStayAreNotStartedAnew() throws Exception {
        int closed = Integer.getInteger(ObedientExtension.CLOSED, 0);
        buildWall();
        live.reload("test");
        assertThat(Integer.getInteger(ObedientExtension.CLOSED, 0)).isEqualTo(closed);
        ExtensionJar.write(folder.resolve("plugins.d/obedient.jar"), ObedientExtension.class.getName(), ObedientExtension.class, ExtensionJar.class);
        assertThat(live.reload("test")).as("another jar").contains("jar of one");
        assertThat(Integer.getInteger(ObedientExtension.CLOSED)).isEqualTo(closed + 1);
        ExtensionJar.obedient(folder.resolve("plugins.d/stranger.jar"));
        assertThatThrownBy(() -> live.reload("test")).isInstanceOf(ConfigException.class).hasMessageContaining("stranger.jar");
    }
}
