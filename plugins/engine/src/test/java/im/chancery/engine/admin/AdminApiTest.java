package im.chancery.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.Exchange;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import im.chancery.core.PresenceChange;
import im.chancery.core.Verdict;
import im.chancery.engine.Engine;
import im.chancery.engine.TestConfig;
import im.chancery.engine.TestExchanges;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jxmpp.jid.impl.JidCreate;
import tools.jackson.databind.JsonNode;

/** The API of a running engine, over HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdminApiTest {
    /** Who may do what. A route that isn't here fails the test. */
    private static final Map<String, Set<Duty>> WHO_MAY = Map.ofEntries(
            Map.entry("GET /v1/records", Set.of(Duty.READER)),
            Map.entry("GET /v1/records/{origin}/{index}", Set.of(Duty.READER)),
            Map.entry("GET /v1/retention/plan", Set.of(Duty.RECORDS_OFFICER)),
            Map.entry("GET /v1/holds", Set.of(Duty.RECORDS_OFFICER)),
            Map.entry("POST /v1/holds", Set.of(Duty.RECORDS_OFFICER)),
            Map.entry("POST /v1/holds/{origin}/{index}/release", Set.of(Duty.RECORDS_OFFICER)),
            Map.entry("POST /v1/dispositions", Set.of(Duty.RECORDS_OFFICER)),
            Map.entry("POST /v1/explain", Set.of(Duty.ADMINISTRATOR)),
            Map.entry("GET /v1/presence", Set.of(Duty.ADMINISTRATOR)),
            Map.entry("GET /v1/cluster", Set.of(Duty.ADMINISTRATOR)),
            Map.entry("GET /v1/status", Set.of(Duty.ADMINISTRATOR)),
            Map.entry("POST /v1/config/reload", Set.of(Duty.ADMINISTRATOR)),
            Map.entry("GET /v1/checkpoint", EnumSet.allOf(Duty.class)),
            Map.entry("GET /v1/key", EnumSet.allOf(Duty.class)));

    @TempDir
    private static Path folder;
    private Engine engine;
    private Operators operators;
    private String api;

    @BeforeAll
    void start() throws Exception {
        Operators.writeTokens(TestConfig.tokens(folder));
        engine = Engine.start(TestConfig.in(folder).write(), Clock.systemUTC());
        api = "http://127.0.0.1:" + engine.adminAddress().getPort();
        operators = new Operators(api);
    }

    @AfterAll
    void stop() {
        engine.close();
    }

    @Test
    void everyRouteIsForItsDutiesOnly() throws Exception {
        Map<String, Set<Duty>> found = new HashMap<>();
        for (Route route : routes()) {
            String name = route.method() + " " + route.path();
            assertThat(WHO_MAY).as("say who may use it").containsKey(name);
            Set<Duty> admitted = EnumSet.noneOf(Duty.class);
            for (Duty duty : Duty.values()) {
                int status = operators.ask(Operators.token(duty), route).get(60, TimeUnit.SECONDS).statusCode();
                assertThat(status).as("%s as %s", name, duty).isNotIn(401, 415, 500);
                if (status != 403) {
                    admitted.add(duty);
                }
            }
            found.put(name, admitted);
            assertThat(operators.ask("no-such-token", route).get(60, TimeUnit.SECONDS).statusCode()).as(name).isEqualTo(401);
            assertThat(operators.ask(null, route).get(60, TimeUnit.SECONDS).statusCode()).as(name).isEqualTo(401);
        }
        assertThat(found).isEqualTo(WHO_MAY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/healthz", "/readyz", "/metrics"})
    void healthAndMetricsNeedNoToken(String path) throws Exception {
        HttpResponse<String> answer = Operators.send(operators.request(null, path));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Server")).isEmpty();
    }

    @Test
    void metricsSayWhatTheGateDoes() throws Exception {
        TestExchanges.submit(engine, TestExchanges.message("boris@localhost/b", "clara@localhost", "psst"));
        String metrics = Operators.send(operators.request(null, "/metrics")).body();
        assertThat(metrics).contains("chancery_verdicts_total{effect=\"refuse\",rule=\"wall\"}", "chancery_verdict_time_seconds_bucket",
                "chancery_unrecorded_total{why=\"overloaded\"}", "chancery_outcomes_total{outcome=\"bounced\"}", "chancery_presence_resources",
                "jvm_memory_used_bytes").doesNotContain("localhost");
    }

    @Test
    void listsAttemptsWithOutcomesAndWithoutContent() throws Exception {
        Verdict allowed = TestExchanges.submit(engine, TestExchanges.message("ada@localhost/a", "emma@localhost", "hello emma"));
        Verdict refused = TestExchanges.submit(engine, TestExchanges.message("ada@localhost/a", "clara@localhost", "psst clara"));
        engine.gate().outcome(allowed.attempt(), Outcome.HANDED_ON);
        engine.gate().outcome(refused.attempt(), Outcome.BOUNCED);
        JsonNode first = awaitOutcome(allowed);
        assertThat(first.path("outcome").asString()).isEqualTo("handed_on");
        assertThat(first.path("from").asString()).isEqualTo("ada@localhost/a");
        assertThat(first.path("effect").asString()).isEqualTo("allow");
        JsonNode second = awaitOutcome(refused);
        assertThat(second.path("outcome").asString()).isEqualTo("bounced");
        assertThat(second.path("effect").asString()).isEqualTo("refuse");
        assertThat(second.path("rules").get(0).asString()).isEqualTo("wall");
        assertThat(second.path("reason").asString()).contains("Research may not reach Trading");
        assertThat(operators.get(Duty.READER, "/v1/records?with=ada@localhost").body()).doesNotContain("hello emma", "psst clara");
        JsonNode opened = Operators.json(operators.get(Duty.READER, "/v1/records/" + refused.attempt())).path("record");
        assertThat(opened.path("stanza").asString()).contains("<body>psst clara</body>");
    }

    @Test
    void findsByRoomAndByEveryOccupant() throws Exception {
        Verdict said = TestExchanges.submit(engine, TestExchanges.roomMessage("ada@localhost/a", "lab@rooms.localhost", "to all", "ada@localhost", "boris@localhost"));
        for (String query : List.of("room=lab@rooms.localhost", "with=boris@localhost", "with=ada@localhost")) {
            assertThat(ids(query)).as(query).contains(said.attempt().toString());
        }
        assertThat(ids("with=emma@localhost")).doesNotContain(said.attempt().toString());
        assertThat(ids("room=other@rooms.localhost")).isEmpty();
    }

    @Test
    void pagesThroughWhatIsMoreThanOnePage() throws Exception {
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            sent.add(TestExchanges.submit(engine, TestExchanges.message("emma@localhost/e", "boris@localhost", "n" + i)).attempt().toString());
        }
        List<String> seen = new ArrayList<>();
        String after = "";
        for (int page = 0; page < 3; page++) {
            JsonNode answer = Operators.json(operators.get(Duty.READER, "/v1/records?with=boris@localhost&limit=2" + after));
            answer.path("records").forEach(r -> seen.add(r.path("id").asString()));
            after = "&after=" + answer.path("next").asString("");
        }
        assertThat(seen).containsAll(sent.subList(0, 4));
    }

    @Test
    void aRecordIsShownWithWhatCorrectsRetractsAndRepeatsIt() throws Exception {
        String first = say("<message id='m1'><origin-id xmlns='urn:xmpp:sid:0' id='o1'/><body>one</body></message>");
        String resend = say("<message id='m1'><origin-id xmlns='urn:xmpp:sid:0' id='o1'/><body>one</body></message>");
        String corrected = say("<message id='m2'><replace xmlns='urn:xmpp:message-correct:0' id='m1'/><body>two</body></message>");
        String retracted = say("<message id='m3'><retract xmlns='urn:xmpp:message-retract:1' id='m1'/></message>");
        String other = say("<message id='m4'><body>something else</body></message>");
        for (String id : List.of(first, resend, corrected, retracted)) {
            JsonNode answer = Operators.json(operators.get(Duty.READER, "/v1/records/" + id));
            List<String> linked = new ArrayList<>(List.of(id));
            answer.path("linked").path("records").forEach(r -> linked.add(r.path("id").asString()));
            assertThat(linked).as("from %s", id).containsExactlyInAnyOrder(first, resend, corrected, retracted);
            assertThat(answer.path("linked").path("complete").asBoolean()).isTrue();
        }
        assertThat(Operators.json(operators.get(Duty.READER, "/v1/records/" + other)).path("linked").path("records")).isEmpty();
        assertThat(Operators.json(operators.get(Duty.READER, "/v1/records/" + resend)).path("record").path("resendOf").asString()).isEqualTo(first);
    }

    /** Both ways between two people; who may do what to whose message, the relation's meaning says. */
    @Test
    void aRecordIsShownWithAllThatBelongsToIt() throws Exception {
        String first = say("<message id='c1'><body>one</body></message>");
        String answer = answer("<message id='c2'><reply xmlns='urn:xmpp:reply:0' id='c1'/><body>two</body></message>");
        String read = answer("<message id='c3'><displayed xmlns='urn:xmpp:chat-markers:0' id='c1'/></message>");
        String received = answer("<message id='c4'><received xmlns='urn:xmpp:receipts' id='c1'/></message>");
        String reaction = say("<message id='c5'><reactions xmlns='urn:xmpp:reactions:0' id='c2'/></message>");
        answer("<message id='c6'><retract xmlns='urn:xmpp:message-retract:1' id='c1'/></message>"); // not hers to take back
        say("<message id='c7'><received xmlns='urn:xmpp:receipts' id='c1'/></message>"); // whom it was for has not said so
        TestExchanges.submit(engine, TestExchanges.stanza("clara@localhost/c", "emma@localhost", "<message id='c8'><reply xmlns='urn:xmpp:reply:0' id='c1'/></message>"));
        assertChain(first, Map.of(answer, "reply " + first, read, "mark " + first, received, "receive " + first, reaction, "react " + answer));
        assertChain(reaction, Map.of(first, "", answer, "reply " + first, read, "mark " + first, received, "receive " + first));
    }

    @Test
    void aCallIsShownWithItsSignallingAndAThreadWithItsMessages() throws Exception {
        String proposed = say("<message id='d1'><propose xmlns='urn:xmpp:jingle-message:0' id='s1'/></message>");
        String proceeded = answer("<message id='d2'><proceed xmlns='urn:xmpp:jingle-message:0' id='s1'/></message>");
        say("<message id='d3'><propose xmlns='urn:xmpp:jingle-message:0' id='s2'/></message>");
        assertChain(proposed, Map.of(proceeded, ""));
        String asked = say("<message id='e1'><thread>t1</thread><body>one</body></message>");
        String said = answer("<message id='e2'><thread>t1</thread><body>two</body></message>");
        say("<message id='e3'><thread>t2</thread><body>three</body></message>");
        assertChain(asked, Map.of(said, ""));
    }

    /** In a room others refer to a message by the id that the room has given to it (XEP-0359). */
    @Test
    void aRoomsMessageIsShownWithWhatRefersToItByTheRoomsId() throws Exception {
        String first = inRoom("ada", "<message type='groupchat' id='r1'><body>one</body></message>");
        engine.gate().assigned(RecordId.parse(first), "given-1");
        String edit = inRoom("ada", "<message type='groupchat' id='r2'><replace xmlns='urn:xmpp:message-correct:0' id='r1'/><body>uno</body></message>");
        String reaction = inRoom("emma", "<message type='groupchat' id='r3'><reactions xmlns='urn:xmpp:reactions:0' id='given-1'/></message>");
        String retraction = inRoom("ada", "<message type='groupchat' id='r4'><retract xmlns='urn:xmpp:message-retract:1' id='given-1'/></message>");
        inRoom("emma", "<message type='groupchat' id='r5'><replace xmlns='urn:xmpp:message-correct:0' id='r1'/><body>not his</body></message>");
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (record(first).path("record").path("assignedId").isMissingNode() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(record(first).path("record").path("assignedId").asString()).isEqualTo("given-1");
        assertChain(first, Map.of(edit, "correct " + first, reaction, "react " + first, retraction, "retract " + first));
        assertChain(reaction, Map.of(first, "", edit, "correct " + first, retraction, "retract " + first));
    }

    private void assertChain(String id, Map<String, String> expected) throws Exception {
        Map<String, String> found = new HashMap<>();
        record(id).path("linked").path("records").forEach(other -> found.put(other.path("id").asString(), String.join(", ",
                other.path("links").valueStream().map(link -> link.path("does").asString() + " " + link.path("to").asString()).toList())));
        assertThat(found).as("from %s", id).isEqualTo(expected);
    }

    private JsonNode record(String id) throws Exception {
        return Operators.json(operators.get(Duty.READER, "/v1/records/" + id));
    }

    private String inRoom(String who, String stanza) throws Exception {
        Exchange said = TestExchanges.roomMessage(who + "@localhost/a", "chain@rooms.localhost", "", "ada@localhost", "emma@localhost");
        return TestExchanges.submit(engine, new Exchange(said.from(), said.to(), said.recipient(), said.kind(), said.type(), said.direction(), said.place(), said.room(), stanza))
                .attempt().toString();
    }

    private String answer(String stanza) throws Exception {
        return TestExchanges.submit(engine, TestExchanges.stanza("emma@localhost/e", "ada@localhost", stanza)).attempt().toString();
    }

    @Test
    void explainsWhatCannotBeRead() throws Exception {
        String question = "{\"from\": \"ada@localhost\", \"to\": \"emma@localhost\", \"content\": \"%s\"}";
        assertThat(Operators.json(operators.post(Duty.ADMINISTRATOR, "/v1/explain", question.formatted("unreadable"))).path("effect").asString()).isEqualTo("allow");
        assertThat(operators.post(Duty.ADMINISTRATOR, "/v1/explain", question.formatted("secret")).statusCode()).isEqualTo(400);
    }

    @Test
    void explains() throws Exception {
        JsonNode answer = Operators.json(operators.post(Duty.ADMINISTRATOR, "/v1/explain", "{\"from\": \"ada@localhost\", \"to\": \"clara@localhost\"}"));
        assertThat(answer.path("effect").asString()).isEqualTo("refuse");
        assertThat(answer.path("rules").get(0).path("id").asString()).isEqualTo("wall");
        assertThat(answer.path("error").path("condition").asString()).isEqualTo("policy-violation");
        assertThat(answer.path("lines")).isNotEmpty();
    }

    @Test
    void showsPresenceByPersonAndDepartment() throws Exception {
        engine.gate().presence(new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked("boris@localhost/desk"), true, "dnd", 5));
        JsonNode boris = Operators.json(operators.get(Duty.ADMINISTRATOR, "/v1/presence?jid=boris@localhost")).path("people").get(0);
        assertThat(boris.path("resources").get(0).toString()).isEqualTo("{\"resource\":\"desk\",\"show\":\"dnd\",\"priority\":5,\"node\":\"node1\"}");
        JsonNode research = Operators.json(operators.get(Duty.ADMINISTRATOR, "/v1/presence?department=research")).path("people");
        assertThat(research).hasSize(2);
        assertThat(research.get(0).path("resources")).isEmpty();
        assertThat(operators.get(Duty.ADMINISTRATOR, "/v1/presence?department=nowhere").statusCode()).isEqualTo(404);
    }

    @Test
    void placesListsAndReleasesAHold() throws Exception {
        say("<message><body>to be held</body></message>");
        HttpResponse<String> created = operators.post(Duty.RECORDS_OFFICER, "/v1/holds", "{\"matter\": \"M-1\", \"custodian\": \"ada@localhost\"}");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(200);
        JsonNode hold = Operators.json(created);
        assertThat(hold.path("held").asLong()).isPositive();
        assertThat(hold.path("createdBy").asString()).isEqualTo("records-officer (records-officer)");
        String id = hold.path("id").asString();
        assertThat(operators.get(Duty.RECORDS_OFFICER, "/v1/holds").body()).contains(id);
        assertThat(operators.post(Duty.RECORDS_OFFICER, "/v1/holds/" + id + "/release", "{}").statusCode()).isEqualTo(200);
        assertThat(operators.post(Duty.RECORDS_OFFICER, "/v1/holds/" + id + "/release", "{}").statusCode()).isEqualTo(404);
        assertThat(operators.post(Duty.RECORDS_OFFICER, "/v1/holds", "{\"matter\": \"M-1\"}").statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "/v1/records?limit=0", "/v1/records?limit=1001", "/v1/records?limit=x", "/v1/records?from=yesterday", "/v1/records?with=@@",
        "/v1/records?with=ada@localhost/phone", "/v1/records?nonsense=1", "/v1/records?limit=1&limit=2", "/v1/records/node1/x", "/v1/records/no%20de/1",
    })
    void wrongParametersAreToldAndNotGuessed(String path) throws Exception {
        HttpResponse<String> answer = operators.get(Duty.READER, path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(Operators.json(answer).path("detail").asString()).isNotBlank();
    }

    @Test
    void whatIsNotThereIsNotFound() throws Exception {
        assertThat(operators.get(Duty.READER, "/v1/records/node1/999999").statusCode()).isEqualTo(404);
        assertThat(operators.get(Duty.READER, "/v2/records").statusCode()).isEqualTo(404);
        assertThat(operators.get(Duty.READER, "/").statusCode()).isEqualTo(404);
    }

    @Test
    void browsersAreTurnedAway() throws Exception {
        assertThat(Operators.send(operators.request(Operators.token(Duty.READER), "/v1/records").header("Origin", api)).statusCode()).isEqualTo(403);
        assertThat(Operators.send(operators.request(Operators.token(Duty.ADMINISTRATOR), "/v1/explain").header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("{\"from\": \"ada@localhost\", \"to\": \"clara@localhost\"}"))).statusCode()).isEqualTo(415);
        assertThat(rawStatus("attacker.example", "/v1/records")).isEqualTo("403");
        assertThat(rawStatus("attacker.example", "/metrics")).isEqualTo("403");
        assertThat(rawStatus("localhost.attacker.example:8480", "/metrics")).isEqualTo("403");
        assertThat(rawStatus("127.0.0.1:1", "/metrics")).isEqualTo("200");
        assertThat(rawStatus("localhost", "/metrics")).isEqualTo("200");
    }

    @Test
    void listensOnLoopbackOnly() throws Exception {
        AdminServer.Parts none = new AdminServer.Parts("n", null, null, null, null, null, null, null, null);
        for (String address : List.of("0.0.0.0", "192.0.2.1", "::")) {
            assertThatThrownBy(() -> AdminServer.start(none, new InetSocketAddress(address, 0), folder.resolve("none"), Clock.systemUTC()))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("loopback");
        }
    }

    private String say(String stanza) throws Exception {
        return TestExchanges.submit(engine, TestExchanges.stanza("ada@localhost/a", "emma@localhost", stanza)).attempt().toString();
    }

    private List<String> ids(String query) throws Exception {
        List<String> ids = new ArrayList<>();
        Operators.json(operators.get(Duty.READER, "/v1/records?" + query)).path("records").forEach(r -> ids.add(r.path("id").asString()));
        return ids;
    }

    private JsonNode awaitOutcome(Verdict verdict) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (System.nanoTime() < deadline) {
            for (JsonNode record : Operators.json(operators.get(Duty.READER, "/v1/records?with=ada@localhost&limit=1000")).path("records")) {
                if (record.path("id").asString().equals(verdict.attempt().toString()) && !record.path("outcome").isNull()) {
                    return record;
                }
            }
        }
        throw new AssertionError("no outcome of " + verdict.attempt() + " within 30 s");
    }

    private List<Route> routes() {
        return AdminServer.routes(new AdminServer.Parts("n", null, null, null, null, null, null, null, null));
    }

    private String rawStatus(String host, String path) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", engine.adminAddress().getPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + Operators.token(Duty.READER)
                    + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split(" ")[1];
        }
    }
}
