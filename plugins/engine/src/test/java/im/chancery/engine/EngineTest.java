package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.Effect;
import im.chancery.core.Verdict;
import java.nio.file.Path;
import java.time.Clock;
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
