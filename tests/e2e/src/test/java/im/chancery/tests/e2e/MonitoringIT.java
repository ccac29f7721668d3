package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.tests.contracts.PostgresServer;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real host's traffic moves the engine's numbers, and its log is JSON. The archive is in PostgreSQL, where a lock makes the store wait. */
class MonitoringIT {
    private static final String DIRECTORY = """
            departments: [research, trading]
            people: [{jid: ada@localhost, department: research}, {jid: boris@localhost, department: research}, {jid: clara@localhost, department: trading}]
            barriers: [{name: wall, from: {departments: [research]}, to: {departments: [trading]}, reason: Research and Trading may not exchange messages.}]
            log: {format: json}
            archive: {store: {kind: postgresql, url: "%s", user: %s, password-file: "%s"}}
            """;

    private static PostgresServer postgres;
    private static String store;
    private static EngineHome home;
    private static Installation installation;

    @BeforeAll
    static void start() throws Exception {
        postgres = PostgresServer.shared();
        store = postgres.newDatabaseUrl();
        home = EngineHome.make(XmppHost.chosen(), "localhost", DIRECTORY.formatted(store, postgres.user(), postgres.password()));
        XmppSetup setup = XmppSetup.of("localhost", new Certificates()).people("ada", "boris", "clara")
                .tigase(tigase -> tigase.logsBy("im.chancery.host.tigase.plugin.JsonLineFormatter"));
        installation = Installation.start(setup, home.engine());
    }

    @AfterAll
    static void stop() {
        if (installation != null) {
            installation.close();
        }
        home.close();
    }

    @Test
    void verdictsAppendsAndOutcomesAreCounted() throws Exception {
        try (SmackClient ada = SmackClient.login(installation.server(), "ada", "desk"); SmackClient boris = SmackClient.login(installation.server(), "boris", "desk")) {
            double refused = home.metric("chancery_verdicts_total{effect=\"refuse\",rule=\"wall\"}");
            double bounced = home.metric("chancery_outcomes_total{outcome=\"bounced\"}");
            double allowed = home.metric("chancery_verdicts_total{effect=\"allow\",rule=\"builtin:house\"}");
            double appended = home.metric("chancery_append_time_seconds_count");
            for (int i = 0; i < 3; i++) {
                ada.chat("clara@localhost", "over the wall " + i);
            }
            ada.chat("boris@localhost/desk", "in the house");
            boris.inbox().takeMessage("the message", m -> "in the house".equals(m.getBody()));
            Deadline.await("the refusals' outcomes", Inbox.LIMIT, () -> home.metric("chancery_outcomes_total{outcome=\"bounced\"}") == bounced + 3);
            assertThat(home.metric("chancery_verdicts_total{effect=\"refuse\",rule=\"wall\"}")).isEqualTo(refused + 3);
            assertThat(home.metric("chancery_verdicts_total{effect=\"allow\",rule=\"builtin:house\"}")).isGreaterThan(allowed);
            assertThat(home.metric("chancery_append_time_seconds_count")).isGreaterThanOrEqualTo(appended + 4);
            Deadline.await("a checkpoint covers all", Inbox.LIMIT, () -> home.metric("chancery_log_uncovered_records") == 0);
            assertThat(home.page("/metrics").body()).doesNotContain("localhost", "ada", "clara");
        }
    }

    @Test
    void whatTheHostHoldsIsCountedWhileTheStoreWaits() throws Exception {
        try (SmackClient ada = SmackClient.login(installation.server(), "ada", "phone"); SmackClient boris = SmackClient.login(installation.server(), "boris", "phone")) {
            Deadline.await("nothing is held", Inbox.LIMIT, () -> home.metric("chancery_held_stanzas") == 0);
            try (Connection other = DriverManager.getConnection(store, postgres.user(), Files.readString(postgres.password()).strip());
                    Statement statement = other.createStatement()) {
                other.setAutoCommit(false);
                statement.execute("LOCK TABLE archive_record IN EXCLUSIVE MODE");
                ada.chat("boris@localhost/phone", "held for a while");
                Deadline.await("it is held", Inbox.LIMIT, () -> home.metric("chancery_held_stanzas") == 1);
                other.rollback();
            }
            boris.inbox().takeMessage("the message", m -> "held for a while".equals(m.getBody()));
            Deadline.await("nothing is held", Inbox.LIMIT, () -> home.metric("chancery_held_stanzas") == 0);
        }
    }

    @Test
    void eachLineOfTheLogIsAnObject() {
        List<String> lines = installation.engineLog().lines().filter(line -> line.startsWith("{")).toList();
        assertThat(lines).anyMatch(line -> line.contains("ready in"));
        for (String line : lines) {
            JsonNode event = JsonMapper.shared().readTree(line);
            assertThat(event.propertyNames()).startsWith("time", "level", "logger", "thread", "message");
            assertThat(Instant.parse(event.path("time").asString())).isNotNull();
            assertThat(event.path("level").asString()).isIn("ERROR", "WARN", "INFO", "DEBUG", "TRACE");
        }
        if (!XmppHost.chosen().holdsEngine()) {
            assertThat(installation.engineLog().lines()).as("no other lines").hasSameSizeAs(lines);
        }
    }
}
