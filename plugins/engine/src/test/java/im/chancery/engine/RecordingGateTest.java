package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Direction;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.Outcome;
import im.chancery.core.Place;
import im.chancery.core.Policy;
import im.chancery.core.PresenceChange;
import im.chancery.core.RecordId;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import im.chancery.core.Verdict;
import im.chancery.engine.config.ConfigReader;
import im.chancery.engine.extension.Extensions;
import im.chancery.presence.PresenceStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import im.chancery.tests.contracts.ExtensionJar;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.DomainBareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;

/** The gate against an archive whose appends end when the test says so; the real archive's turn is in {@code EngineTest}. */
class RecordingGateTest {
    private static final Jid ALICE = JidCreate.fromOrThrowUnchecked("alice@localhost/phone");
    private static final BareJid BOB = JidCreate.entityBareFromOrThrowUnchecked("bob@localhost");
    private static final BareJid CAROL = JidCreate.entityBareFromOrThrowUnchecked("carol@localhost");
    private static final BareJid ROOM = JidCreate.entityBareFromOrThrowUnchecked("lobby@rooms.localhost");
    private static final Decision ALLOW = Decision.allow(List.of(new DeterminingRule("builtin:house", Effect.ALLOW, "you may talk", false)));
    private static final Decision REFUSE = Decision.refuse(
            List.of(new DeterminingRule("wall", Effect.REFUSE, "research may not reach trading", false),
                    new DeterminingRule("trial", Effect.REFUSE, "not in force yet", true)),
            StanzaError.policyViolation("research may not reach trading"));

    @TempDir
    private Path folder;
    private final List<NewRecord> records = new ArrayList<>();
    private final List<CompletableFuture<RecordId>> appends = new ArrayList<>();
    private final List<Runnable> afterStages = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Policy policy = e -> ALLOW;
    private Extensions extensions = Extensions.none();
    private Error appendFault;

    @AfterEach
    void closeExtensions() {
        extensions.close();
    }

    @Test
    void givesNoVerdictBeforeTheRecordIsStored() {
        CompletableFuture<Verdict> verdict = submit(direct("m1"));
        assertThat(verdict).isNotDone();
        appends.get(0).complete(new RecordId("node", 7));
        assertThat(verdict.join()).isEqualTo(new Verdict(ALLOW, new RecordId("node", 7)));
    }

    /** Verdicts of one transaction leave together: only the archive knows when its stages are through. */
    @Test
    void leavesItToTheArchiveWhenVerdictsAreThrough() {
        Runnable work = () -> { };
        gate().afterVerdicts(work);
        assertThat(afterStages).containsExactly(work);
    }

    @Test
    void aRefusalToo() {
        policy = e -> REFUSE;
        CompletableFuture<Verdict> verdict = submit(direct("m1"));
        assertThat(verdict).isNotDone();
        appends.get(0).complete(new RecordId("node", 7));
        assertThat(verdict.join().decision()).isEqualTo(REFUSE);
        assertThat(records.get(0).fields()).containsEntry(Fields.EFFECT, "refuse").containsEntry(Fields.RULES, "wall")
                .containsEntry(Fields.SHADOW_RULES, "trial").containsEntry(Fields.REASON, "research may not reach trading");
    }

    @Test
    void failsWithTheArchivesOwnExceptionWhenNothingWasRecorded() {
        CompletableFuture<Verdict> verdict = submit(direct("m1"));
        appends.get(0).completeExceptionally(new ArchiveException.Overloaded("full"));
        assertThatThrownBy(verdict::join).isInstanceOf(CompletionException.class).hasCauseInstanceOf(ArchiveException.Overloaded.class);
        assertThat(meters.counter("chancery.unrecorded", "why", "overloaded").count()).isEqualTo(1);
        assertThat(meters.counter("chancery.unrecorded", "why", "storage").count()).isZero();
    }

    @Test
    void aPolicyThatThrowsRefusesAndIsRecorded() {
        policy = e -> {
            throw new IllegalStateException("no directory");
        };
        refusedBy(RecordingGate.POLICY_FAILED, submit(direct("m1")));
    }

