package im.chancery.engine.audit;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.syslog.SyslogTransport;
import im.chancery.engine.TestConfig;
import im.chancery.engine.config.AuditStreamOptions;
import im.chancery.engine.config.ConfigReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection whose receiver has stopped to read. What is sent and sent again is in {@link AuditStreamTest}. */
class StreamTransportTest {
    private static final byte[] MESSAGE = new byte[500];

    @TempDir
    private Path folder;
    private SyslogReceiver receiver;
    private SyslogTransport transport;
    private CompletableFuture<Void> sending;

    private void sendUntilStuck(String kind) throws Exception {
        receiver = SyslogReceiver.start(kind, folder);
        receiver.hang();
        transport = AuditStreamOptions.from(ConfigReader.read(TestConfig.in(folder).with(receiver.option()).write())).transport().orElseThrow();
        AtomicLong sent = new AtomicLong();
        sending = CompletableFuture.runAsync(() -> {
            try {
                while (true) {
                    transport.send(MESSAGE);
                    sent.incrementAndGet();
                }
            } catch (IOException e) {
                sent.set(-1);
            }
        }, StreamTransportTest::daemon);
        long before = -1;
        while (before <= 0 || sent.get() != before) {
            before = sent.get();
            assertThat(before).as("it goes on until it is stuck").isNotNegative();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
        }
    }

    @AfterEach
    void end() throws Exception {
        receiver.close();
        transport.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "tls"})
    void closingBreaksOffWhatIsStuck(String kind) throws Exception {
        sendUntilStuck(kind);
        inItsThread(transport::close);
        sending.get(30, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "tls"})
    void finishingGivesUpAReceiverThatDoesNotRead(String kind) throws Exception {
        sendUntilStuck(kind);
        inItsThread(() -> assertThat(transport.finish()).isFalse());
        sending.get(30, TimeUnit.SECONDS);
    }

    /** In one that may hang. */
    private static void inItsThread(Runnable task) throws Exception {
        CompletableFuture.runAsync(task, StreamTransportTest::daemon).get(30, TimeUnit.SECONDS);
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "stuck");
        thread.setDaemon(true);
        thread.start();
    }
}
