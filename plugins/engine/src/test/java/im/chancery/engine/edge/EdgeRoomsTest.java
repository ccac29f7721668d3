package im.chancery.engine.edge;

import static im.chancery.engine.edge.Scene.ADA;
import static im.chancery.engine.edge.Scene.BOB;
import static im.chancery.engine.edge.Scene.DEADLINE;
import static im.chancery.engine.edge.Scene.PAT;
import static im.chancery.engine.edge.Scene.ROOM_CHANGES;
import static im.chancery.engine.edge.Scene.TEA;
import static im.chancery.engine.edge.Scene.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Direction;
import im.chancery.core.Outcome;
import im.chancery.core.StanzaKind;
import im.chancery.core.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is sent to rooms (XEP-0045) whose occupants come and go while it waits. */
class EdgeRoomsTest {
    private final Scene scene = new Scene();
    private final ScriptedGate gate = scene.gate;

    @AfterEach
    void endsWithNothing() {
        scene.endsWithNothing();
    }

    @Test
    void aRoomThatRestsIsAskedAboutOnce() {
        scene.host.occupy(TEA, "Ada", "ada@example.test");
        TestStanza message = scene.message(TEA);
        assertThat(gate.exchange(0).place()).isEqualTo(Place.ROOM);
        assertThat(occupants(0)).containsExactly("ada@example.test");
        scene.allow(0);
        assertThat(message.ends()).containsExactly("on");
        assertThat(gate.outcomes(0)).containsExactly(Outcome.HANDED_ON);
    }

    /** XEP-0359: known only from what the room itself sends out. */
    @Test
    void whatARoomCallsAMessageIsToldOnce() {
        scene.host.occupy(TEA, "Ada", "ada@example.test");
        scene.holds("ada", new TestStanza("<message id='m1' type='groupchat' from='" + ADA + "' to='" + TEA + "'><body>hi</body></message>"));
        gives("Ada", "m1", "too early");
        scene.allow(0);
        gives("Bob", "m1", "of somebody else");
        gives("Ada", "m2", "of something else");
        assertThat(gate.assigned(0)).isNull();
        gives("Ada", "m1", "given");
        gives("Ada", "m1", "given again");
        assertThat(gate.assigned(0)).isEqualTo("given");
    }

    private void gives(String speaker, String id, String assigned) {
        assertThat(scene.fromHost(new TestStanza("<message id='" + id + "' type='groupchat' from='" + TEA + "/" + speaker + "' to='bob@example.test/desk'><body>hi</body>"
                + "<stanza-id xmlns='urn:xmpp:sid:0' by='" + TEA + "' id='" + assigned + "'/></message>"))).isTrue();
    }

    /** Who leaves is never held up; the record says that it went on, whatever the verdict is. */
    @Test
    void leavingIsToldAndNotHeld() {
        for (String room : List.of("one", "two", "three")) {
            scene.holds("ada", TestStanza.presence("p", ADA, room + "@rooms.example.test/Ada"));
        }
        scene.allowAll();
        scene.host.occupy("one@rooms.example.test", "Ada", "ada@example.test");
        assertThat(leaves("one")).isTrue();
        assertThat(gate.exchange(3).type()).isEqualTo("unavailable");
        assertThat(occupants(3)).containsExactly("ada@example.test");
        assertThat(gate.outcomes(3)).isEmpty();
        scene.refuse(3);
        assertThat(gate.outcomes(3)).containsExactly(Outcome.HANDED_ON);
        assertThat(leaves("one")).as("once more, as the host does when the session ends").isTrue();
        assertThat(gate.asked()).isEqualTo(4);
        assertThat(leaves("two")).isTrue();
        scene.recordNothing(4);
        assertThat(gate.outcomes(4)).isEmpty();
        gate.fails();
        assertThat(leaves("three")).as("without an engine too").isTrue();
    }

