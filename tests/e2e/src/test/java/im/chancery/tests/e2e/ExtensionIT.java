package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.tests.contracts.ExtensionJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.packet.Presence;
import org.jivesoftware.smack.packet.StanzaError;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The example's jar, and one that misbehaves as it is told, beside a real server. */
class ExtensionIT {
    private static final String REASON = "Project names don't belong in messages.";
    private static final Path EXAMPLE = EngineProcess.repository().resolve("examples/keyword-rule/target/keyword-rule.jar");

    @AutoClose
    private static Deployment chancery;

    @BeforeAll
    static void start() {
        chancery = Deployment.start("""
                extensions:
                  use:
                    - {name: code-names, jar: keyword-rule.jar, on-failure: refuse, options: {words: [project aurora], reason: "%s"}}
                    - {name: shut, jar: obedient.jar, on-failure: refuse, kinds: [message], deadline: 500 ms, options: {for: shut}}
                    - {name: open, jar: obedient.jar, on-failure: allow, kinds: [message], deadline: 500 ms, options: {for: open}}
                """.formatted(REASON), home -> {
            ExtensionJar.obedient(home.resolve("plugins.d/obedient.jar"));
            Files.copy(EXAMPLE, home.resolve("plugins.d/keyword-rule.jar"));
        });
    }

    private static SmackClient login(String who) {
        return SmackClient.login(chancery.server(), who, "desk");
    }

    @Test
    void whatTheExampleRefusesSaysWhyAndTheRecordWhichWord() {
        try (SmackClient ada = login("ada"); SmackClient emma = login("emma")) {
            JsonNode attempt = Expect.refused(chancery, ada, ada.chat("emma@localhost", "What about Project AURORA?"), REASON);
            assertThat(attempt.get("rules").toString()).isEqualTo("[\"extension:code-names\",\"builtin:house\"]");
            assertThat(chancery.admin().readerRuns("record", "show", AdminClient.text(attempt, "id")))
                    .contains("annotation   code-names.word: project aurora").contains("extension:code-names");
            Expect.nowhere(chancery, "AURORA", emma);
            Expect.handedOn(chancery, ada, ada.chat("emma@localhost", "What about lunch?"));
            emma.inbox().takeBody("What about lunch?");
        }
    }

    @Test
    void explainAndStatusNameThem() {
        assertThat(chancery.admin().administratorRuns("explain", "ada@localhost", "emma@localhost")).contains("allowed")
                .contains("not asked, since there is no stanza to judge, and may refuse it besides: code-names, shut, open");
        assertThat(chancery.admin().administratorRuns("status")).contains("code-names, shut, open");
    }

    @Test
    void aBroadcastThatItRefusesIsShownToNobody() {
        try (SmackClient ada = login("ada"); SmackClient emma = login("emma")) {
            emma.subscribeTo(ada);
            ada.presence(Presence.Type.available, null, "busy with Project Aurora");
            ada.roundTrip();
            ada.presence(Presence.Type.available, null, "at lunch");
            emma.inbox().take("presence", s -> s.toXML().toString().contains("at lunch"));
            Expect.notWith("Aurora", emma);
        }
    }

    @Test
    void itsAssentDoesNotOpenAWall() {
        try (SmackClient ada = login("ada"); SmackClient clara = login("clara")) {
            JsonNode attempt = Expect.refused(chancery, ada, ada.chat("clara@localhost", "shut allow this"), Deployment.REASON);
            assertThat(attempt.get("rules").toString()).isEqualTo("[\"wall\",\"extension:shut\"]");
            Expect.nowhere(chancery, "shut allow this", clara);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"throw", "null", "overflow", "hang"})
    void oneThatFailsRefusesOrLetsPassAsDeclared(String how) {
        String failure = how.equals("hang") ? "late" : "threw";
        try (SmackClient ada = login("ada"); SmackClient emma = login("emma")) {
            String refused = ada.chat("emma@localhost", "shut " + how);
            Message answer = ada.inbox().takeErrorOf(refused);
            assertThat(answer.getError().getCondition()).isEqualTo(StanzaError.Condition.resource_constraint);
            JsonNode attempt = chancery.admin().onlyAttempt(refused);
            assertThat(AdminClient.text(attempt, "effect")).isEqualTo("refuse");
            assertThat(attempt.get("failedExtensions").toString()).isEqualTo("[\"shut:" + failure + "\"]");

            JsonNode passed = Expect.handedOn(chancery, emma, emma.chat("ada@localhost", "open " + how));
            assertThat(passed.get("failedExtensions").toString()).isEqualTo("[\"open:" + failure + "\"]");
            ada.inbox().takeBody("open " + how);
            Expect.nowhere(chancery, "shut " + how, emma);
        }
    }

    @Test
    void whatIsSentAfterASlowAnswerStaysBehindIt() {
        try (SmackClient ada = login("ada"); SmackClient emma = login("emma")) {
            String slow = ada.chat("emma@localhost", "shut wait 200");
            String quick = ada.chat("emma@localhost", "and quick");
            emma.inbox().takeBody("and quick");
            assertThat(emma.inbox().containing("shut wait 200")).as("it has come before").hasSize(1);
            List<String> recorded = chancery.admin().attempts().stream().map(a -> String.valueOf(AdminClient.text(a, "stanzaId")))
                    .filter(List.of(slow, quick)::contains).toList();
            assertThat(recorded).containsExactly(slow, quick);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"im.chancery.engine.Engine", "im.chancery.host.prosody.ProsodyEngine", "tigase.server.Packet", "org.apache.derby.jdbc.EmbeddedDriver"})
    void itSeesNeitherEngineNorHost(String hidden) {
        assertThat(sees(hidden)).isEqualTo("no");
        assertThat(sees("im.chancery.core.Exchange")).isEqualTo("yes");
    }

    private static String sees(String type) {
        try (SmackClient ada = login("ada"); SmackClient emma = login("emma")) {
            JsonNode attempt = Expect.handedOn(chancery, ada, ada.chat("emma@localhost", "shut look " + type));
            emma.inbox().takeBody("shut look " + type);
            return AdminClient.text(chancery.admin().record(AdminClient.text(attempt, "id")).get("record").get("annotations"), "shut.sees");
        }
    }
}
