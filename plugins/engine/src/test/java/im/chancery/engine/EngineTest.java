package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.Archives;
import im.chancery.archive.Fields;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.core.Effect;
import im.chancery.core.RecordId;
import im.chancery.core.Verdict;
import im.chancery.core.config.ConfigException;
import im.chancery.engine.config.ConfigReader;
import im.chancery.engine.config.EngineConfig;
import im.chancery.retention.DispositionRun;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The composed engine, with the real archive, rules, retention and presence. */
class EngineTest {
    @TempDir
    private Path folder;

    @Test
    void decidesAndRecords() throws Exception {
        Path config = TestConfig.in(folder).write();
        try (Engine engine = Engine.start(config, Clock.systemUTC())) {
            Verdict allowed = TestExchanges.submit(engine, TestExchanges.message("ada@localhost/a", "emma@localhost", "hello"));
            Verdict refused = TestExchanges.submit(engine, TestExchanges.message("ada@localhost/a", "clara@localhost", "psst"));
            assertThat(allowed.decision().effect()).isEqualTo(Effect.ALLOW);
            assertThat(refused.decision().effect()).isEqualTo(Effect.REFUSE);
            assertThat(refused.attempt().index()).isGreaterThan(allowed.attempt().index());
        }
    }

    @Test
    void recordsItsStartWithTheConfigAndItsStop() throws Exception {
        Path config = TestConfig.in(folder).write();
        Engine.start(config, Clock.systemUTC()).close();
        List<ArchivedRecord> life = stored(config, RecordType.NODE);
        assertThat(life).extracting(r -> r.record().fields().get(Fields.ACTION)).containsSubsequence("node.start", "node.stop");
        ArchivedRecord start = life.stream().filter(r -> "node.start".equals(r.record().fields().get(Fields.ACTION))).findFirst().orElseThrow();
        assertThat(start.record().content()).isEqualTo(Files.readString(config));
        assertThat(start.bucket().recordClass()).isEqualTo("audit");
    }

    @Test
    void aRecordGetsTheClassOfItsPeople() throws Exception {
        Path config = TestConfig.in(folder).write();
        try (Engine engine = Engine.start(config, Clock.systemUTC())) {
            TestExchanges.submit(engine, TestExchanges.message("emma@localhost/e", "clara@localhost", "to trading"));
            TestExchanges.submit(engine, TestExchanges.message("emma@localhost/e", "ada@localhost", "to research"));
        }
        assertThat(stored(config, RecordType.ATTEMPT)).extracting(r -> r.bucket().recordClass()).containsExactly("trade", "default");
    }

    @Test
    void aResendAfterARestartIsLinkedToTheFirstAttempt() throws Exception {
        Path config = TestConfig.in(folder).write();
        String stanza = "<message id='m1'><origin-id xmlns='urn:xmpp:sid:0' id='o1'/><body>hi</body></message>";
        RecordId first;
        try (Engine engine = Engine.start(config, Clock.systemUTC())) {
            first = TestExchanges.submit(engine, TestExchanges.stanza("ada@localhost/a", "emma@localhost", stanza)).attempt();
        }
        try (Engine engine = Engine.start(config, Clock.systemUTC())) {
            TestExchanges.submit(engine, TestExchanges.stanza("ada@localhost/b", "emma@localhost", stanza));
        }
        assertThat(stored(config, RecordType.ATTEMPT)).extracting(r -> r.record().fields().get(Fields.RESEND_OF)).containsExactly(null, first.toString());
    }

    @Test
    void aStoppedEngineTakesNothing() throws Exception {
        Engine engine = Engine.start(TestConfig.in(folder).write(), Clock.systemUTC());
        engine.close();
        engine.close();
        assertThatThrownBy(() -> TestExchanges.submit(engine, TestExchanges.message("ada@localhost/a", "emma@localhost", "late")))
                .hasCauseInstanceOf(ArchiveException.class);
    }

    @Test
    void aWrongConfigOpensNothing() throws Exception {
        Path config = TestConfig.in(folder).with("nonsense: 1").write();
        assertThatThrownBy(() -> Engine.start(config, Clock.systemUTC())).isInstanceOf(ConfigException.class).hasMessageContaining("nonsense");
        assertThat(folder.resolve("data")).doesNotExist();
        assertThat(folder.resolve("keys")).doesNotExist();
    }

    @Test
    void aTakenAdminPortClosesWhatWasOpened() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Path config = TestConfig.in(folder).write();
            Files.writeString(config, Files.readString(config).replace("127.0.0.1:0", "127.0.0.1:" + taken.getLocalPort()));
            assertThatThrownBy(() -> Engine.start(config, Clock.systemUTC())).isInstanceOf(EngineException.class).hasMessageContaining("can't listen");
        }
        Engine.start(TestConfig.in(folder).write(), Clock.systemUTC()).close();
    }

    @Test
    void checkpointsGoToTheHostThatCarriesThem() throws Exception {
        Path config = TestConfig.in(folder).with("archive: {checkpoint-interval: 100 ms, sinks: [{kind: xmpp, to: auditor@localhost}]}").write();
        BlockingQueue<String> carried = new LinkedBlockingQueue<>();
        try (Engine engine = Engine.start(config, Clock.systemUTC())) {
            engine.carryCheckpointsBy((to, checkpoint) -> carried.add(to + " " + checkpoint));
            TestExchanges.submit(engine, TestExchanges.message("ada@localhost/a", "emma@localhost", "hello"));
            assertThat(carried.poll(30, TimeUnit.SECONDS)).startsWith("auditor@localhost node1\n");
        }
    }

    /** Threads that aren't daemons, and the lock on the folders, would outlive it. */
    @Test
    void anErrorInTheMiddleOfAStartClosesWhatWasOpened() throws Exception {
        Path config = TestConfig.in(folder).write();
        Clock failing = new Clock() {
            @Override
            public Instant instant() {
                if (StackWalker.getInstance().walk(frames -> frames.anyMatch(frame -> frame.getClassName().equals(DispositionRun.class.getName())))) {
                    throw new StackOverflowError("in the middle of a start");
                }
                return Instant.now();
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }
        };
        assertThatThrownBy(() -> Engine.start(config, failing)).isInstanceOf(StackOverflowError.class).hasMessage("in the middle of a start");
        Engine.start(config, Clock.systemUTC()).close();
    }

    private static List<ArchivedRecord> stored(Path configFile, RecordType type) throws Exception {
        EngineConfig config = EngineConfig.from(ConfigReader.read(configFile));
        var archiveConfig = ArchiveConfig.derby(config.node(), config.data(), config.keys(), config.readKeystorePassword()::chars);
        try (Archive archive = Archives.open(archiveConfig, Clock.systemUTC())) {
            return archive.find(new RecordQuery(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of(type), -1, 100));
        }
    }

    @Test
    void aSecondEngineOnTheSameFoldersIsRefused() throws Exception {
        Path config = TestConfig.in(folder).write();
        try (Engine engine = Engine.start(config, Clock.systemUTC())) {
            assertThat(engine.node()).isEqualTo("node1");
            assertThatThrownBy(() -> Engine.start(config, Clock.systemUTC())).isInstanceOf(EngineException.class)
                    .hasMessageContaining("another engine is using it");
        }
        Engine.start(config, Clock.systemUTC()).close();
    }
}
