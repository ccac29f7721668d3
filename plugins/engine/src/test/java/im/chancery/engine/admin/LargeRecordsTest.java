package im.chancery.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.engine.Engine;
import im.chancery.engine.TestConfig;
import im.chancery.engine.TestExchanges;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** People may write as much as a stanza holds, and readers read it in the process that records it. */
class LargeRecordsTest {
    private static final int RECORDS = 80;
    private static final int LENGTH = 100_000;

    @TempDir
    private Path folder;

    @Test
    void aReaderIsShownAsMuchOfALongThreadAsFitsAndToldThatThereIsMore() throws Exception {
        Operators.writeTokens(TestConfig.tokens(folder));
        try (Engine engine = Engine.start(TestConfig.in(folder).write(), Clock.systemUTC())) {
            String last = "";
            for (int i = 0; i < RECORDS; i++) {
                last = TestExchanges.submit(engine, TestExchanges.stanza("ada@localhost/a", "emma@localhost",
                        "<message from='ada@localhost/a' to='emma@localhost'><body>" + "x".repeat(LENGTH) + "</body><thread>t</thread></message>")).attempt().toString();
            }
            Operators operators = new Operators("http://127.0.0.1:" + engine.adminAddress().getPort());
            JsonNode shown = Operators.json(operators.get(Duty.READER, "/v1/records/" + last));
            assertThat(shown.path("linked").path("complete").asBoolean()).isFalse();
            assertThat(shown.path("linked").path("records")).hasSizeBetween(30, 50);
            JsonNode listed = Operators.json(operators.get(Duty.READER, "/v1/records?limit=" + RECORDS));
            assertThat(listed.path("records")).hasSize(RECORDS).allSatisfy(record -> assertThat(record.path("from").asString()).isEqualTo("ada@localhost/a"));
        }
    }

    /** What somebody chooses as an id is a field too, and may be as long as a stanza. */
    @Test
    void aListOfLongIdsEndsWhereItIsFullAndTheNextPageGoesOn() throws Exception {
        int records = 40;
        int length = 250_000;
        Operators.writeTokens(TestConfig.tokens(folder));
        try (Engine engine = Engine.start(TestConfig.in(folder).write(), Clock.systemUTC())) {
            for (int i = 0; i < records; i++) {
                TestExchanges.submit(engine, TestExchanges.stanza("ada@localhost/a", "emma@localhost", "<message id='" + "i".repeat(length) + i + "'/>"));
            }
            Operators operators = new Operators("http://127.0.0.1:" + engine.adminAddress().getPort());
            List<String> ids = new ArrayList<>();
            JsonNode page = JsonMapper.shared().readTree("{\"next\": -1}");
            while (page.has("next")) {
                page = Operators.json(operators.get(Duty.READER, "/v1/records?limit=" + records + "&after=" + page.path("next").asLong()));
                assertThat(page.path("records")).hasSizeBetween(1, 17);
                page.path("records").forEach(record -> ids.add(record.path("stanzaId").asString().substring(length)));
            }
            assertThat(ids).isEqualTo(IntStream.range(0, records).mapToObj(Integer::toString).toList());
        }
    }
}
