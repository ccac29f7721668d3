package im.chancery.engine.edge;

import static im.chancery.engine.edge.Scene.ADA;
import static im.chancery.engine.edge.Scene.BAD_ADDRESS;
import static im.chancery.engine.edge.Scene.BOB;
import static im.chancery.engine.edge.Scene.DEADLINE;
import static im.chancery.engine.edge.Scene.PAT;
import static im.chancery.engine.edge.Scene.TEA;
import static im.chancery.engine.edge.Scene.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import im.chancery.core.Direction;
import im.chancery.core.Outcome;
import im.chancery.core.Place;
import im.chancery.core.StanzaKind;
import im.chancery.engine.config.EdgeOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The edge against a gate whose verdicts come when the test says so. Rooms are in {@code EdgeRoomsTest}. */
class EdgeTest {
    private static final String UNASKED = "<iq type='get' id='3' from='" + ADA + "' to='example.test'><query xmlns='jabber:iq:version'/></iq>";

    /** RFC 7622, section 3.3: 1023 bytes at most. */
    private static final String NO_ADDRESS = "b".repeat(1024) + "@example.test";

    private final Scene scene = new Scene();
    private final ScriptedGate gate = scene.gate;
    private final Edge edge = scene.edge;

    @AfterEach
    void endsWithNothing() {
        scene.endsWithNothing();
    }

    /** XEP-0359, section 2.2. The record has them; a component speaks for its own rooms. */
    @Test
    void idsOfThisServersOwnAreTakenOutOfWhatGoesOn() {
        String ids = String.join("", Stream.of("example.test", "bob@example.test", "tea@rooms.example.test/x", "den@partner.test", "@")
                .map(by -> "<stanza-id xmlns='urn:xmpp:sid:0' by='" + by + "' id='x'/>").toList());
        TestStanza message = scene.holds("ada", "<message from='" + ADA + "' to='" + BOB + "'><body>hi</body>" + ids + "</message>");
        TestStanza ofComponent = scene.holds("component", Edge.Source.OUTSIDE, new TestStanza("<message from='den@rooms.example.test/Zoe' to='" + BOB + "'>" + ids + "</message>"));
        assertThat(gate.exchange(0).stanza()).contains("by=\"bob@example.test\"");
        scene.allowAll();
        assertThat(message.xml()).contains("den@partner.test", "<body>hi</body>", "\"@\"").doesNotContain("by=\"example.test", "bob@example.test\" id", "tea@rooms");
        assertThat(ofComponent.xml()).contains("den@partner.test", "tea@rooms").doesNotContain("by=\"example.test");
    }

    @Test
    void allowedGoesOnAndThenItsOutcomeIsTold() {
        TestStanza message = TestStanza.message("m", ADA, BOB).atEnd(() -> assertThat(gate.outcomes(0)).isEmpty());
        scene.holds("ada", message);
        assertThat(message.ends()).isEmpty();
        scene.allow(0);
        assertThat(message.ends()).containsExactly("on");
        assertThat(gate.outcomes(0)).containsExactly(Outcome.HANDED_ON);
    }

    @Test
    void isAskedAboutAsTheHostHasStampedIt() {
        scene.message(BOB);
        assertThat(gate.exchange(0).from().toString()).isEqualTo(ADA);
        assertThat(gate.exchange(0).to().toString()).isEqualTo(BOB);
        assertThat(gate.exchange(0).kind()).isEqualTo(StanzaKind.MESSAGE);
        assertThat(gate.exchange(0).type()).isEqualTo("chat");
        assertThat(gate.exchange(0).place()).isEqualTo(Place.DIRECT);
        assertThat(gate.exchange(0).direction()).isEqualTo(Direction.LOCAL);
        assertThat(gate.exchange(0).stanza()).contains("<body>hi</body>");
        scene.message(PAT);
        assertThat(gate.exchange(1).direction()).isEqualTo(Direction.OUTBOUND);
        scene.holds("pat", Edge.Source.OUTSIDE, TestStanza.message("m", PAT, ADA));
        assertThat(gate.exchange(2).direction()).isEqualTo(Direction.INBOUND);
    }

    @Test
    void refusedIsBouncedWithTheDecisionsError() {
        TestStanza message = scene.message(BOB);
        scene.refuse(0);
        assertThat(message.ends()).containsExactly("bounced there is a wall");
        assertThat(gate.outcomes(0)).containsExactly(Outcome.BOUNCED);
    }

    @Test
    void whatIsNotRecordedIsRefused() {
        TestStanza message = scene.message(BOB);
        scene.recordNothing(0);
        assertThat(message.ends()).containsExactly(UNAVAILABLE);
        assertThat(gate.outcomes(0)).isEmpty();
    }

