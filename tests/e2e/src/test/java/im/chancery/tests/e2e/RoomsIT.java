package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Exchange;
import im.chancery.core.Outcome;
import im.chancery.core.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jivesoftware.smack.packet.Presence;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rooms (XEP-0045): asked once at the entrance, with the real addresses. */
class RoomsIT {
    private static final List<String> CROWD = IntStream.rangeClosed(1, 20).mapToObj(i -> "guest" + i).toList();

    private static GatedServer gated;

    @BeforeAll
    static void start() {
        gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob", "cleo")
                .people(CROWD.toArray(String[]::new)).persistentRooms().openRooms());
    }

    @AfterAll
    static void stop() {
        gated.close();
    }

    @BeforeEach
    void reset() {
        gated.gate.reset();
    }

    @Test
    void messageToARoomIsAskedOnceWithItsOccupants() {
        String room = "tea@" + gated.server.roomDomain();
        try (SmackClient ada = SmackClient.login(gated.server, "ada", "desk"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.enter(room, "Ada");
            bob.enter(room, "Bob");
            ada.groupChat(room, "tea is ready");
            bob.inbox().takeBody("tea is ready");
            ada.inbox().takeBody("tea is ready");
            assertThat(gated.gate.asked("tea is ready")).singleElement().satisfies(e -> {
                assertThat(e.place()).isEqualTo(Place.ROOM);
                assertThat(e.from().toString()).isEqualTo("ada@localhost/desk");
                assertThat(e.room().orElseThrow().occupants().toString()).contains("ada@localhost").contains("bob@localhost");
            });
            Deadline.await("the outcome", GatedServer.LIMIT, () -> !gated.gate.outcomes("tea is ready").isEmpty());
            assertThat(gated.gate.outcomes("tea is ready")).containsExactly(Outcome.HANDED_ON);
        }
    }

    /** What a room here says is made of what was decided as it came; only a room elsewhere is asked about (FederationIT). */
    @Test
    void whoIsRemovedFromARoomHereIsSeenAsRemoved() {
        String room = "strict@" + gated.server.roomDomain();
        try (SmackClient ada = SmackClient.login(gated.server, "ada", "desk"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk");
                SmackClient cleo = SmackClient.login(gated.server, "cleo", "desk")) {
            ada.enter(room, "Ada");
            RoomEvents bobs = RoomEvents.of(bob.enter(room, "Bob"));
            RoomEvents cleos = RoomEvents.of(cleo.enter(room, "Cleo"));
            ada.kick(room, "Bob", "too loud");
            bobs.await("kicked: too loud");
            cleos.await("Bob was kicked: too loud");
        }
    }

    /** Clients wait for it (Smack's {@code leave()}); for others it would be words. */
    @Test
    @Tag("prosody") // a Tigase's rooms don't give it back
    void whoLeavesIsToldSoWithTheirOwnId() throws Exception {
        String room = "left@" + gated.server.roomDomain();
        try (SmackClient ada = SmackClient.login(gated.server, "ada", "desk"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.enter(room, "Ada");
            bob.enter(room, "Bob");
            ada.write("<presence type='unavailable' id='words' to='" + room + "/Ada'/>");
            ada.inbox().take("the own goodbye", stanza -> stanza instanceof Presence presence && presence.getType() == Presence.Type.unavailable && "words".equals(presence.getStanzaId()));
            bob.inbox().take("Ada's goodbye", stanza -> stanza instanceof Presence presence && presence.getType() == Presence.Type.unavailable && stanza.getFrom().toString().equals(room + "/Ada")
                    && presence.getStanzaId() == null);
            assertThat(bob.inbox().containing("words")).isEmpty();
            assertThat(bob.room(room).leave().getType()).isEqualTo(Presence.Type.unavailable);
        }
    }

    @Test
    void refusedMessageToARoomReachesNeitherOccupantsNorHistory() {
        String room = "quiet@" + gated.server.roomDomain();
        gated.gate.refuseText("loud words");
        try (SmackClient ada = SmackClient.login(gated.server, "ada", "desk"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.enter(room, "Ada");
            bob.enter(room, "Bob");
            ada.inbox().takeErrorOf(ada.groupChat(room, "loud words"));
            ada.groupChat(room, "soft words");
            bob.inbox().takeBody("soft words");
            assertThat(bob.inbox().bodies()).doesNotContain("loud words");
            assertThat(gated.server.filesWith("loud words")).isEmpty();
            assertThat(gated.gate.outcomes("loud words")).containsExactly(Outcome.BOUNCED);
        }
    }

    @Test
    void privateMessageNamesItsRealRecipient() {
        String room = "corner@" + gated.server.roomDomain();
        try (SmackClient ada = SmackClient.login(gated.server, "ada", "desk"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.enter(room, "Ada");
            bob.enter(room, "Bob");
            gated.gate.refuse(e -> e.place() == Place.ROOM_PRIVATE && e.stanza().contains("no whisper")
                    && e.recipient().map(r -> r.toString().equals("bob@localhost")).orElse(false) ? Optional.of("no") : Optional.empty());
            ada.inbox().takeErrorOf(ada.chat(room + "/Bob", "no whisper"));
            ada.chat(room + "/Bob", "a whisper");
            bob.inbox().takeBody("a whisper");
            assertThat(bob.inbox().bodies()).isEmpty();
        }
    }

    /** The sender's connection breaks while its message is held, and it resumes its stream (XEP-0198) before there is a verdict. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void heldMessageOfASenderThatResumesHasOneEnd(boolean whispered, boolean refused) {
        String room = "resumed@" + gated.server.roomDomain();
        String words = "held for " + whispered + " " + refused;
        gated.gate.refuse(e -> refused && e.stanza().contains(words) ? Optional.of("not this") : Optional.empty());
        try (SmackClient ada = SmackClient.login(gated.server, "ada", "desk"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.enter(room, "Ada");
            bob.enter(room, "Bob");
            gated.gate.keepBackText(words);
            String id = whispered ? ada.chat(room + "/Bob", words) : ada.groupChat(room, words);
            Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            ada.cut();
            long before = gated.server.logins("ada");
            CompletableFuture<Boolean> resumed = CompletableFuture.supplyAsync(ada::reconnect);
            Deadline.await("the new connection", GatedServer.LIMIT, () -> gated.server.logins("ada") > before);
            gated.gate.letGo();
            assertThat(resumed.join()).isTrue();
            if (refused) {
                ada.inbox().takeErrorOf(id);
            } else {
                bob.inbox().takeBody(words);
            }
            ada.roundTrip();
            bob.roundTrip();
            assertThat(ada.inbox().containing("type='error'")).isEmpty();
            assertThat(bob.inbox().containing(words)).isEmpty();
            assertThat(gated.gate.asked(words)).hasSize(1);
            Deadline.await("the outcome", GatedServer.LIMIT, () -> !gated.gate.outcomes(words).isEmpty());
            assertThat(gated.gate.outcomes(words)).containsExactly(refused ? Outcome.BOUNCED : Outcome.HANDED_ON);
        }
    }

    /** Two joins are asked about an empty room at once; only one may hold of the room as it is then. */
    @Test
    void racingJoinsCannotStraddleAWall() {
        String room = "race@" + gated.server.roomDomain();
        gated.gate.refuse(e -> isJoin(e) && e.room().orElseThrow().occupants().stream().anyMatch(o -> !o.equals(e.from().asBareJid()))
                ? Optional.of("a wall runs through this room") : Optional.empty());
        gated.gate.keepBack(RoomsIT::isJoin);
        try (RawClient ada = RawClient.login(gated.server, "ada", "race"); RawClient bob = RawClient.login(gated.server, "bob", "race")) {
            ada.write(join(room, "Ada"));
            bob.write(join(room, "Bob"));
            Deadline.await("both questions", GatedServer.LIMIT, () -> gated.gate.keptBack() == 2);
            assertThat(gated.gate.asked(room)).allSatisfy(e -> assertThat(e.room().orElseThrow().occupants()).isEmpty());
            gated.gate.letGo();
            Deadline.await("one in, one out", GatedServer.LIMIT, () -> (ada.received() + bob.received()).contains("code='110'")
                    && (ada.received() + bob.received()).contains("a wall runs through this room"));
            assertThat(ada.received().contains("code='110'")).isNotEqualTo(bob.received().contains("code='110'"));
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes(room).size() == 3);
            // the second to enter was asked about again, as another attempt
            assertThat(gated.gate.outcomes(room)).containsExactlyInAnyOrder(Outcome.HANDED_ON, Outcome.BOUNCED, Outcome.BOUNCED);
        }
    }

    /** As after a server's restart: all are asked about the same room at once, and each makes it another for the next. */
    @Test
    void allOfACrowdEnterThatComesAtTheSameTime() {
        String room = "crowd@" + gated.server.roomDomain();
        gated.gate.keepBack(RoomsIT::isJoin);
        List<RawClient> crowd = new ArrayList<>();
        try {
            for (String guest : CROWD) {
                crowd.add(RawClient.login(gated.server, guest, "crowd"));
            }
            for (int i = 0; i < crowd.size(); i++) {
                crowd.get(i).write(join(room, CROWD.get(i)));
            }
            Deadline.await("all questions", GatedServer.LIMIT, () -> gated.gate.keptBack() == crowd.size());
            gated.gate.letGo();
            crowd.forEach(guest -> guest.await("code='110'"));
            for (String guest : CROWD) {
                Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes(room + "/" + guest + "'").contains(Outcome.HANDED_ON));
                assertThat(gated.gate.outcomes(room + "/" + guest + "'")).containsOnlyOnce(Outcome.HANDED_ON);
            }
            // each but the first was asked about once more, however many they are
            assertThat(gated.gate.outcomes(room)).hasSize(2 * crowd.size() - 1);
        } finally {
            crowd.forEach(RawClient::close);
        }
    }

    private static boolean isJoin(Exchange exchange) {
        return exchange.isJoin();
    }

    private static String join(String room, String nickname) {
        return "<presence to='" + room + "/" + nickname + "'><x xmlns='http://jabber.org/protocol/muc'/></presence>";
    }
}
