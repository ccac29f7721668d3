package im.chancery.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.config.ConfigException;
import im.chancery.engine.Engine;
import im.chancery.engine.TestConfig;
import im.chancery.engine.TestExchanges;
import im.chancery.engine.audit.SyslogLine;
import im.chancery.engine.audit.SyslogReceiver;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a SIEM is told of an engine, by each transport. */
class AuditedAbroadTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp", "tls"})
    void everyUseOfTheArchiveIsToldAndNothingOfItsContent(String transport) throws Exception {
        Operators.writeTokens(TestConfig.tokens(folder));
        try (SyslogReceiver receiver = SyslogReceiver.start(transport, folder)) {
            String said;
            Path config = TestConfig.in(folder).with(receiver.option()).with("archive: {checkpoint-interval: 100 ms, sinks: [{kind: file, path: nowhere/at/all}]}").write();
            try (Engine engine = Engine.start(config, Clock.systemUTC())) {
                Operators operators = new Operators("http://127.0.0.1:" + engine.adminAddress().getPort());
                assertThat(receiver.take("node.start").get("actor")).isEqualTo("engine");
                said = TestExchanges.submit(engine, TestExchanges.message("ada@localhost/a", "emma@localhost", "the secret plan")).attempt().toString();
                operators.get(Duty.READER, "/v1/records?with=ada@localhost");
                expect(receiver.take("records.search"), "reader (reader)", "reader", "done", 5);
                operators.get(Duty.READER, "/v1/records/" + said);
                SyslogLine shown = receiver.take("record.show");
                expect(shown, "reader (reader)", "reader", "done", 5);
                assertThat(shown.get("object")).isEqualTo(said);
                operators.get(Duty.ADMINISTRATOR, "/v1/records/" + said);
                expect(receiver.take("record.show"), "administrator (administrator)", "administrator", "denied", 4);
                operators.post(Duty.RECORDS_OFFICER, "/v1/holds", "{\"matter\": \"M\", \"custodian\": \"ada@localhost\"}");
                expect(receiver.take("hold.create"), "records-officer (records-officer)", "records-officer", "asked", 5);
                SyslogLine failing = receiver.first("checkpoint.sink");
                assertThat(List.of(failing.severity(), failing.get("outcome"), failing.get("sink"))).isEqualTo(List.of(3, "failed", "1"));
            }
            assertThat(receiver.take("node.stop").get("record")).matches("node1/[0-9]+");
            assertThat(receiver.faults()).isEmpty();
        }
    }

    @Test
    void everythingOnTheStreamIsFreeOfContentAndAddresses() throws Exception {
        Operators.writeTokens(TestConfig.tokens(folder));
        try (SyslogReceiver receiver = SyslogReceiver.start("tcp", folder)) {
            try (Engine engine = Engine.start(TestConfig.in(folder).with(receiver.option()).write(), Clock.systemUTC())) {
                Operators operators = new Operators("http://127.0.0.1:" + engine.adminAddress().getPort());
                TestExchanges.submit(engine, TestExchanges.message("ada@localhost/a", "emma@localhost", "the secret plan"));
                for (Duty duty : Duty.values()) {
                    operators.get(duty, "/v1/records?with=ada@localhost");
                    operators.get(duty, "/v1/presence?jid=ada@localhost");
                    operators.post(duty, "/v1/holds", "{\"matter\": \"Ada's affair\", \"custodian\": \"ada@localhost\"}");
                    operators.post(duty, "/v1/explain", "{\"from\": \"ada@localhost\", \"to\": \"clara@localhost\"}");
                }
            }
            receiver.take("node.stop");
            List<SyslogLine> lines = receiver.all();
            assertThat(lines).noneMatch(line -> line.toString().contains("ada@") || line.toString().contains("plan") || line.toString().contains("affair"));
            assertThat(receiver.faults()).isEmpty();
        }
    }

    @Test
    void aReceiverWhoseCertificateIsAnothersIsToldNothing() throws Exception {
        try (SyslogReceiver receiver = SyslogReceiver.start("tls", folder)) {
            Path config = TestConfig.in(folder).with(receiver.option().replace("host: localhost", "host: 127.0.0.1")).write();
            try (Engine engine = Engine.start(config, Clock.systemUTC())) {
                TestExchanges.submit(engine, TestExchanges.message("ada@localhost/a", "emma@localhost", "hello"));
            }
            assertThat(receiver.all()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"authority-file: none.pem", "authority-file: password", "keystore: none.p12, keystore-password-file: password"})
    void filesThatCannotBeUsedAreRefusedAtTheirPlace(String option) throws Exception {
        Path config = TestConfig.in(folder).with("audit-stream: {host: localhost, " + option + "}").write();
        assertThatThrownBy(() -> Engine.start(config, Clock.systemUTC())).isInstanceOf(ConfigException.class)
                .hasMessageContaining("audit-stream." + option.substring(0, option.indexOf(':')) + ": found");
        assertThat(folder.resolve("data")).doesNotExist();
    }

    private static void expect(SyslogLine line, String actor, String duty, String outcome, int severity) {
        assertThat(List.of(line.get("actor"), line.get("duty"), line.get("outcome"), line.severity())).isEqualTo(List.of(actor, duty, outcome, severity));
    }
}
