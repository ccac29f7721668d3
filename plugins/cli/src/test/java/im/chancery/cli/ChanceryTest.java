package im.chancery.cli;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Outcome;
import im.chancery.core.Place;
import im.chancery.core.PresenceChange;
import im.chancery.core.StanzaKind;
import im.chancery.core.Verdict;
import im.chancery.engine.Engine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.jxmpp.jid.impl.JidCreate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command line against a running engine, with tokens that it has made itself. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChanceryTest {
    private static final String CONFIG = """
            node: {name: node1, data: data, keys: keys, keystore-password-file: password}
            domains: {served: [localhost], services: [rooms.localhost]}
            admin: {listen: "127.0.0.1:0", tokens: tokens}
            link: {listen: "unix:engine.sock"}
            departments: [research, trading]
            roles: {employee: {}}
            people:
              - {jid: ada@localhost, department: research, roles: [employee]}
              - {jid: boris@localhost, department: research, roles: [employee]}
              - {jid: clara@localhost, department: trading, roles: [employee]}
            barriers:
              - {name: wall, from: {departments: [research]}, to: {departments: [trading]}, reason: Research may not reach Trading.}
            retention:
              classes:
                - {name: default, period: 90 days}
                - {name: audit, period: 10 years}
            """;

    @TempDir
    private static Path folder;
    private final Map<String, Map<String, String>> environments = new HashMap<>();
    private Engine engine;
    private Verdict allowed;
    private Verdict refused;

    @BeforeAll
    void start() throws Exception {
        Path config = Files.writeString(folder.resolve("chancery.yaml"), CONFIG);
        secret(folder.resolve("password"), "correct horse battery staple");
        engine = Engine.start(config, Clock.systemUTC());
        for (String duty : new String[] {"reader", "records-officer", "administrator"}) {
            Cli made = Cli.run("token", "create", "--tokens", folder.resolve("tokens").toString(), "--name", "the " + duty, "--duty", duty);
            assertThat(made.code()).as(made.err()).isZero();
            Path token = secret(folder.resolve(duty), made.out());
            environments.put(duty, Map.of("CHANCERY_API", "http://127.0.0.1:" + engine.adminAddress().getPort(), "CHANCERY_TOKEN_FILE", token.toString()));
        }
        allowed = submit("boris@localhost", "<message id='m1' type='chat'><body>hello \u009b31m</body><file xmlns='urn:xmpp:file:metadata:0'><name>plan \u009bb.pdf</name></file></message>");
        refused = submit("clara@localhost", "<message id='m2' type='chat'><body>psst</body></message>");
        engine.gate().outcome(allowed.attempt(), Outcome.HANDED_ON);
        engine.gate().outcome(refused.attempt(), Outcome.BOUNCED);
        engine.gate().presence(new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked("boris@localhost/desk"), true, "away", 1));
        awaitOutcomes();
    }

    @AfterAll
    void stop() {
        engine.close();
    }

    @Test
    void listsRecords() {
        Cli list = as("reader", "records", "--with", "ada@localhost");
        assertThat(list.code()).isZero();
        assertThat(list.golden()).isEqualTo("""
                ID  CAPTURED  FROM  TO  WHAT  EFFECT  OUTCOME  RULES
                node1/#  NOW  ada@localhost/a  boris@localhost  text  allow  handed_on  %s
                node1/#  NOW  ada@localhost/a  clara@localhost  text  refuse  bounced  wall
                """.formatted(allowed.decision().rules().get(0).id()));
        assertThat(as("reader", "records", "--with", "nobody@localhost").out()).isEqualTo("No records.\n");
    }

    @Test
    void listsRecordsAsJson() {
        Cli list = as("reader", "records", "--with", "ada@localhost", "--limit", "1", "--json");
        JsonNode json = JsonMapper.shared().readTree(list.out());
        assertThat(json.path("records")).hasSize(1);
        assertThat(json.path("records").get(0).path("id").asString()).isEqualTo(allowed.attempt().toString());
        assertThat(json.path("next").asLong()).isEqualTo(allowed.attempt().index());
    }

    @Test
    void showsARecordAndLetsNoContentMoveTheCursor() {
        Cli shown = as("reader", "record", "show", allowed.attempt().toString());
        assertThat(shown.code()).isZero();
        assertThat(shown.golden()).startsWith("id  node1/#\nrecord  attempt\ncapturedAt  NOW\nbucket  default/DAY\nfrom  ada@localhost/a\nto  boris@localhost\n")
                .contains("file  plan \uFFFDb.pdf\n", "<body>hello \uFFFD31m</body>").doesNotContain("\u009b");
    }

    @Test
    void explains() {
        Cli explained = as("administrator", "explain", "ada@localhost", "clara@localhost");
        assertThat(explained.code()).isZero();
        assertThat(explained.out()).contains("wall").contains("The sender reads: ").contains("Research may not reach Trading.").contains("(policy-violation)");
    }

    @Test
    void showsPresenceClusterAndStatus() {
        assertThat(as("administrator", "presence", "boris@localhost").golden()).isEqualTo("""
                JID  RESOURCE  SHOW  PRIORITY  NODE
                boris@localhost  desk  away  1  node1
                """);
        assertThat(as("administrator", "presence", "--department", "trading").golden()).isEqualTo("""
                JID  RESOURCE  SHOW  PRIORITY  NODE
                clara@localhost  -  unavailable  -  -
                """);
        assertThat(as("administrator", "cluster").golden()).isEqualTo("""
                NODE  ADDRESS
                node1  local  this node
                """);
        assertThat(as("administrator", "status").out()).contains("node           node1").contains("ready          true");
    }

    @Test
    void plansHoldsAndDisposes() {
        assertThat(as("records-officer", "dispose", "--due", "--dry-run").out()).isEqualTo("Nothing is due.\n");
        Cli held = as("records-officer", "hold", "create", "--matter", "M-7", "--custodian", "ada@localhost");
        assertThat(held.golden()).isEqualTo("Hold node1/# covers 2 records now, and those to come.\n");
        String id = held.out().replaceAll("Hold (\\S+) .*\\s*", "$1");
        assertThat(as("records-officer", "retention", "plan").golden()).contains("BUCKET  STATE  DUE  RECORDS  HELD  SCHEDULE")
                .contains("default/DAY  live  DAY").contains("default: 90 days");
        assertThat(as("records-officer", "hold", "list").golden()).contains("node1/#  M-7  ada@localhost  -  -  the records-officer").contains("active");
        assertThat(as("records-officer", "hold", "release", id).golden()).isEqualTo("Hold node1/# of matter M-7 is released.\n");
        assertThat(as("records-officer", "hold", "list").golden()).contains("released NOW");
    }

    @Test
    void verifiesACopyOfTheLogWithNothingButTheKey() throws Exception {
        Path key = Files.writeString(folder.resolve("key"), as("reader", "key").out());
        Path seen = folder.resolve("seen");
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        do {
            Files.writeString(seen, as("reader", "checkpoint").out());
            assertThat(System.nanoTime()).as("a checkpoint over both attempts within 30 s").isLessThan(deadline);
        } while (Files.readAllLines(seen).size() < 2 || Long.parseLong(Files.readAllLines(seen).get(1)) <= refused.attempt().index());
        Path copy = copy(folder.resolve("data").resolve("log"), folder.resolve("copy"));

        Cli good = Cli.run("verify", copy.toString(), key.toString(), "--seen", seen.toString());
        assertThat(good.code()).as(good.out() + good.err()).isZero();
        assertThat(good.out()).startsWith("node1: consistent up to size ").contains("proven against an outside checkpoint: leaves 0 to ");
        assertThat(Cli.run("verify", copy.toString(), Files.readString(key).strip()).out()).contains("proven against an outside checkpoint: nothing");
        assertThat(JsonMapper.shared().readTree(Cli.run("verify", "--json", copy.toString(), key.toString()).out()).path("consistent").asBoolean()).isTrue();

        Path entries = copy.resolve("tile").resolve("entries");
        Path tile;
        try (var files = Files.walk(entries)) {
            tile = files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(tile);
        bytes[bytes.length / 2] ^= 1;
        Files.write(tile, bytes);
        Cli tampered = Cli.run("verify", copy.toString(), key.toString(), "--seen", seen.toString());
        assertThat(tampered.code()).isEqualTo(ExitCode.FINDING);
        assertThat(tampered.out()).contains("NOT consistent").contains("tile/entries/");

        assertThat(Cli.run("verify", copy.toString(), "nonsense").err()).contains("KEY is neither a file nor a verifier key").hasLineCount(1);
        assertThat(Cli.run("verify", copy.toString(), key.toString(), "--seen", folder.resolve("none").toString()).code()).isEqualTo(ExitCode.USAGE);
    }

    /** The checkpoint first, since the engine runs: all that it covers is there then, and stays. */
    private static Path copy(Path from, Path to) throws Exception {
        Files.copy(from.resolve("checkpoint"), Files.createDirectory(to).resolve("checkpoint"));
        try (var files = Files.walk(from).filter(file -> !file.toString().endsWith(".tmp") && !file.endsWith("checkpoint"))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
        return to;
    }

    @Test
    void whatIsNotAllowedOrNotThereSaysSoOnOneLine() {
        Cli denied = as("administrator", "records");
        assertThat(denied.code()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(denied.err()).contains("needs the duty reader").hasLineCount(1);
        Cli missing = as("reader", "record", "show", "node1/99999");
        assertThat(missing.code()).isEqualTo(ExitCode.FINDING);
        assertThat(missing.err()).isEqualTo("chancery: there is no record node1/99999\n");
        Cli wrong = as("reader", "records", "--from", "yesterday");
        assertThat(wrong.code()).isEqualTo(ExitCode.USAGE);
        assertThat(wrong.err()).contains("such as 2026-11-22").hasLineCount(1);
    }

    @Test
    void withoutEngineOrTokenItSaysWhatToDo() {
        Cli nobody = Cli.run(Map.of("CHANCERY_API", "http://127.0.0.1:1", "CHANCERY_TOKEN", "x"), "status");
        assertThat(nobody.code()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(nobody.err()).isEqualTo("chancery: the engine can't be reached at http://127.0.0.1:1; is it running there? --api says where to ask\n");
        Cli tokenless = Cli.run(Map.of(), "status");
        assertThat(tokenless.code()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(tokenless.err()).contains("a token is needed").hasLineCount(1);
    }

    @Test
    void aTokenGoesOverNoNetworkInTheClear() {
        for (String api : new String[] {"http://example.org", "http://127.0.0.1.example.org", "ftp://127.0.0.1", "nonsense"}) {
            Cli refusedUrl = Cli.run(Map.of("CHANCERY_TOKEN", "x"), "status", "--api", api);
            assertThat(refusedUrl.code()).as(api).isEqualTo(ExitCode.USAGE);
            assertThat(refusedUrl.err()).as(api).contains("--api").hasLineCount(1);
        }
    }

    @Test
    void aTokenFileThatOthersMayReadIsRefused() throws Exception {
        Path shared = Files.writeString(folder.resolve("shared"), "x");
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rw-r--r--"));
        Cli refusedFile = Cli.run(Map.of(), "status", "--token-file", shared.toString());
        assertThat(refusedFile.code()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(refusedFile.err()).contains("others may touch").hasLineCount(1);
    }

    private Cli as(String duty, String... arguments) {
        return Cli.run(environments.get(duty), arguments);
    }

    private Verdict submit(String to, String stanza) throws Exception {
        Exchange exchange = new Exchange(JidCreate.fromOrThrowUnchecked("ada@localhost/a"), JidCreate.fromOrThrowUnchecked(to), Optional.empty(),
                StanzaKind.MESSAGE, "chat", Direction.LOCAL, Place.DIRECT, Optional.empty(), stanza);
        return engine.gate().submit(exchange).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private void awaitOutcomes() {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!as("reader", "records").out().contains("bounced")) {
            assertThat(System.nanoTime()).as("outcomes within 30 s").isLessThan(deadline);
        }
    }

    private static Path secret(Path file, String text) throws Exception {
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
}