    @Test
    void whatCanNotBeSubmittedIsRefused() {
        gate.fails();
        TestStanza message = scene.message(BOB);
        scene.releasers.run();
        assertThat(message.ends()).containsExactly(UNAVAILABLE);
    }

    @Test
    void theLogSaysWhatFailedInTheHostAndNotItsWords() {
        ListAppender<ILoggingEvent> told = new ListAppender<>();
        Logger log = (Logger) LoggerFactory.getLogger(Edge.class);
        log.addAppender(told);
        told.start();
        try {
            scene.holds("ada", TestStanza.message("1", ADA, BOB).failsAtEnd());
            scene.allow(0);
            assertThat(told.list).extracting(event -> event.getThrowableProxy().getMessage()).containsExactly("java.lang.IllegalStateException");
        } finally {
            log.detachAppender(told);
        }
    }

    /** The executor would never call again. */
    @Test
    void aLookAtDeadlinesThatFailsIsNotTheLast() {
        AtomicLong now = new AtomicLong();
        AtomicBoolean fails = new AtomicBoolean();
        Edge failing = new Edge(gate, scene.host, new EdgeOptions(DEADLINE, Scene.MAX_HELD), scene.releasers, () -> {
            if (fails.get()) {
                throw new StackOverflowError("in the middle of it");
            }
            return now.get();
        });
        TestStanza message = TestStanza.message("m", ADA, BOB);
        assertThat(failing.arrives("ada", Edge.Source.CLIENT, message)).isFalse();
        now.set(DEADLINE.plusSeconds(1).toNanos());
        fails.set(true);
        scene.releasers.runRepeated();
        fails.set(false);
        scene.releasers.runRepeated();
        scene.releasers.run();
        assertThat(message.ends()).containsExactly(UNAVAILABLE);
    }

    @Test
    void anAddressThatIsNoneIsRefusedAndNotAskedAbout() {
        TestStanza message = scene.message(NO_ADDRESS);
        TestStanza invitation = scene.holds("ada", "<message from='" + ADA + "' to='" + TEA + "'>"
                + "<x xmlns='http://jabber.org/protocol/muc#user'><invite to='" + NO_ADDRESS + "'/></x></message>");
        scene.releasers.run();
        assertThat(message.ends()).containsExactly(BAD_ADDRESS);
        assertThat(invitation.ends()).containsExactly(BAD_ADDRESS);
        assertThat(gate.asked()).isZero();
    }

    /** A record names one recipient. */
    @Test
    void severalInvitationsInOneMessageAreRefused() {
        TestStanza invitation = scene.holds("ada", "<message from='" + ADA + "' to='" + TEA + "'><x xmlns='http://jabber.org/protocol/muc#user'>"
                + "<invite to='" + BOB + "'/><invite to='" + PAT + "'/></x></message>");
        scene.releasers.run();
        assertThat(invitation.ends()).containsExactly(BAD_ADDRESS);
        assertThat(gate.asked()).isZero();
    }

    /** Whoever waits for an answer may be the one whose verdict is slow. */
    @Test
    void anAnswerIsDecidedBesideItsStream() {
        edge.delivered(StanzaKind.IQ, "get", "q", BOB, ADA, Edge.Source.CLIENT);
        TestStanza result = scene.holds("ada", "<iq type='result' id='q' from='" + ADA + "' to='" + BOB + "'/>");
        TestStanza message = scene.message(BOB);
        scene.allow(1);
        assertThat(message.ends()).containsExactly("on");
        assertThat(result.ends()).isEmpty();
        scene.allow(0);
        assertThat(result.ends()).containsExactly("on");
    }

    @Test
    void anAnswerIsRefusedToWhoWaitsForItAndAnErrorToNobody() {
        edge.delivered(StanzaKind.IQ, "get", "q", BOB, ADA, Edge.Source.CLIENT);
        edge.delivered(StanzaKind.MESSAGE, "chat", "q", BOB, ADA, Edge.Source.CLIENT);
        edge.delivered(StanzaKind.MESSAGE, "chat", "q", NO_ADDRESS, ADA, Edge.Source.CLIENT); // nothing, since nobody can answer it
        TestStanza result = scene.holds("ada", "<iq type='result' id='q' from='" + ADA + "' to='" + BOB + "'/>");
        TestStanza error = scene.holds("ada", "<message type='error' id='q' from='" + ADA + "' to='" + BOB + "'/>");
        TestStanza again = scene.holds("ada", "<message type='error' id='q' from='" + ADA + "' to='" + BOB + "'/>");
        assertThat(again.ends()).as("answers nothing").containsExactly("discarded");
        scene.refuse(0);
        scene.refuse(1);
        assertThat(result.ends()).containsExactly("answered policy-violation");
        assertThat(error.ends()).containsExactly("discarded");
        assertThat(gate.outcomes(1)).containsExactly(Outcome.BOUNCED);
    }

