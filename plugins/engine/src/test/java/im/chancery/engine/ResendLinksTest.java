package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.ArchiveStatus;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.BucketId;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.RecordId;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/** Which attempt is another's resend; how the gate uses it is in {@code RecordingGateTest}. */
class ResendLinksTest {
    private static final BareJid BOB = JidCreate.entityBareFromOrThrowUnchecked("bob@localhost");
    private static final BareJid CAROL = JidCreate.entityBareFromOrThrowUnchecked("carol@localhost");

    @ParameterizedTest
    @ValueSource(classes = {IllegalStateException.class, StackOverflowError.class})
    void afterAFirstAttemptThatCouldNotEvenBeginTheNextIsTheFirst(Class<? extends Throwable> why) {
        ResendLinks links = new ResendLinks(2);
        CompletableFuture<RecordId> failed = links.append(BOB, CAROL, "o1", first -> {
            if (Error.class.isAssignableFrom(why)) {
                throw new StackOverflowError("in the middle of it");
            }
            throw new IllegalStateException("closed");
        }).toCompletableFuture();
        assertThat(failed).isCompletedExceptionally();
        CompletableFuture<RecordId> next = links.append(BOB, CAROL, "o1", first -> {
            assertThat(first).isEmpty();
            return CompletableFuture.completedFuture(new RecordId("node", 8));
        }).toCompletableFuture();
        assertThat(next).isCompletedWithValue(new RecordId("node", 8));
    }

    @Test
    void remembersABoundedNumberOfAttempts() {
        ResendLinks links = new ResendLinks(2);
        for (int i = 0; i < 3; i++) {
            RecordId id = new RecordId("node", i);
            links.append(BOB, CAROL, "o" + i, first -> CompletableFuture.completedFuture(id));
        }
        assertThat(firsts(links, "o2", "o0")).containsExactly(id(2), Optional.empty());
    }

    /** So many of the largest stanzas are more than the engine's memory, and anybody can send them. */
    @Test
    void aStartHoldsOneRecordAtATimeAndKeepsOnlyItsIds() {
        List<WeakReference<ArchivedRecord>> opened = new ArrayList<>();
        ResendLinks links = ResendLinks.warm(archive(5_000, id -> {
            if (opened.size() % 1_000 == 999) {
                System.gc();
                assertThat(opened).filteredOn(r -> r.get() != null).hasSizeLessThan(10);
            }
            ArchivedRecord record = attempt(id, Map.of(Fields.ORIGIN_ID, "o" + id.index()));
            opened.add(new WeakReference<>(record));
            return record;
        }), "node");
        assertThat(opened).hasSize(4_096);
        assertThat(firsts(links, "o4999", "o904", "o903")).containsExactly(id(4_999), id(904), Optional.empty());
    }

    @Test
    void aStartKnowsFirstAttemptsByWhomTheyAreFor() {
        Map<Long, Map<String, String>> fields = new HashMap<>();
        fields.put(0L, Map.of(Fields.ORIGIN_ID, "o1"));
        fields.put(1L, Map.of(Fields.ORIGIN_ID, "o1", Fields.RESEND_OF, "node/0"));
        fields.put(2L, Map.of(Fields.ORIGIN_ID, "o2", Fields.TO, "dave@localhost"));
        fields.put(3L, Map.of());
        fields.put(4L, Map.of(Fields.ORIGIN_ID, "o3", Fields.TO, "lobby@rooms.localhost/caro", Fields.RECIPIENT, "carol@localhost"));
        ResendLinks links = ResendLinks.warm(archive(5, id -> attempt(id, fields.get(id.index()))), "node");
        assertThat(firsts(links, "o1", "o2", "o3")).containsExactly(id(0), Optional.empty(), id(4));
    }

    @Test
    void aStartPassesOverWhatWasDestroyed() {
        ResendLinks links = ResendLinks.warm(archive(3, id -> {
            if (id.index() == 1) {
                throw new ArchiveException.Destroyed("it was destroyed");
            }
            return attempt(id, Map.of(Fields.ORIGIN_ID, "o" + id.index()));
        }), "node");
        assertThat(firsts(links, "o0", "o2")).containsExactly(id(0), id(2));
    }

    @Test
    void aStartGoesOnWhereARecordCannotBeOpened() {
        ResendLinks links = ResendLinks.warm(archive(3, id -> {
            if (id.index() == 1) {
                throw new ArchiveException("a changed row");
            }
            return attempt(id, Map.of(Fields.ORIGIN_ID, "o" + id.index()));
        }), "node");
        assertThat(firsts(links, "o2")).containsExactly(id(2));
    }

    private interface Opening {
        ArchivedRecord open(RecordId id);
    }

    private static Archive archive(long committed, Opening opening) {
        return (Archive) Proxy.newProxyInstance(ResendLinksTest.class.getClassLoader(), new Class<?>[] {Archive.class}, (proxy, method, arguments) ->
                switch (method.getName()) {
                    case "status" -> new ArchiveStatus(true, 0, committed, committed, 0, 0, List.of());
                    case "open" -> Optional.of(opening.open((RecordId) arguments[0]));
                    default -> throw new AssertionError("a start must not call " + method);
                });
    }

    /** Bob's to Carol, unless the fields say otherwise. */
    private static ArchivedRecord attempt(RecordId id, Map<String, String> fields) {
        Map<String, String> all = new HashMap<>(Map.of(Fields.FROM, BOB + "/phone", Fields.TO, CAROL.toString()));
        all.putAll(fields);
        return new ArchivedRecord(id, new BucketId("default", LocalDate.EPOCH), Instant.EPOCH,
                NewRecord.of(RecordType.ATTEMPT, "default", Set.of(BOB, CAROL), Optional.empty(), all, "<message/>"));
    }

    private static Optional<RecordId> id(long index) {
        return Optional.of(new RecordId("node", index));
    }

    /** What messages of Bob's to Carol with these origin-ids are resends of. */
    private static List<Optional<RecordId>> firsts(ResendLinks links, String... originIds) {
        List<Optional<RecordId>> seen = new ArrayList<>();
        for (String originId : originIds) {
            links.append(BOB, CAROL, originId, first -> {
                seen.add(first);
                return CompletableFuture.completedFuture(new RecordId("node", 9_999));
            });
        }
        return seen;
    }
}
