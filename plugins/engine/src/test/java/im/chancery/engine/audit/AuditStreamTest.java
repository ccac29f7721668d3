package im.chancery.engine.audit;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.Archives;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.archive.syslog.DatagramTransport;
import im.chancery.archive.syslog.StreamTransport;
import im.chancery.archive.syslog.SyslogTransport;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stream against a receiver that hangs, dies and returns: nobody waits for it, and nothing is missing afterwards. */
class AuditStreamTest {
    @TempDir
    private Path folder;
    private Archive archive;
    private SyslogReceiver receiver;

    @BeforeEach
    void open() throws Exception {
        archive = Archives.open(ArchiveConfig.derby("node1", folder.resolve("data"), folder.resolve("keys"), "a password that is long"::toCharArray), Clock.systemUTC());
    }

    @AfterEach
    void close() throws Exception {
        archive.close();
        receiver.close();
        assertThat(receiver.faults()).isEmpty();
    }

    @Test
    void whatAReceiverThatHangsAndDiesHasNotReadIsSentAgainInOrder() throws Exception {
        receiver = SyslogReceiver.start("tcp", folder);
        receiver.hang();
        try (AuditStream stream = start(tcp())) {
            List<RecordId> recorded = record(3_000);
            await("it is stuck", () -> stream.sent() > 0 && stream.waiting() > 0 && stream.failures() == 0);
            record(List.of("message"), "default");
            receiver.die();
            await("the loss is noticed", () -> stream.failures() > 0);
            receiver.comeBack();
            await("all is sent", () -> stream.waiting() == 0);
            expectAtLeastOnceInOrder(recorded);
            assertThat(stream.skipped()).isZero();
        }
    }

    @Test
    void moreThanItKeepsInMindIsFoundInTheArchive() throws Exception {
        receiver = SyslogReceiver.start("tcp", folder);
        receiver.hang();
        try (AuditStream stream = start(tcp())) {
            List<RecordId> recorded = record(12_500);
            assertThat(stream.waiting() + stream.sent()).as("each that isn't sent waits; %s were sent", stream.sent()).isBetween(12_499L, 12_501L);
            receiver.die();
            receiver.comeBack();
            await("all is sent", () -> stream.waiting() == 0 && stream.sent() >= 12_500);
            expectAtLeastOnceInOrder(recorded);
        }
    }

    @Test
    void aReceiverThatIsAwayWhileTheEngineStopsGetsTheRestAfterTheNextStart() throws Exception {
        receiver = SyslogReceiver.start("tcp", folder);
        List<RecordId> recorded = new ArrayList<>();
        try (AuditStream stream = start(tcp())) {
            recorded.addAll(record(5));
            await("five are sent", () -> stream.sent() == 5);
        }
        receiver.die();
        try (AuditStream stream = start(tcp())) {
            recorded.addAll(record(5));
            await("it is tried", () -> stream.failures() > 0);
        }
        receiver.comeBack();
        try (AuditStream stream = start(tcp())) {
            recorded.addAll(record(5));
            await("ten are sent", () -> stream.sent() == 10);
        }
        assertThat(ids()).as("none twice, since the first five were known to be read").isEqualTo(texts(recorded));
        try (AuditStream stream = start(tcp())) {
            RecordId last = record(1).get(0);
            assertThat(receiverTakes(last)).isEqualTo(last.toString());
            await("it alone is sent", () -> stream.sent() == 1);
        }
    }

    @Test
    void aStreamThatIsStuckEndsAllTheSame() throws Exception {
        receiver = SyslogReceiver.start("tcp", folder);
        receiver.hang();
        List<RecordId> recorded = new ArrayList<>();
        try (AuditStream stream = start(tcp())) {
            recorded.addAll(record(3_000));
            await("it is stuck", () -> stream.sent() > 0);
        }
        receiver.die();
        receiver.comeBack();
        try (AuditStream stream = start(tcp())) {
            await("all is sent", () -> stream.sent() >= 3_000 && stream.waiting() == 0);
            expectAtLeastOnceInOrder(recorded);
        }
    }

