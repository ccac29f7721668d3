package im.chancery.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.engine.Engine;
import im.chancery.engine.TestConfig;
import java.io.ByteArrayInputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that nobody should send: told as problems, with nothing of the machine's inside in them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OddRequestsTest {
    private static final String ANN = "token-of-ann";
    private static final int TOO_MUCH = 8 << 20;

    @TempDir
    private static Path folder;
    private Engine engine;
    private Operators operators;

    @BeforeAll
    void start() throws Exception {
        Path tokens = Operators.writeTokens(TestConfig.tokens(folder));
        String others = Files.readString(tokens);
        Operators.write(tokens, others.substring(0, others.length() - 1) + ",\n" + Operators.entry("a1", "ann@localhost", "records-officer", ANN) + "]");
        engine = Engine.start(TestConfig.in(folder).write(), Clock.systemUTC());
        operators = new Operators("http://127.0.0.1:" + engine.adminAddress().getPort());
    }

    @AfterAll
    void stop() {
        engine.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "/v1/records?from=%2B1000000000-12-31T23:59:59.999999999Z", "/v1/records?to=-1000000000-01-01T00:00:00Z",
        "/v1/records?from=%2B999999999-12-31T23:59:59Z&to=-999999999-01-01T00:00:00Z", "/v1/records?after=9223372036854775807",
    })
    void boundsFarAwayShouldFindWhatThereIs(String path) throws Exception {
        HttpResponse<String> answer = operators.get(Duty.READER, path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "/v1/records/..%2f..%2fetc/passwd", "/v1/records/node1/-1", "/v1/records/node1/99999999999999999999", "/v1/records/%2e%2e/%2e%2e",
        "/v1/records/node1/1%00", "/v1/records?with=%ff%fe%40", "/v1/records?with=%zz", "/v1/records/node1/%zz", "/v1/records?from=2026-13-45",
    })
    void nonsenseShouldBeTold(String path) throws Exception {
        String answer = raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + Operators.token(Duty.READER)
                + "\r\nConnection: close\r\n\r\n");
        assertThat(answer).matches("(?s)HTTP/1.1 4[0-9][0-9] .*").doesNotContain("Exception", "at io.javalin", "im.chancery")
                .containsIgnoringCase("Content-Type: application/problem+json").contains("\"detail\":");
    }

    /** What the server refuses before it knows what is asked. */
    @ParameterizedTest
    @ValueSource(strings = {"", "GET", "GET /v1/records HTTP/1.1 x", "GET /v1/records HTTP/9.9", "G\u00e9T / HTTP/1.1", "OPTIONS * HTTP/1.1", "GET /%2e%2e HTTP/1.1", "@OST /v1/holds HTTP/1.1", "get /v1/records HTTP/1.1", "ANY /v1/records HTTP/1.1", "/v1/status HTTP/1.1"})
    void whatIsNoRequestShouldBeTold(String line) throws Exception {
        assertThat(raw(line + "\r\nHost: localhost\r\nConnection: close\r\n\r\n")).matches("(?s)HTTP/1.1 4[0-9][0-9] .*")
                .containsIgnoringCase("Content-Type: application/problem+json").contains("\"detail\":");
    }

    @RepeatedTest(20)
    void aBodyShouldBeBoundedHoweverItIsSent() throws Exception {
        byte[] large = ("{\"matter\": \"" + "x".repeat(TOO_MUCH) + "\", \"custodian\": \"ada@localhost\"}").getBytes(StandardCharsets.UTF_8);
        for (HttpRequest.BodyPublisher body : new HttpRequest.BodyPublisher[] {
            HttpRequest.BodyPublishers.ofByteArray(large), HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large))}) {
            HttpResponse<String> answer = Operators.send(operators.request(Operators.token(Duty.RECORDS_OFFICER), "/v1/holds")
                    .header("Content-Type", "application/json").POST(body));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(413);
            assertThat(answer.headers().firstValue("Connection")).as("the connection is no good for another request").contains("close");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"matter\": \"half \\ud800\", \"custodian\": \"ada@localhost\"}", "{\"matter\": \"M\", \"custodian\": \"\\udfff@localhost\"}",
        "{\"matter\": {}, \"custodian\": \"ada@localhost\"}", "[]", "\"M\"", "{", "", "{\"matter\": \"M\", \"custodian\": \"@\"}",
    })
    void aBodyThatIsNoneShouldBeTold(String body) throws Exception {
        HttpResponse<String> answer = operators.post(Duty.RECORDS_OFFICER, "/v1/holds", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    }

    @Test
    void aTextThatIsCutShouldNotBeCutInTheMiddleOfACharacter() throws Exception {
        String matter = "x".repeat(1023) + "\uD83D\uDE00" + "y".repeat(10);
        HttpResponse<String> answer = operators.post(Duty.RECORDS_OFFICER, "/v1/holds", "{\"matter\": \"" + matter + "\", \"custodian\": \"ada@localhost\"}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(Operators.json(answer).path("matter").asString()).isEqualTo(matter);
    }

    @Test
    void anApprovalUnderAnAddressShouldBeToldAndDestroyNothing() throws Exception {
        HttpResponse<String> answer = Operators.send(operators.request(ANN, "/v1/dispositions").header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"dryRun\": false}")));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
        assertThat(Operators.json(answer).path("detail").asString()).contains("not an address");
    }

    private String raw(String request) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", engine.adminAddress().getPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