    @Test
    void atTheDeadlineIsBouncedOnceAndALateVerdictChangesNothing() {
        TestStanza message = scene.message(BOB);
        scene.pass(DEADLINE);
        assertThat(message.ends()).isEmpty();
        scene.pass(Duration.ofMillis(1));
        scene.pass(DEADLINE);
        assertThat(message.ends()).containsExactly(UNAVAILABLE);
        assertThat(gate.outcomes(0)).isEmpty();
        scene.allow(0);
        assertThat(message.ends()).hasSize(1);
        assertThat(gate.outcomes(0)).containsExactly(Outcome.BOUNCED);
    }

    @Test
    void eachHasItsOwnDeadline() {
        TestStanza first = scene.message(BOB);
        scene.pass(Duration.ofSeconds(3));
        TestStanza second = scene.message(BOB);
        scene.pass(Duration.ofSeconds(3));
        assertThat(first.ends()).containsExactly(UNAVAILABLE);
        assertThat(second.ends()).isEmpty();
        scene.allow(1);
        assertThat(second.ends()).containsExactly("on");
    }

    /** The thread that has brought a stanza may be stopped for as long before it asks. */
    @Test
    void aDeadlineAheadOfTheQuestionLeavesOneBounceAndOneOutcome() {
        scene.host.onOccupants(() -> scene.pass(DEADLINE.plusMillis(1)));
        TestStanza message = scene.message(TEA);
        assertThat(message.ends()).containsExactly(UNAVAILABLE);
        scene.allow(0);
        assertThat(message.ends()).hasSize(1);
        assertThat(gate.outcomes(0)).containsExactly(Outcome.BOUNCED);
    }

    @Test
    void nothingOvertakesWhatWaits() {
        List<String> order = new ArrayList<>();
        scene.holds("ada", TestStanza.message("1", ADA, BOB).atEnd(() -> order.add("1")));
        scene.holds("ada", TestStanza.message("2", ADA, PAT).atEnd(() -> order.add("2")));
        scene.holds("ada", new TestStanza(UNASKED).atEnd(() -> order.add("3")));
        assertThat(edge.passes("ada", new TestStanza("<message/>").atEnd(() -> order.add("the stream's end")))).isFalse();
        scene.allow(1);
        assertThat(order).isEmpty();
        scene.refuse(0);
        assertThat(order).containsExactly("1", "2", "3", "the stream's end");
        assertThat(edge.arrives("ada", Edge.Source.CLIENT, new TestStanza(UNASKED))).isTrue();
    }

    @Test
    void nothingOvertakesWhatIsJustBeingHandedOn() {
        List<Boolean> passed = new ArrayList<>();
        scene.holds("ada", TestStanza.message("1", ADA, BOB).atEnd(() -> passed.add(edge.passes("ada", new TestStanza("<message/>")))));
        scene.allow(0);
        assertThat(passed).containsExactly(false);
    }

    @Test
    void anotherStreamIsNotHeldUp() {
        TestStanza waits = scene.message(BOB);
        TestStanza goes = scene.holds("bob", TestStanza.message("2", BOB, ADA));
        scene.allow(1);
        assertThat(waits.ends()).isEmpty();
        assertThat(goes.ends()).containsExactly("on");
        assertThat(edge.passes("bob", waits)).isTrue();
    }

    @Test
    void oneThatFailsKeepsNothingBehindIt() {
        scene.holds("ada", TestStanza.message("1", ADA, BOB).failsAtEnd());
        scene.holds("ada", TestStanza.message("2", ADA, BOB).failsAtEnd());
        scene.holds("ada", new TestStanza(UNASKED).failsAtEnd());
        scene.holds("ada", TestStanza.message("4", ADA, BOB).atEnd(() -> {
            throw new NoClassDefFoundError("a jar is missing");
        }));
        TestStanza last = scene.message(BOB);
        gate.allow(0);
        gate.refuse(1);
        gate.allow(2);
        scene.allow(3);
        assertThat(last.ends()).containsExactly("on");
        assertThat(gate.outcomes(0)).as("nobody knows").containsExactly(Outcome.UNKNOWN);
        assertThat(gate.outcomes(1)).as("it went nowhere").containsExactly(Outcome.BOUNCED);
        assertThat(gate.outcomes(2)).containsExactly(Outcome.UNKNOWN);
        assertThat(gate.outcomes(3)).containsExactly(Outcome.HANDED_ON);
    }