    /** A stanza may end the stack of the thread that looks at it. */
    @Test
    void aPolicyThatEndsTheStackRefusesToo() {
        policy = e -> {
            throw new StackOverflowError("too deep");
        };
        assertThat(gate().recheck(direct("m1")).toCompletableFuture().join().allowed()).isFalse();
        refusedBy(RecordingGate.POLICY_FAILED, submit(direct("m1")));
    }

    @Test
    void whatCanNotBeAppendedFailsItsOwnQuestion() {
        RecordingGate gate = gate();
        appendFault = new StackOverflowError("too deep");
        CompletableFuture<Verdict> failed = gate.submit(direct("m1")).toCompletableFuture();
        assertThatThrownBy(failed::join).hasCauseInstanceOf(StackOverflowError.class);
        appendFault = null;
        CompletableFuture<Verdict> next = gate.submit(direct("m2")).toCompletableFuture();
        appends.get(0).complete(new RecordId("node", 0));
        assertThat(next.join().decision()).isEqualTo(ALLOW);
        gate.close();
    }

    @Test
    void aPolicyWithoutAnAnswerRefusesAndIsRecorded() {
        policy = e -> null;
        refusedBy(RecordingGate.POLICY_FAILED, submit(direct("m1")));
        assertThat(gate().recheck(direct("m1")).toCompletableFuture().join().allowed()).isFalse();
    }

    @Test
    void anUnreadableStanzaIsRefusedAndRecordedAsItIs() {
        Exchange exchange = exchange(ALICE, BOB, Place.DIRECT, Optional.empty(), Optional.empty(), "<message><body>");
        refusedBy(RecordingGate.UNREADABLE, submit(exchange));
        assertThat(records.get(0).content()).isEqualTo("<message><body>");
    }

    @Test
    void recordsWhoWhatAndWhy() {
        submit(exchange(ALICE, BOB, Place.DIRECT, Optional.empty(), Optional.empty(),
                "<message id='m2'><replace xmlns='urn:xmpp:message-correct:0' id='m1'/><body>hi</body></message>"));
        NewRecord record = records.get(0);
        assertThat(record.type()).isEqualTo(RecordType.ATTEMPT);
        assertThat(record.recordClass()).isEqualTo("mail");
        assertThat(record.people()).containsExactlyInAnyOrder(ALICE.asBareJid(), BOB);
        assertThat(record.room()).isEmpty();
        assertThat(record.fields()).containsEntry(Fields.FROM, "alice@localhost/phone").containsEntry(Fields.TO, "bob@localhost")
                .containsEntry(Fields.KIND, "message").containsEntry(Fields.TYPE, "chat").containsEntry(Fields.DIRECTION, "local")
                .containsEntry(Fields.PLACE, "direct").containsEntry(Fields.EFFECT, "allow").containsEntry(Fields.RULES, "builtin:house")
                .containsEntry(Fields.STANZA_ID, "m2").containsEntry(Fields.RELATION, "correct").containsEntry(Fields.REFERS_TO, "m1")
                .doesNotContainKeys(Fields.REASON, Fields.SHADOW_RULES, Fields.RESEND_OF, Fields.ORIGIN_ID, Fields.RECIPIENT);
    }

    @Test
    void aRoomMessageIsFoundUnderItsRoomAndEveryOccupant() {
        submit(exchange(ALICE, ROOM, Place.ROOM, Optional.empty(), room(ALICE.asBareJid(), BOB, CAROL), "<message/>"));
        assertThat(records.get(0).people()).containsExactlyInAnyOrder(ALICE.asBareJid(), BOB, CAROL);
        assertThat(records.get(0).room()).contains(ROOM);
    }

    @Test
    void aRoomPrivateMessageIsFoundUnderItsTwoPeopleOnly() {
        Jid nick = JidCreate.fromOrThrowUnchecked(ROOM + "/bobby");
        submit(exchange(ALICE, nick, Place.ROOM_PRIVATE, Optional.of(BOB), room(ALICE.asBareJid(), BOB, CAROL), "<message/>"));
        assertThat(records.get(0).people()).containsExactlyInAnyOrder(ALICE.asBareJid(), BOB);
        assertThat(records.get(0).room()).contains(ROOM);
        assertThat(records.get(0).fields()).containsEntry(Fields.RECIPIENT, "bob@localhost").containsEntry(Fields.TO, ROOM + "/bobby");
    }

