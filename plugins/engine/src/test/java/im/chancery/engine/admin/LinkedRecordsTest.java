package im.chancery.engine.admin;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.BucketId;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.core.RecordId;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/** What a chain costs the process that records, whatever people have sent; what belongs to it is in {@code AdminApiTest}. */
class LinkedRecordsTest {
    private static final BareJid ADA = JidCreate.bareFromOrThrowUnchecked("ada@localhost");
    private static final BareJid EMMA = JidCreate.bareFromOrThrowUnchecked("emma@localhost");
    private static final int LENGTH = 250_000;

    /** Beside the content, each field of each record is a string of its own. */
    @Test
    void ofLongIdsNothingIsKeptWhileAConversationIsRead() {
        int records = 300;
        List<WeakReference<String>> ids = new ArrayList<>();
        Archive archive = archive(records, index -> {
            if (index % 100 == 99) {
                System.gc();
                assertThat(ids).filteredOn(id -> id.get() != null).as("live at %d", index).hasSizeLessThan(60);
            }
            Map<String, String> fields = new HashMap<>();
            for (String field : List.of(Fields.STANZA_ID, Fields.ORIGIN_ID, Fields.REFERS_TO, Fields.REPLIES_TO, Fields.SESSION, Fields.THREAD)) {
                String id = (field + index).concat("i".repeat(LENGTH));
                ids.add(new WeakReference<>(id));
                fields.put(field, id);
            }
            fields.put(Fields.RELATION, "react");
            return attempt(index, fields);
        });
        LinkedRecords.Chain chain = chain(archive, attempt(records, Map.of(Fields.STANZA_ID, "short")));
        assertThat(chain.records()).isEmpty();
        assertThat(chain.complete()).isTrue();
        assertThat(ids).hasSize(6 * records);
    }

    @Test
    void longIdsLinkAndAreShownAsFarAsTheyFit() {
        String id = "i".repeat(LENGTH);
        Archive archive = archive(100, index -> index == 0 ? attempt(0, Map.of(Fields.STANZA_ID, id))
                : attempt(index, Map.of(Fields.RELATION, "react", Fields.REFERS_TO, id, Fields.STANZA_ID, "r" + index)));
        LinkedRecords.Chain chain = chain(archive, attempt(0, Map.of(Fields.STANZA_ID, id)));
        assertThat(chain.records()).hasSize(17).allSatisfy(record ->
                assertThat(chain.done()).containsEntry(record.id(), List.of(new Links.Done("react", new RecordId("node", 0)))));
        assertThat(chain.complete()).isFalse();
        LinkedRecords.Chain other = chain(archive, attempt(100, Map.of(Fields.STANZA_ID, id + "i")));
        assertThat(other.records()).isEmpty();
        assertThat(other.complete()).isTrue();
    }

    /** Each does something to all others. */
    @Test
    @Timeout(60)
    void thousandsOfOneIdAreNotHeldAgainstEachOther() {
        Archive archive = archive(LinkedRecords.MOST_READ - 1, index -> attempt(index, Map.of(Fields.STANZA_ID, "x", Fields.RELATION, "correct", Fields.REFERS_TO, "x")));
        LinkedRecords.Chain chain = chain(archive, attempt(LinkedRecords.MOST_READ, Map.of(Fields.STANZA_ID, "x")));
        assertThat(chain.records()).hasSize(LinkedRecords.MOST_RECORDS);
        assertThat(chain.done().values().stream().mapToInt(List::size).sum()).isEqualTo(LinkedRecords.MOST_DONE);
        assertThat(chain.complete()).isFalse();
    }

    /** Ada corrects what Emma has said, which she can't: what is looked through in vain costs as much. */
    @Test
    @Timeout(60)
    void norAreThoseThatOnlySeemToBeLinked() {
        Archive archive = archive(LinkedRecords.MOST_READ - 1, index -> index % 2 == 0
                ? attempt(index, Map.of(Fields.RELATION, "correct", Fields.REFERS_TO, "x", Fields.SESSION, "call"))
                : attempt(index, Map.of(Fields.FROM, EMMA + "/e", Fields.TO, ADA.toString(), Fields.STANZA_ID, "x")));
        LinkedRecords.Chain chain = chain(archive, attempt(0, Map.of(Fields.SESSION, "call")));
        assertThat(chain.records()).hasSize(LinkedRecords.MOST_RECORDS).allSatisfy(record -> assertThat(record.id().index() % 2).isZero());
        assertThat(chain.done().values()).allSatisfy(done -> assertThat(done).isEmpty());
    }

    /** A room's message has everybody there. */
    @Test
    void showsNoPeople() {
        Archive archive = archive(2, index -> attempt(index, Map.of(Fields.THREAD, "t")));
        LinkedRecords.Chain chain = chain(archive, attempt(0, Map.of(Fields.THREAD, "t")));
        assertThat(chain.records()).singleElement().satisfies(record -> {
            assertThat(record.record().people()).isEmpty();
            assertThat(record.record().content()).isEqualTo("<message/>");
        });
    }

    private static LinkedRecords.Chain chain(Archive archive, ArchivedRecord attempt) {
        return new LinkedRecords(archive, LinkedRecords.MOST_READ).of(attempt);
    }

    /** What it opens is made anew each time, as an archive does. */
    private static Archive archive(long records, LongFunction<ArchivedRecord> opening) {
        return (Archive) Proxy.newProxyInstance(LinkedRecordsTest.class.getClassLoader(), new Class<?>[] {Archive.class}, (proxy, method, arguments) -> {
            switch (method.getName()) {
                case "find" -> find(records, opening, (RecordQuery) arguments[0], arguments[1]);
                case "open" -> {
                    return Optional.of(opening.apply(((RecordId) arguments[0]).index()));
                }
                default -> throw new AssertionError("a chain must not call " + method);
            }
            return null;
        });
    }

    @SuppressWarnings("unchecked")
    private static void find(long records, LongFunction<ArchivedRecord> opening, RecordQuery query, Object each) {
        LongStream.range(query.after() + 1, Math.min(records, query.after() + 1 + query.limit()))
                .forEach(index -> ((Consumer<ArchivedRecord>) each).accept(opening.apply(index)));
    }

    /** Ada's to Emma, unless the fields say otherwise. */
    private static ArchivedRecord attempt(long index, Map<String, String> fields) {
        Map<String, String> all = new HashMap<>(Map.of(Fields.FROM, ADA + "/a", Fields.TO, EMMA.toString()));
        all.putAll(fields);
        return new ArchivedRecord(new RecordId("node", index), new BucketId("default", LocalDate.EPOCH), Instant.EPOCH.plus(Duration.ofDays(30)),
                NewRecord.of(RecordType.ATTEMPT, "default", Set.of(ADA, EMMA), Optional.empty(), all, "<message/>"));
    }
}