    /** Such as one that is too deep for the stack of a host's thread. */
    @Test
    void whatCanNotBeLookedAtIsRefusedAtOnce() {
        TestStanza question = scene.holds("ada", new TestStanza("<iq type='set' id='q' from='" + ADA + "' to='example.test'><query xmlns='q'/></iq>").opaque());
        TestStanza toRoom = scene.holds("ada", TestStanza.message("m", ADA, TEA).opaque());
        scene.releasers.run();
        assertThat(question.ends()).containsExactly(UNAVAILABLE);
        assertThat(toRoom.ends()).containsExactly(UNAVAILABLE);
        assertThat(gate.asked()).isZero();
        assertThat(edge.lanes()).isZero();
    }

    @Test
    void whatIsAllowedAndCanNotBeHandedToTheHostIsRefused() {
        TestStanza publication = scene.holds("pat", Edge.Source.OUTSIDE, new TestStanza("<iq type='set' id='q' from='" + PAT + "' to='pubsub.example.test'>"
                + "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n'><item id='1'/></publish></pubsub></iq>"));
        publication.opaque();
        TestStanza last = scene.holds("pat", Edge.Source.OUTSIDE, TestStanza.message("m", PAT, ADA));
        gate.allow(0);
        scene.allow(1);
        assertThat(publication.ends()).containsExactly(UNAVAILABLE);
        assertThat(gate.outcomes(0)).as("the host never got it").containsExactly(Outcome.BOUNCED);
        assertThat(last.ends()).containsExactly("on");
    }

    @Test
    void aGateThatTakesNoOutcomeKeepsNoStanza() {
        gate.takesNoOutcomes();
        TestStanza refused = scene.message(BOB);
        TestStanza allowed = scene.message(BOB);
        scene.refuse(0);
        scene.allow(1);
        assertThat(refused.ends()).containsExactly("bounced there is a wall");
        assertThat(allowed.ends()).containsExactly("on");
    }

    @Test
    void aStreamUsesAnEighthOfWhatMayWaitAndIsBouncedBeyondAtOnce() {
        TestStanza[] all = new TestStanza[12];
        for (int i = 0; i < all.length; i++) {
            all[i] = scene.message(BOB); // counts for 102 of 1,000
        }
        assertThat(gate.asked()).isEqualTo(9);
        assertThat(edge.waiting()).isEqualTo(9);
        assertThat(List.of(all).subList(9, 12)).allSatisfy(stanza -> assertThat(stanza.ends()).containsExactly(UNAVAILABLE));
        assertThat(scene.holds("ada", UNASKED).ends()).as("what isn't asked about fills the memory too").containsExactly(UNAVAILABLE);
        scene.holds("bob", TestStanza.message("m", BOB, ADA));
        assertThat(gate.asked()).isEqualTo(10);
        scene.allowAll();
        scene.message(BOB);
        assertThat(gate.asked()).as("there is room again").isEqualTo(11);
    }

    @Test
    void allStreamsTogetherAreBounded() {
        for (int i = 0; i < 80; i++) {
            scene.holds("stream " + i, Edge.Source.OUTSIDE, TestStanza.message("m", "pat@p" + i + ".test/x", ADA)); // counts for at most 102 of 8,000
        }
        assertThat(gate.asked()).isEqualTo(78);
        assertThat(edge.waiting()).isEqualTo(78);
    }

