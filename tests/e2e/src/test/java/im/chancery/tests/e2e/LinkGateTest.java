package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.Decision;
import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Outcome;
import im.chancery.core.Place;
import im.chancery.core.PresenceChange;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaError;
import im.chancery.core.StanzaKind;
import im.chancery.core.Verdict;
import im.chancery.core.config.ConfigNode;
import im.chancery.core.config.Position;
import im.chancery.host.prosody.LinkServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jxmpp.jid.impl.JidCreate;

/** Whoever asks a {@link LinkGate} gets what the gate at the link's other end says. */
class LinkGateTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @TempDir
    private Path folder;
    private final TableGate table = new TableGate();
    private LinkServer server;
    private SocketRelay relay;
    private LinkGate gate;

    @BeforeEach
    void start() throws Exception {
        Position nowhere = new Position("test.yaml", 1, 1);
        server = LinkServer.start(ConfigNode.map(nowhere, "link", Map.of(
                "listen", ConfigNode.scalar(nowhere, "link.listen", "unix:" + folder.resolve("engine")))), "test-node", table);
        relay = new SocketRelay(folder.resolve("link"), folder.resolve("engine"));
        relay.start();
        gate = new LinkGate(folder.resolve("link"));
        awaitLink();
    }

    @AfterEach
    void stop() {
        gate.close();
        table.letGo();
        relay.close();
        server.close();
    }

    private void awaitLink() {
        Deadline.awaitValue("a verdict", LIMIT, () -> Optional.of(submit(exchange("are you there")).join()));
        table.reset();
    }

    private CompletableFuture<Verdict> submit(Exchange exchange) {
        return gate.submit(exchange).toCompletableFuture();
    }

    private static Exchange exchange(String body) {
        return new Exchange(JidCreate.fromOrThrowUnchecked("ada@localhost/desk"), JidCreate.fromOrThrowUnchecked("pat@partner.test"), Optional.empty(),
                StanzaKind.MESSAGE, "chat", Direction.OUTBOUND, Place.DIRECT, Optional.empty(), "<message><body>" + body + "</body></message>");
    }

    private static Exchange inRoom(String body, long version, String... occupants) {
        Set<org.jxmpp.jid.BareJid> there = Set.copyOf(List.of(occupants).stream().map(JidCreate::bareFromOrThrowUnchecked).toList());
        return new Exchange(JidCreate.fromOrThrowUnchecked("ada@localhost/desk"), JidCreate.fromOrThrowUnchecked("tea@conference.localhost/Bob"),
                Optional.of(JidCreate.bareFromOrThrowUnchecked("bob@localhost")), StanzaKind.MESSAGE, "chat", Direction.LOCAL, Place.ROOM_PRIVATE,
                Optional.of(new RoomSnapshot(JidCreate.bareFromOrThrowUnchecked("tea@conference.localhost"), version, there)),
                "<message><body>" + body + "</body></message>");
    }

    @Test
    void theQuestionAndItsVerdictCrossTheLink() {
        table.refuseText("refused");
        Verdict allowed = submit(exchange("hello")).join();
        Verdict refused = submit(exchange("refused")).join();
        assertThat(table.asked("hello")).containsExactly(exchange("hello"));
        assertThat(allowed.decision().allowed()).isTrue();
        assertThat(refused.decision().error()).contains(StanzaError.policyViolation("not this: refused"));
        gate.outcome(allowed.attempt(), Outcome.HANDED_ON);
        gate.outcome(refused.attempt(), Outcome.BOUNCED);
        Deadline.await("the outcomes", LIMIT, () -> table.outcomes("hello").equals(List.of(Outcome.HANDED_ON))
                && table.outcomes("refused").equals(List.of(Outcome.BOUNCED)));
    }

    @Test
    void aRoomCrossesTheLinkInEachOfItsVersions() {
        Exchange empty = inRoom("into nothing", 0);
        Exchange both = inRoom("to both", 7, "ada@localhost", "bob@localhost");
        submit(empty).join();
        submit(both).join();
        assertThat(table.asked("<body>")).containsExactly(empty, both);
    }

    @Test
    void aRecheckIsAskedAndNotRecorded() {
        assertThat(recheck("again").allowed()).isTrue();
        table.refuseText("again");
        assertThat(recheck("again").error()).contains(StanzaError.policyViolation("not this: again"));
        assertThat(table.asked("again")).isEmpty();
    }

    private Decision recheck(String text) {
        return gate.recheck(exchange(text)).toCompletableFuture().join();
    }

    @Test
    void whoHasItsVerdictMayAskFromThere() {
        CompletableFuture<Boolean> rechecked = submit(exchange("first")).thenApply(verdict -> recheck("then").allowed());
        assertThat(rechecked.join()).isTrue();
    }

    @Test
    void presenceCrossesTheLink() throws Exception {
        PresenceChange away = new PresenceChange(JidCreate.entityFullFrom("ada@localhost/desk"), true, "away", -5);
        gate.presence(away);
        Deadline.await("presence", LIMIT, () -> table.presence().equals(List.of(away)));
        gate.presenceSnapshot(JidCreate.domainBareFrom("localhost"), List.of(away));
        Deadline.await("the snapshot", LIMIT, () -> table.snapshot("localhost").equals(Optional.of(List.of(away))));
    }

    @Test
    void withoutALinkNothingIsRecordedUntilItIsBack() {
        table.keepBackText("in flight");
        CompletableFuture<Verdict> inFlight = submit(exchange("in flight"));
        Deadline.await("the question", LIMIT, () -> table.keptBack() == 1);
        relay.cut();
        assertThatThrownBy(inFlight::join).hasRootCauseInstanceOf(java.io.IOException.class);
        assertThatThrownBy(submit(exchange("nobody to ask"))::join).hasRootCauseInstanceOf(java.io.IOException.class);
        assertThatThrownBy(() -> recheck("nobody to ask")).hasRootCauseInstanceOf(java.io.IOException.class);
        relay.start();
        awaitLink();
        assertThat(submit(exchange("back again")).join().decision().allowed()).isTrue();
    }
}