    private boolean leaves(String room) {
        return scene.edge.arrives("ada", Edge.Source.CLIENT, new TestStanza("<presence type='unavailable' from='" + ADA + "' to='" + room
                + "@rooms.example.test/Ada'><status>words</status></presence>"));
    }

    /** Once, by their own word or by the room's that has removed them. */
    @Test
    void aGuestOfElsewhereLeavesToo() {
        for (String room : List.of("tea", "kicked")) {
            scene.holds("pat", Edge.Source.OUTSIDE, TestStanza.presence("p", PAT, room + "@rooms.example.test/Pat"));
        }
        scene.allowAll();
        String goodbye = "<presence type='unavailable' from='" + PAT + "' to='" + TEA + "/Pat'/>";
        for (int time = 0; time < 2; time++) {
            assertThat(scene.edge.arrives("pat", Edge.Source.OUTSIDE, new TestStanza(goodbye))).isTrue();
            scene.edge.delivered(StanzaKind.PRESENCE, "unavailable", "", TEA + "/Pat", PAT, Edge.Source.OUTSIDE);
            scene.edge.delivered(StanzaKind.PRESENCE, "unavailable", "", "kicked@rooms.example.test/Pat", PAT, Edge.Source.OUTSIDE);
        }
        assertThat(gate.asked()).isEqualTo(4);
        assertThat(gate.exchange(2).to().toString()).isEqualTo(TEA + "/Pat");
        assertThat(gate.exchange(3).stanza()).isEqualTo("<presence from='" + PAT + "' to='kicked@rooms.example.test/Pat' type='unavailable'/>");
        for (int attempt = 2; attempt < 4; attempt++) {
            assertThat(gate.exchange(attempt).direction()).isEqualTo(Direction.INBOUND);
            scene.allow(attempt);
            assertThat(gate.outcomes(attempt)).containsExactly(Outcome.HANDED_ON);
        }
    }

    /** The host leaves rooms in a client's name when its session ends; what it has left before, or never entered, it doesn't leave. A kick is told as it comes. */
    @Test
    void whoseSessionEndsLeavesTheRoomsItIsIn() {
        for (String room : List.of("tea", "left", "kicked", "shut")) {
            scene.holds("ada", TestStanza.presence("p", ADA, room + "@rooms.example.test/A&amp;B"));
        }
        scene.allowAll();
        scene.edge.delivered(StanzaKind.PRESENCE, "error", "", "shut@rooms.example.test/A&B", ADA, Edge.Source.CLIENT);
        int before = gate.asked();
        scene.edge.delivered(StanzaKind.PRESENCE, "unavailable", "", "kicked@rooms.example.test/A&B", ADA, Edge.Source.CLIENT);
        assertThat(gate.exchange(before).to().toString()).isEqualTo("kicked@rooms.example.test/A&B");
        scene.edge.delivered(StanzaKind.PRESENCE, "unavailable", "", "tea@rooms.example.test/Bob", ADA, Edge.Source.CLIENT);
        assertThat(scene.edge.arrives("ada", Edge.Source.CLIENT, new TestStanza("<presence type='unavailable' from='" + ADA + "' to='left@rooms.example.test/A&amp;B'/>"))).isTrue();
        before = gate.asked();
        scene.edge.left(BOB);
        scene.edge.left(ADA);
        scene.edge.left(ADA);
        assertThat(gate.asked()).isEqualTo(before + 1);
        assertThat(gate.exchange(before).stanza()).isEqualTo("<presence from='" + ADA + "' to='tea@rooms.example.test/A&amp;B' type='unavailable'/>");
        assertThat(gate.exchange(before).room()).isPresent();
        scene.allow(before);
        assertThat(gate.outcomes(before)).containsExactly(Outcome.HANDED_ON);
    }