    @Test
    void overUdpAReceiverThatReturnsGetsWhatWasRefusedMeanwhile() throws Exception {
        receiver = SyslogReceiver.start("udp", folder);
        try (AuditStream stream = start(new DatagramTransport("localhost", receiver.port()))) {
            RecordId first = record(1).get(0);
            assertThat(receiverTakes(first)).isEqualTo(first.toString());
            receiver.die();
            List<RecordId> missed = record(3);
            await("that nobody listens is noticed", () -> stream.failures() > 0);
            receiver.comeBack();
            RecordId last = record(1).get(0);
            assertThat(receiverTakes(last)).isEqualTo(last.toString());
            assertThat(texts(missed)).as("what was sent into the void may be lost, no more").containsAnyElementsOf(ids());
        }
    }

    @Test
    void theFirstTimeItBeginsWithWhatIsRecordedFromThenOn() throws Exception {
        receiver = SyslogReceiver.start("tcp", folder);
        record(3);
        try (AuditStream stream = start(tcp())) {
            RecordId fourth = record(1).get(0);
            assertThat(receiverTakes(fourth)).isEqualTo(fourth.toString());
            await("it alone is sent", () -> stream.sent() == 1);
        }
        assertThat(folder.resolve("data/audit-stream")).hasContent(Long.toString(archive.status().committed() - 1));
    }

    @Test
    void aNoteThatCannotBeUnderstoodHasEverythingSentAgain() throws Exception {
        receiver = SyslogReceiver.start("tcp", folder);
        List<RecordId> recorded = record(3);
        Files.writeString(folder.resolve("data/audit-stream"), "three");
        try (AuditStream stream = start(tcp())) {
            await("all is sent", () -> ids().size() == archive.status().committed());
            assertThat(ids()).containsAll(texts(recorded));
        }
    }

    @Test
    void aNoteThatIsAheadOfTheLogHoldsNothingBack() throws Exception {
        receiver = SyslogReceiver.start("tcp", folder);
        Files.writeString(folder.resolve("data/audit-stream"), "999999");
        try (AuditStream stream = start(tcp())) {
            RecordId next = record(1).get(0);
            assertThat(receiverTakes(next)).isEqualTo(next.toString());
        }
    }

