package im.chancery.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.engine.Engine;
import im.chancery.engine.TestConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that let their requests hang, which the API has a few threads for. */
class StalledClientsTest {
    /** More than the API has threads. */
    private static final int MANY = 20;
    private static final int TOO_MANY_REQUESTS = 429;

    @TempDir
    private Path folder;
    private Engine engine;
    private Operators operators;
    private final List<Socket> stalled = new ArrayList<>();
    private final ScheduledExecutorService drip = Executors.newSingleThreadScheduledExecutor();

    @BeforeEach
    void start() throws Exception {
        Operators.writeTokens(TestConfig.tokens(folder));
        engine = Engine.start(TestConfig.in(folder).write(), Clock.systemUTC());
        operators = new Operators("http://127.0.0.1:" + engine.adminAddress().getPort());
    }

    @AfterEach
    void stop() throws IOException {
        drip.shutdownNow();
        for (Socket socket : stalled) {
            socket.close();
        }
        engine.close();
    }

    @Test
    void oneTokensBodiesThatNeverEndLeaveOthersTheirThreads() throws Exception {
        for (int i = 0; i < MANY; i++) {
            stall("POST /v1/holds HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\nAuthorization: Bearer "
                    + Operators.token(Duty.RECORDS_OFFICER) + "\r\n\r\n{");
        }
        drip.scheduleAtFixedRate(this::sendAByteEach, 1, 1, TimeUnit.SECONDS);
        HttpResponse<String> more = awaitTooMany(() -> operators.get(Duty.RECORDS_OFFICER, "/v1/holds"));
        assertThat(more.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(Operators.json(more).path("detail").asString()).isEqualTo("3 requests with this token are under way; allowed are 3 at once");
        assertThat(operators.get(Duty.READER, "/v1/records").statusCode()).isEqualTo(200);
        for (Socket socket : stalled) {
            socket.close();
        }
        awaitStatus(200, () -> operators.get(Duty.RECORDS_OFFICER, "/v1/holds"));
    }

    /** Nobody needs a token for metrics, and they are too long to be written at once. */
    @Test
    void whoReadsNoMetricsLeavesOthersTheirThreads() throws Exception {
        for (int i = 0; i < MANY; i++) {
            stall("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200));
        }
        awaitTooMany(() -> Operators.send(operators.request(null, "/metrics")));
        assertThat(operators.get(Duty.READER, "/v1/records").statusCode()).isEqualTo(200);
    }

    private interface Asking {
        HttpResponse<String> ask() throws Exception;
    }

    private static HttpResponse<String> awaitTooMany(Asking asking) throws Exception {
        return awaitStatus(TOO_MANY_REQUESTS, asking);
    }

    private static HttpResponse<String> awaitStatus(int status, Asking asking) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        HttpResponse<String> answer = asking.ask();
        while (answer.statusCode() != status && System.nanoTime() < end) {
            answer = asking.ask();
        }
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return answer;
    }

    private void stall(String request) throws IOException {
        Socket socket = new Socket();
        stalled.add(socket);
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress("127.0.0.1", engine.adminAddress().getPort()));
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }

    private void sendAByteEach() {
        for (Socket socket : stalled) {
            try {
                socket.getOutputStream().write(' ');
            } catch (IOException e) {
                // refused ones are closed
            }
        }
    }
}