    /** A Tigase sends one after some joins that it has let in; who isn't the one of that nickname has been refused. */
    @Test
    void anErrorInARoomThatOneIsInIsNoLeaving() {
        for (String room : List.of("tea", "full")) {
            scene.holds("ada", TestStanza.presence("p", ADA, room + "@rooms.example.test/Ada"));
        }
        scene.allowAll();
        scene.host.occupy(TEA, "Ada", "ada@example.test");
        scene.host.occupy("full@rooms.example.test", "Ada", "bob@example.test");
        for (String room : List.of("tea", "full")) {
            scene.edge.delivered(StanzaKind.PRESENCE, "error", "", room + "@rooms.example.test/Ada", ADA, Edge.Source.CLIENT);
        }
        int before = gate.asked();
        scene.edge.left(ADA);
        assertThat(gate.asked()).isEqualTo(before + 1);
        assertThat(gate.exchange(before).to().toString()).isEqualTo(TEA + "/Ada");
    }

    /** The room says of the old nickname that it has left (XEP-0045, section 7.6). */
    @Test
    void anotherNicknameIsNoLeaving() {
        for (String nickname : List.of("Ada", "Eve")) {
            scene.holds("ada", TestStanza.presence("p", ADA, TEA + "/" + nickname));
        }
        scene.allowAll();
        int before = gate.asked();
        scene.edge.delivered(StanzaKind.PRESENCE, "unavailable", "", TEA + "/Ada", ADA, Edge.Source.CLIENT);
        assertThat(gate.asked()).isEqualTo(before);
        scene.edge.left(ADA);
        assertThat(gate.exchange(before).to().toString()).isEqualTo(TEA + "/Eve");
    }

    @Test
    void whoHasComeMeanwhileMakesItAnotherAttempt() {
        scene.host.occupy(TEA, "Ada", "ada@example.test");
        TestStanza message = scene.message(TEA);
        TestStanza behind = scene.message(BOB);
        scene.host.occupy(TEA, "Bob", "bob@example.test");
        gate.allow(1);
        scene.allow(0);
        assertThat(message.ends()).isEmpty();
        assertThat(behind.ends()).as("nothing overtakes it").isEmpty();
        assertThat(gate.outcomes(0)).containsExactly(Outcome.BOUNCED);
        assertThat(occupants(2)).containsExactlyInAnyOrder("ada@example.test", "bob@example.test");
        scene.allow(2);
        assertThat(message.ends()).containsExactly("on");
        assertThat(behind.ends()).containsExactly("on");
        assertThat(gate.outcomes(2)).containsExactly(Outcome.HANDED_ON);
    }

    @Test
    void aRoomThatNeverRestsIsAskedAboutUntilTheDeadline() {
        TestStanza message = scene.message(TEA);
        for (int attempt = 0; attempt < 20; attempt++) {
            assertThat(gate.asked()).isEqualTo(attempt + 1);
            scene.host.occupy(TEA, "nick " + attempt, "p" + attempt + "@example.test");
            scene.allow(attempt);
            assertThat(gate.outcomes(attempt)).containsExactly(Outcome.BOUNCED);
        }
        scene.pass(DEADLINE.plusMillis(1));
        assertThat(message.ends()).containsExactly(UNAVAILABLE);
        scene.allow(20);
        assertThat(gate.asked()).isEqualTo(21);
        assertThat(gate.outcomes(20)).containsExactly(Outcome.BOUNCED);
    }

    /** As after a restart of the server: each is another attempt once, however many they are. */
    @Test
    void allOfACrowdEnterOneAfterTheOther() {
        List<TestStanza> joins = crowd(40);
        for (int next = 1; next < 40; next++) {
            assertThat(gate.asked()).isEqualTo(40 + next);
            assertThat(occupants(39 + next)).hasSize(next);
            scene.allow(39 + next);
        }
        assertThat(joins).allSatisfy(join -> assertThat(join.ends()).containsExactly("on"));
        assertThat(gate.asked()).isEqualTo(40 + 39);
        for (int attempt = 1; attempt < 40; attempt++) {
            assertThat(gate.outcomes(attempt)).containsExactly(Outcome.BOUNCED);
        }
    }