    @Test
    void aResendIsLinkedToTheFirstAttempt() {
        RecordingGate gate = gate();
        gate.submit(originId("o1"));
        appends.get(0).complete(new RecordId("node", 0));
        gate.submit(originId("o1"));
        gate.submit(originId("o2"));
        appends.get(1).complete(new RecordId("node", 1));
        gate.submit(originId("o1"));
        assertThat(records).extracting(r -> r.fields().get(Fields.RESEND_OF)).containsExactly(null, "node/0", null, "node/0");
    }

    @Test
    void whatGoesToSomebodyElseIsNoResend() {
        String stanza = "<message><origin-id xmlns='urn:xmpp:sid:0' id='o1'/></message>";
        RecordingGate gate = gate();
        gate.submit(originId("o1"));
        appends.get(0).complete(new RecordId("node", 0));
        gate.submit(exchange(ALICE, CAROL, Place.DIRECT, Optional.empty(), Optional.empty(), stanza));
        appends.get(1).complete(new RecordId("node", 1));
        gate.submit(exchange(ALICE, JidCreate.fromOrThrowUnchecked(BOB + "/phone"), Place.DIRECT, Optional.empty(), Optional.empty(), stanza));
        // in a room's private messages the address is the room's for all of its occupants
        gate.submit(exchange(ALICE, JidCreate.fromOrThrowUnchecked(ROOM + "/bobby"), Place.ROOM_PRIVATE, Optional.of(BOB), room(BOB, CAROL), stanza));
        gate.submit(exchange(ALICE, JidCreate.fromOrThrowUnchecked(ROOM + "/caro"), Place.ROOM_PRIVATE, Optional.of(CAROL), room(BOB, CAROL), stanza));
        assertThat(records).extracting(r -> r.fields().get(Fields.RESEND_OF)).containsExactly(null, null, "node/0", "node/0", "node/1");
    }

    @Test
    void aResendWaitsForAFirstAttemptThatIsStillOnItsWay() {
        RecordingGate gate = gate();
        gate.submit(originId("o1"));
        CompletableFuture<Verdict> resend = gate.submit(originId("o1")).toCompletableFuture();
        assertThat(records).hasSize(1);
        appends.get(0).complete(new RecordId("node", 4));
        assertThat(records.get(1).fields()).containsEntry(Fields.RESEND_OF, "node/4");
        appends.get(1).complete(new RecordId("node", 5));
        assertThat(resend.join().attempt()).isEqualTo(new RecordId("node", 5));
    }

    @Test
    void afterAFirstAttemptThatFailedTheNextIsTheFirst() {
        RecordingGate gate = gate();
        gate.submit(originId("o1"));
        CompletableFuture<Verdict> second = gate.submit(originId("o1")).toCompletableFuture();
        appends.get(0).completeExceptionally(new ArchiveException("disk"));
        assertThat(records.get(1).fields()).doesNotContainKey(Fields.RESEND_OF);
        appends.get(1).complete(new RecordId("node", 0));
        assertThat(second.join().attempt()).isEqualTo(new RecordId("node", 0));
    }

    /** A client chooses its origin-ids; thousands of the length of a stanza must not fill the memory. */
    @Test
    void keepsOfALongOriginIdOnlyItsHash() {
        RecordingGate gate = gate();
        gate.submit(originId("o".repeat(200_000)));
        appends.get(0).complete(new RecordId("node", 0));
        gate.submit(originId("o".repeat(200_000)));
        gate.submit(originId("o".repeat(200_001)));
        assertThat(records).extracting(r -> r.fields().get(Fields.RESEND_OF)).containsExactly(null, "node/0", null);
    }