    /** A flood of one side: of this house's clients, or of a partner's server. */
    @Test
    void whatOneDomainHasWaitingLeavesRoomForTheOthers() {
        List<TestStanza> flood = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            flood.add(scene.holds("stream " + i % 40, Edge.Source.OUTSIDE, TestStanza.message("m", PAT, ADA))); // 102 of 8,000
        }
        assertThat(gate.asked()).as("three quarters, and the one that goes beyond").isEqualTo(59);
        assertThat(flood.subList(59, 80)).allSatisfy(stanza -> assertThat(stanza.ends()).containsExactly(UNAVAILABLE));
        for (int i = 0; i < 20; i++) {
            scene.holds("another stream " + i, Edge.Source.OUTSIDE, TestStanza.message("m", PAT, ADA));
        }
        assertThat(gate.asked()).as("seven eighths, with those who had nothing waiting").isEqualTo(69);
        TestStanza ours = scene.message(BOB);
        assertThat(gate.asked()).isEqualTo(70);
        scene.allow(69);
        assertThat(ours.ends()).containsExactly("on");
    }

    @Test
    void whatSomeStreamsHaveWaitingLeavesRoomForTheirDomainsOthers() {
        for (int i = 0; i < 200; i++) {
            scene.holds("stream " + i % 10, Edge.Source.OUTSIDE, TestStanza.message("m", PAT, ADA));
        }
        int flooded = gate.asked();
        assertThat(flooded).isBetween(40, 58);
        scene.holds("another stream", Edge.Source.OUTSIDE, TestStanza.message("m", PAT, ADA));
        assertThat(gate.asked()).isEqualTo(flooded + 1);
    }

    @Test
    void nothingIsKeptInMindOfAStreamOfWhichNothingWaits() {
        scene.message(BOB);
        scene.allow(0);
        assertThat(edge.lanes()).isZero();
        scene.holds("pat", Edge.Source.OUTSIDE, TestStanza.presence("p", PAT, ADA));
        assertThat(edge.lanes()).isEqualTo(1);
        scene.allow(1);
        assertThat(edge.lanes()).isZero();
    }

    /** It isn't held, so nothing that it says would be recorded before it goes on. */
    @Test
    void aGoodbyeLosesItsWordsWhoeverSawThePresence() {
        scene.holds("ada", TestStanza.presence("p", ADA, BOB));
        scene.allow(0);
        TestStanza goodbye = goodbye(BOB);
        assertThat(edge.arrives("ada", Edge.Source.CLIENT, goodbye)).isTrue();
        assertThat(goodbye.xml()).contains("unavailable").doesNotContain("back at nine");
        assertThat(gate.asked()).isEqualTo(1);
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(edge.mayShow(goodbye)).as("that it is on its way").isTrue();
        assertThat(edge.arrives("ada", Edge.Source.CLIENT, goodbye(BOB))).as("a second one").isFalse();
    }

    /** Its sender has chosen the resource that it would show. */
    @Test
    void aGoodbyeToWhoHasNotSeenThePresenceIsAskedAboutAndRefusedInSilence() {
        TestStanza goodbye = goodbye(BOB);
        assertThat(edge.arrives("ada", Edge.Source.CLIENT, goodbye)).isFalse();
        assertThat(goodbye.xml()).contains("unavailable").doesNotContain("back at nine");
        assertThat(gate.asked()).isEqualTo(1);
        scene.refuse(0);
        assertThat(goodbye.ends()).containsExactly("discarded");
    }

    @Test
    void aGoodbyeIsShownToWhomThePresenceWasOrIfPolicyAllowsItNow() {
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(edge.mayShow(goodbye(BOB))).isFalse();
        gate.rechecks(ScriptedGate.ALLOW);
        assertThat(edge.mayShow(TestStanza.presence("p", ADA, BOB))).isTrue();
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(edge.mayShow(TestStanza.presence("p", ADA, BOB))).isFalse();
        assertThat(edge.mayShow(goodbye(BOB))).isTrue();
    }

    @Test
    void presenceIsShownIfPolicyAllowsItNow() {
        TestStanza presence = TestStanza.presence("p", ADA, BOB);
        assertThat(edge.mayShow(presence)).isTrue();
        assertThat(edge.mayShow(TestStanza.presence("p", ADA, NO_ADDRESS))).isFalse();
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(edge.mayShow(presence)).isFalse();
        gate.rechecks(ScriptedGate.ALLOW);
        gate.fails();
        assertThat(edge.mayShow(presence)).isFalse();
        assertThat(gate.asked()).as("nothing is recorded").isZero();
    }

    @Test
    void onceClosedNothingIsTaken() {
        edge.close();
        assertThat(scene.message(BOB).ends()).containsExactly(UNAVAILABLE);
        assertThat(edge.arrives("ada", Edge.Source.CLIENT, new TestStanza(UNASKED))).isTrue();
        assertThat(gate.asked()).isZero();
    }

    @Test
    void aVerdictThatCloseHasNotWaitedForIsStillCarriedOut() {
        TestStanza message = scene.message(BOB);
        Thread.currentThread().interrupt();
        edge.close();
        assertThat(Thread.interrupted()).isTrue();
        gate.allow(0);
        assertThat(message.ends()).containsExactly("on");
        assertThat(gate.outcomes(0)).containsExactly(Outcome.HANDED_ON);
    }

    private static TestStanza goodbye(String to) {
        return new TestStanza("<presence type='unavailable' from='" + ADA + "' to='" + to + "'><status>back at nine</status></presence>");
    }
}
