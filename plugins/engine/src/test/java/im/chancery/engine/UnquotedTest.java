package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class UnquotedTest {
    private final Logger log = (Logger) LoggerFactory.getLogger(UnquotedTest.class);
    private final Exception thrown = new IllegalStateException("'ann@example.org' has said: hello", new IOException("hello"));

    @AfterEach
    void reset() {
        log.setLevel(null);
    }

    @Test
    void classesAndPlacesAreToldAndNoMessages() {
        log.setLevel(Level.INFO);
        Throwable told = Unquoted.of(thrown, log);
        assertThat(told).hasMessage("java.lang.IllegalStateException").hasRootCauseMessage("java.io.IOException");
        assertThat(told.getStackTrace()).isEqualTo(thrown.getStackTrace());
        assertThat(told.getCause().getStackTrace()).isEqualTo(thrown.getCause().getStackTrace());
    }

    @Test
    void causesInACircleEnd() {
        log.setLevel(Level.INFO);
        thrown.getCause().initCause(thrown);
        assertThat(Unquoted.of(thrown, log)).hasRootCauseMessage("java.io.IOException");
    }

    @Test
    void whoDebugsSeesAllOfIt() {
        log.setLevel(Level.DEBUG);
        assertThat(Unquoted.of(thrown, log)).isSameAs(thrown);
    }
}