    /** A key file that can't be read, say: that is no {@code ArchiveException}. */
    @Test
    void whatCannotBeOpenedIsCounted() throws Exception {
        receiver = SyslogReceiver.start("tcp", folder);
        long damaged = archive.status().committed() + 1;
        Archive failing = (Archive) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Archive.class}, (proxy, method, arguments) -> {
            if (method.getName().equals("open") && ((RecordId) arguments[0]).index() == damaged) {
                throw new UncheckedIOException(new IOException("input/output error"));
            }
            return method.invoke(archive, arguments);
        });
        try (AuditStream stream = AuditStream.start(failing, "node1", tcp(), folder.resolve("data"), Clock.systemUTC())) {
            List<RecordId> recorded = record(3);
            assertThat(receiverTakes(recorded.get(2))).isEqualTo(recorded.get(2).toString());
            assertThat(ids()).doesNotContain(recorded.get(1).toString());
            await("the alert too", () -> stream.skipped() == 1);
        }
    }

    @Test
    void anErrorIsNotItsEnd() throws Exception {
        receiver = SyslogReceiver.start("tcp", folder);
        AtomicBoolean failed = new AtomicBoolean();
        SyslogTransport tcp = tcp();
        SyslogTransport failing = (SyslogTransport) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {SyslogTransport.class}, (proxy, method, arguments) -> {
            if (method.getName().equals("send") && failed.compareAndSet(false, true)) {
                throw new StackOverflowError("in the middle of it");
            }
            return method.invoke(tcp, arguments);
        });
        try (AuditStream stream = start(failing)) {
            List<RecordId> recorded = record(2);
            await("both are sent", () -> stream.sent() == 2);
            expectAtLeastOnceInOrder(recorded);
        }
    }

    /** As a driver asserts where its session has ended. */
    @Test
    void aLookIntoTheArchiveThatEndsByAnErrorIsTakenAgain() throws Exception {
        receiver = SyslogReceiver.start("tcp", folder);
        AtomicBoolean failed = new AtomicBoolean();
        Archive failing = (Archive) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Archive.class}, (proxy, method, arguments) -> {
            if (method.getName().equals("scan") && failed.compareAndSet(false, true)) {
                throw new AssertionError("in the middle of it");
            }
            return method.invoke(archive, arguments);
        });
        start(tcp()).close();
        List<RecordId> missed = record(3);
        try (AuditStream stream = AuditStream.start(failing, "node1", tcp(), folder.resolve("data"), Clock.systemUTC())) {
            List<RecordId> all = new ArrayList<>(missed);
            await("it has failed", failed::get);
            all.addAll(record(1));
            await("all are sent", () -> stream.sent() == 4);
            expectAtLeastOnceInOrder(all);
        }
    }

    @Test
    void messagesAreNoneOfItsBusiness() throws Exception {
        receiver = SyslogReceiver.start("tcp", folder);
        try (AuditStream stream = start(tcp())) {
            RecordId message = record(List.of("secret plans"), "default").get(0);
            RecordId audit = record(1).get(0);
            assertThat(receiverTakes(audit)).isEqualTo(audit.toString());
            assertThat(ids()).doesNotContain(message.toString());
        }
    }

    private AuditStream start(SyslogTransport transport) throws IOException {
        return AuditStream.start(archive, "node1", transport, folder.resolve("data"), Clock.systemUTC());
    }

    private SyslogTransport tcp() {
        return StreamTransport.tcp("localhost", receiver.port());
    }

    /** Records so many audit events, and waits until they are stored, which must not depend on the receiver. */
    private List<RecordId> record(int count) throws Exception {
        List<String> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add("event-" + i);
        }
        return record(events, "audit");
    }

    private List<RecordId> record(List<String> events, String recordClass) throws Exception {
        List<RecordId> ids = new ArrayList<>();
        for (int from = 0; from < events.size(); from += 4_000) { // fewer than one sender may have waiting
            List<CompletableFuture<RecordId>> stored = new ArrayList<>();
            for (String event : events.subList(from, Math.min(events.size(), from + 4_000))) {
                stored.add(archive.append(NewRecord.of(RecordType.AUDIT, recordClass, Set.of(), Optional.empty(),
                        Map.of(Fields.ACTION, event, Fields.ACTOR, "tester"), "")).toCompletableFuture());
            }
            for (CompletableFuture<RecordId> one : stored) {
                ids.add(one.get(60, TimeUnit.SECONDS));
            }
        }
        return ids;
    }

    private String receiverTakes(RecordId until) throws InterruptedException {
        String id = receiver.take().get("record");
        while (!id.equals(until.toString())) {
            id = receiver.take().get("record");
        }
        return id;
    }

    private List<String> ids() {
        return receiver.all().stream().map(line -> line.get("record")).toList();
    }

    private static List<String> texts(List<RecordId> ids) {
        return ids.stream().map(RecordId::toString).toList();
    }

    /** Every one arrives; and after the place where the sending began anew, in the log's order. */
    private void expectAtLeastOnceInOrder(List<RecordId> recorded) {
        await("the last has arrived", () -> ids().contains(recorded.get(recorded.size() - 1).toString()));
        List<String> distinct = ids().stream().distinct().filter(texts(recorded)::contains).toList();
        assertThat(distinct).isEqualTo(texts(recorded));
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