    @Test
    void outcomesGoToTheArchive() {
        gate().outcome(new RecordId("node", 1), Outcome.BOUNCED);
        assertThat(outcomes).containsExactly(Outcome.BOUNCED);
    }

    @Test
    void aPresenceStoreThatFailsDisturbsNobody() {
        gate().presence(new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked("alice@localhost/phone"), true, "", 0));
        gate().presenceSnapshot(JidCreate.domainBareFromOrThrowUnchecked("localhost"), List.of());
        assertThat(meters.counter("chancery.presence.lost").count()).isEqualTo(2);
    }

    @Test
    void aPolicyIsToldWhatIsInAStanzaAndTheRecordTellsIt() {
        List<Exchange> decided = new ArrayList<>();
        policy = e -> {
            decided.add(e);
            return ALLOW;
        };
        submit(written("<message id='m1'><encrypted xmlns='urn:xmpp:omemo:2'/><forwarded xmlns='urn:xmpp:forward:0'><message from='carol@localhost/x'/></forwarded></message>"));
        assertThat(decided).singleElement().satisfies(e -> {
            assertThat(e.content().isReadable()).isFalse();
            assertThat(e.content().authors()).containsExactly(CAROL);
        });
        assertThat(records.get(0).fields()).containsEntry(Fields.WHAT, "encrypted").containsEntry(Fields.UNREADABLE, "omemo").containsEntry(Fields.AUTHORS, "carol@localhost");
    }

    /** XEP-0280, section 11: a client may believe that its own server has made it. */
    @Test
    void whatPassesItselfOffAsACopyIsRefusedUnasked() {
        policy = e -> {
            throw new AssertionError("not asked");
        };
        refusedBy(RecordingGate.FORGED_COPY, submit(written("<message><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></received></message>")));
    }

    /** XEP-0065, section 6.3.5: neither of the two is who the stanza is addressed to. */
    @Test
    void whatAProxyPassesOnIsDecidedAndRecordedForItsTarget() {
        policy = e -> e.recipient().equals(Optional.of(CAROL)) ? REFUSE : ALLOW;
        String activate = "<iq type='set' id='a'><query xmlns='http://jabber.org/protocol/bytestreams' sid='s'><activate>carol@localhost/phone</activate></query></iq>";
        refusedBy("wall", submit(new Exchange(ALICE, domain("proxy.localhost"), Optional.empty(), StanzaKind.IQ, "set", Direction.LOCAL, Place.DIRECT,
                Optional.empty(), activate)));
        assertThat(records.get(0).fields()).containsEntry(Fields.RECIPIENT, "carol@localhost").containsEntry(Fields.WHAT, "file");
        assertThat(records.get(0).people()).contains(ALICE.asBareJid(), CAROL);
    }

    /** XEP-0359, section 2.2; a component has rooms of its own, and speaks for them. */
    @Test
    void theRecordTellsWhoseIdsAreForged() {
        String ids = "<message>" + String.join("", List.of("localhost", "bob@localhost", "lobby@rooms.localhost", "den@gateway.localhost", "den@partner.example", "@")
                .stream().map(by -> "<stanza-id xmlns='urn:xmpp:sid:0' by='" + by + "' id='x'/>").toList()) + "</message>";
        submit(written(ids));
        submit(exchange(JidCreate.fromOrThrowUnchecked("den@gateway.localhost/Zoe"), BOB, Place.DIRECT, Optional.empty(), Optional.empty(), ids));
        assertThat(records.get(0).fields()).containsEntry(Fields.FORGED_IDS, "bob@localhost den@gateway.localhost lobby@rooms.localhost localhost");
        assertThat(records.get(1).fields()).containsEntry(Fields.FORGED_IDS, "bob@localhost lobby@rooms.localhost localhost");
        assertThat(records.get(0).content()).isEqualTo(ids);
    }

    @Test
    void theIdThatARoomGivesIsARecordOfItsOwn() {
        RecordingGate gate = gate();
        gate.submit(new Exchange(ALICE, ROOM, Optional.empty(), StanzaKind.MESSAGE, "groupchat", Direction.LOCAL, Place.ROOM, room(BOB, CAROL),
                "<message type='groupchat' id='m1'><body>hi</body></message>"));
        RecordId attempt = new RecordId("node", 0);
        gate.assigned(attempt, "too early");
        appends.get(0).complete(attempt);
        gate.assigned(attempt, "given");
        gate.assigned(attempt, "given again");
        gate.assigned(new RecordId("node", 7), "of another");
        assertThat(records).hasSize(2);
        NewRecord supplement = records.get(1);
        assertThat(supplement.type()).isEqualTo(RecordType.SUPPLEMENT);
        assertThat(supplement.fields()).containsEntry(Fields.ATTEMPT, "node/0").containsEntry(Fields.ASSIGNED_ID, "given").hasSize(2);
        assertThat(supplement.people()).isEqualTo(records.get(0).people()).contains(BOB, CAROL);
        assertThat(supplement.room()).isEqualTo(records.get(0).room());
        assertThat(supplement.recordClass()).isEqualTo("mail");
    }

    private void withExtension(String onFailure) throws Exception {
        ExtensionJar.obedient(folder.resolve("plugins.d/obedient.jar"));
        extensions = Extensions.load(ConfigReader.read(TestConfig.in(folder).with("extensions: {use: [{name: one, jar: obedient.jar, on-failure: "
                + onFailure + ", deadline: 3 s}]}").write()));
    }

    private static Exchange saying(String id, String words) {
        return exchange(ALICE, BOB, Place.DIRECT, Optional.empty(), Optional.empty(), "<message id='" + id + "'><body>" + words + "</body></message>");
    }

    private List<String> ids() {
        synchronized (records) {
            return records.stream().map(r -> r.fields().get(Fields.STANZA_ID)).toList();
        }
    }

    private void awaitRecords(int count) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (ids().size() < count && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(ids()).hasSize(count);
    }

    @Test
    void whatAnExtensionSaysIsInTheRecord() throws Exception {
        withExtension("allow");
        RecordingGate gate = gate();
        gate.submit(saying("m1", "annotate a word"));
        awaitRecords(1);
        gate.submit(saying("m2", "refuse Not this."));
        awaitRecords(2);
        gate.submit(saying("m3", "throw"));
        awaitRecords(3);
        assertThat(records.get(0).fields()).containsEntry(Fields.ANNOTATION + "one.said", "a word").containsEntry(Fields.RULES, "builtin:house")
                .doesNotContainKey(Fields.FAILED_EXTENSIONS);
        assertThat(records.get(1).fields()).containsEntry(Fields.RULES, "extension:one builtin:house").containsEntry(Fields.EFFECT, "refuse")
                .containsEntry(Fields.REASON, "Not this.");
        assertThat(records.get(2).fields()).containsEntry(Fields.EFFECT, "allow").containsEntry(Fields.FAILED_EXTENSIONS, "one:threw");
        assertThat(meters.counter("chancery.extension.failures", "extension", "one", "why", "threw").count()).isEqualTo(1);
    }

    @Test
    void anExtensionSeesTheContentThatThePolicySees() throws Exception {
        withExtension("refuse");
        gate().submit(saying("m1", "what"));
        awaitRecords(1);
        assertThat(records.get(0).fields()).containsEntry(Fields.ANNOTATION + "one.what", "text");
    }

    @Test
    void noExtensionIsAskedAboutAForgedCopy() throws Exception {
        withExtension("refuse");
        gate().submit(written("<message><received xmlns='urn:xmpp:carbons:2'/><body>annotate a word</body></message>"));
        awaitRecords(1);
        assertThat(records.get(0).fields()).containsEntry(Fields.RULES, RecordingGate.FORGED_COPY).doesNotContainKey(Fields.ANNOTATION + "one.said");
    }

    @Test
    void recordsStayInOrderBehindASlowAnswer() throws Exception {
        withExtension("refuse");
        String key = "chancery.test." + java.util.UUID.randomUUID();
        RecordingGate gate = gate();
        gate.submit(saying("m1", "spin " + key));
        gate.submit(saying("m2", "quick"));
        gate.submit(exchange(ALICE, BOB, Place.DIRECT, Optional.empty(), Optional.empty(), "<message><body>"));
        CompletableFuture<Decision> rechecked = gate.recheck(saying("m4", "refuse Not this.")).toCompletableFuture();
        gate.submit(exchange(JidCreate.fromOrThrowUnchecked("carol@localhost/c"), BOB, Place.DIRECT, Optional.empty(), Optional.empty(), "<message id='c1'/>"));
        awaitRecords(1);
        assertThat(ids()).as("another sender's").containsExactly("c1");
        assertThat(rechecked).isNotDone();
        System.setProperty(key, "go");
        awaitRecords(4);
        assertThat(ids()).containsExactly("c1", "m1", "m2", null);
        assertThat(rechecked.get(30, TimeUnit.SECONDS).error()).contains(StanzaError.policyViolation("Not this."));
    }

    @Test
    void closingWaitsForTheAnswersToWhatWasSubmitted() throws Exception {
        withExtension("refuse");
        RecordingGate gate = gate();
        gate.submit(saying("m1", "wait 300"));
        gate.close();
        assertThat(ids()).containsExactly("m1");
    }

    private void refusedBy(String rule, CompletableFuture<Verdict> verdict) {
        assertThat(verdict).isNotDone();
        assertThat(records).hasSize(1);
        assertThat(records.get(0).fields()).containsEntry(Fields.EFFECT, "refuse").containsEntry(Fields.RULES, rule);
        appends.get(0).complete(new RecordId("node", 0));
        assertThat(verdict.join().decision().effect()).isEqualTo(Effect.REFUSE);
    }

    private CompletableFuture<Verdict> submit(Exchange exchange) {
        return gate().submit(exchange).toCompletableFuture();
    }

    private RecordingGate gate() {
        Archive archive = (Archive) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Archive.class}, (proxy, method, arguments) ->
                switch (method.getName()) {
                    case "append" -> {
                        if (appendFault != null) {
                            throw appendFault;
                        }
                        synchronized (records) {
                            records.add((NewRecord) arguments[0]);
                            appends.add(new CompletableFuture<>());
                            yield appends.get(appends.size() - 1);
                        }
                    }
                    case "afterStages" -> afterStages.add((Runnable) arguments[0]) ? null : null;
                    case "outcome" -> outcomes.add((Outcome) arguments[1]) ? null : null;
                    default -> throw new AssertionError("the gate must not call " + method);
                });
        PresenceStore presence = (PresenceStore) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {PresenceStore.class},
                (proxy, method, arguments) -> {
                    throw new IllegalStateException("presence is down");
                });
        return new RecordingGate(new Rules(e -> policy.decide(e), e -> "mail", extensions),
                new AttemptRecords(Set.of(domain("localhost")), Set.of(domain("rooms.localhost"), domain("gateway.localhost"))),
                archive, presence, new ResendLinks(100), new EngineMetrics(meters));
    }

    private static DomainBareJid domain(String text) {
        return JidCreate.domainBareFromOrThrowUnchecked(text);
    }

    private static Optional<RoomSnapshot> room(BareJid... occupants) {
        return Optional.of(new RoomSnapshot(ROOM, 3, Set.of(occupants)));
    }

    private static Exchange direct(String id) {
        return exchange(ALICE, BOB, Place.DIRECT, Optional.empty(), Optional.empty(), "<message id='" + id + "'><body>hi</body></message>");
    }

    private static Exchange written(String stanza) {
        return exchange(ALICE, BOB, Place.DIRECT, Optional.empty(), Optional.empty(), stanza);
    }

    private static Exchange originId(String originId) {
        return exchange(ALICE, BOB, Place.DIRECT, Optional.empty(), Optional.empty(),
                "<message><origin-id xmlns='urn:xmpp:sid:0' id='" + originId + "'/></message>");
    }

    private static Exchange exchange(Jid from, Jid to, Place place, Optional<BareJid> recipient, Optional<RoomSnapshot> room, String stanza) {
        return new Exchange(from, to, recipient, StanzaKind.MESSAGE, "chat", Direction.LOCAL, place, room, stanza);
    }
}