    @Test
    void whoIsRefusedInARoomsLineLetsTheNextOneAsk() {
        List<TestStanza> joins = crowd(4);
        scene.refuse(4); // the second one is at the head
        scene.recordNothing(5); // then the third
        scene.allow(6);
        assertThat(joins).extracting(join -> join.ends().get(0)).containsExactly("on", "bounced there is a wall", UNAVAILABLE, "on");
    }

    @Test
    void whoseDeadlineComesInARoomsLineIsAskedAboutNoMore() {
        List<TestStanza> joins = crowd(4);
        scene.pass(DEADLINE.plusMillis(1));
        assertThat(joins).extracting(join -> join.ends().get(0)).containsExactly("on", UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
        scene.allow(4);
        assertThat(gate.asked()).isEqualTo(5);
        assertThat(gate.outcomes(4)).containsExactly(Outcome.BOUNCED);
        TestStanza later = scene.holds("zoe", TestStanza.presence("p", "zoe@example.test/x", TEA + "/Zoe"));
        scene.allow(5);
        assertThat(later.ends()).containsExactly("on");
    }

    /** They enter at the same time, and are all allowed before the first of them goes on. */
    private List<TestStanza> crowd(int size) {
        List<TestStanza> joins = IntStream.range(0, size)
                .mapToObj(i -> scene.holds("stream " + i, TestStanza.presence("p", "p" + i + "@example.test/x", TEA + "/nick" + i))).toList();
        IntStream.range(0, size).forEach(gate::allow);
        scene.releasers.run();
        return joins;
    }

    @Test
    void theDeadlineIsThatOfTheStanzaHoweverOftenItIsAskedAbout() {
        TestStanza message = scene.message(TEA);
        scene.pass(Duration.ofSeconds(4));
        scene.host.occupy(TEA, "Bob", "bob@example.test");
        scene.allow(0);
        TestStanza later = scene.holds("bob", TestStanza.message("m", BOB, ADA));
        scene.pass(Duration.ofSeconds(2));
        assertThat(message.ends()).containsExactly(UNAVAILABLE);
        assertThat(later.ends()).isEmpty();
        scene.allow(1);
        assertThat(gate.outcomes(1)).containsExactly(Outcome.BOUNCED);
    }

    @Test
    void afterTheDeadlineNothingIsAskedAnew() {
        scene.message(BOB); // keeps the next one waiting though that has its verdict
        TestStanza message = scene.message(TEA);
        scene.allow(1);
        scene.host.occupy(TEA, "Bob", "bob@example.test");
        scene.pass(DEADLINE.plusMillis(1));
        assertThat(message.ends()).containsExactly(ROOM_CHANGES);
        assertThat(gate.asked()).isEqualTo(2);
        assertThat(gate.outcomes(1)).containsExactly(Outcome.BOUNCED);
    }

    @Test
    void aNicknameThatChangedHandsIsNotWrittenTo() {
        scene.host.occupy(TEA, "Bob", "bob@example.test");
        TestStanza whisper = scene.message(TEA + "/Bob");
        assertThat(gate.exchange(0).place()).isEqualTo(Place.ROOM_PRIVATE);
        assertThat(gate.exchange(0).recipient().map(Object::toString)).contains("bob@example.test");
        scene.host.occupy(TEA, "Bob", "eve@example.test");
        scene.allow(0);
        assertThat(whisper.ends()).containsExactly(ROOM_CHANGES);
        assertThat(gate.asked()).isEqualTo(1);
        assertThat(gate.outcomes(0)).containsExactly(Outcome.BOUNCED);
    }

    /** The host lets in later whom the edge has let pass; both were asked about an empty room. */
    @Test
    void ofTwoJoinsTheSecondIsAskedAnewWithTheFirst() {
        TestStanza first = scene.holds("ada", TestStanza.presence("p", ADA, TEA + "/Ada"));
        TestStanza second = scene.holds("bob", TestStanza.presence("p", BOB, TEA + "/Bob"));
        assertThat(List.of(occupants(0), occupants(1))).containsOnly(List.of());
        gate.allow(0);
        scene.allow(1);
        assertThat(first.ends()).containsExactly("on");
        assertThat(second.ends()).isEmpty();
        assertThat(gate.outcomes(1)).containsExactly(Outcome.BOUNCED);
        assertThat(occupants(2)).containsExactly("ada@example.test");
        scene.refuse(2);
        assertThat(second.ends()).containsExactly("bounced there is a wall");
        assertThat(gate.outcomes(2)).containsExactly(Outcome.BOUNCED);
    }

    /** Else somebody who never gets in could keep others out. */
    @Test
    void whomTheRoomItselfRefusesIsNotThere() {
        scene.holds("ada", TestStanza.presence("p", ADA, TEA + "/Ada"));
        scene.allow(0);
        scene.edge.delivered(StanzaKind.PRESENCE, "error", "p", TEA + "/Ada", ADA, Edge.Source.CLIENT);
        scene.holds("bob", TestStanza.presence("p", BOB, TEA + "/Bob"));
        assertThat(occupants(1)).isEmpty();
        scene.allow(1);
    }

    @Test
    void whoseOccupantsCanNotBeToldIsRefused() {
        TestStanza before = scene.message(TEA);
        scene.host.onOccupants(() -> {
            throw new IllegalStateException("an occupant's address is none");
        });
        TestStanza after = scene.message(TEA);
        scene.allow(0);
        assertThat(before.ends()).containsExactly(UNAVAILABLE);
        assertThat(after.ends()).containsExactly(UNAVAILABLE);
        assertThat(gate.outcomes(0)).containsExactly(Outcome.BOUNCED);
        assertThat(gate.asked()).isEqualTo(1);
    }

    @Test
    void oneThatCanNotBeAskedAboutAnewIsRefused() {
        TestStanza message = scene.message(TEA);
        scene.host.occupy(TEA, "Bob", "bob@example.test");
        gate.fails();
        scene.allow(0);
        assertThat(message.ends()).containsExactly(UNAVAILABLE);
        assertThat(gate.outcomes(0)).containsExactly(Outcome.BOUNCED);
    }

    /** A room's stanzas go on one at a time; whatever else there is waits neither for them nor for a thread. */
    @Test
    void aSlowRoomKeepsNothingButItsOwnStanzas() {
        List<TestStanza> others = List.of(scene.holds("bob", TestStanza.message("m", BOB, "coffee@rooms.example.test")), scene.holds("bob", TestStanza.message("m", BOB, ADA)));
        TestStanza second = scene.holds("eve", TestStanza.message("m", "eve@example.test/x", TEA));
        TestStanza behind = scene.holds("eve", TestStanza.message("m", "eve@example.test/x", BOB));
        List<TestStanza> wentOnMeanwhile = new ArrayList<>();
        TestStanza slow = scene.message(TEA).atEnd(() -> {
            CompletableFuture.runAsync(() -> List.of(2, 3, 0, 1).forEach(scene::allow)).orTimeout(10, TimeUnit.SECONDS).join();
            Stream.concat(others.stream(), Stream.of(second, behind)).filter(stanza -> stanza.ends().contains("on")).forEach(wentOnMeanwhile::add);
        });
        scene.allow(4);
        assertThat(wentOnMeanwhile).isEqualTo(others);
        assertThat(List.of(slow, second, behind)).allSatisfy(stanza -> assertThat(stanza.ends()).containsExactly("on"));
    }

    private List<String> occupants(int attempt) {
        return gate.exchange(attempt).room().orElseThrow().occupants().stream().map(Object::toString).toList();
    }
}
