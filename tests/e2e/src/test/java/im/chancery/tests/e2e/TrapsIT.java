package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** What holding a stanza does to a Prosody that nobody expected it to: each was seen, each has its fix, each test fails without. */
class TrapsIT {
    private static final String ENABLE = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>";
    private static final String REQUEST = "<r xmlns='urn:xmpp:sm:3'/>";
    private static GatedServer gated;

    @BeforeAll
    static void start() {
        gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob").prosody(p -> p.modules("mam")));
    }

    @AfterAll
    static void stop() {
        gated.close();
    }

    @BeforeEach
    void reset() {
        gated.gate.reset();
    }

    private static String message(String to, String body) {
        return "<message type='chat' id='" + body.replace(' ', '-') + "' to='" + to + "'><body>" + body + "</body></message>";
    }

    /**
     * A stream is read on while its first stanza waits, but not without end. And net.server_epoll forgets data that LuaSec holds when
     * a connection is resumed: here it holds half of the last TLS record when the host stops reading.
     */
    @Test
    @Tag("prosody") // the bound, and what is left behind it, are those of Prosody's module
    void burstOverTlsIsReadToItsEnd() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "burst"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            gated.gate.keepBackText("burst 0<");
            ada.write(padded(0));
            Deadline.await("the first question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            int most = (256 << 10) / gated.gate.asked("burst").get(0).stanza().length();
            int beforeLast = most - 4;
            ada.write(IntStream.range(1, beforeLast).mapToObj(TrapsIT::padded).collect(Collectors.joining()));
            Deadline.await("all questions but the last ones", GatedServer.LIMIT, () -> gated.gate.asked("burst").size() == beforeLast);
            ada.write(IntStream.range(beforeLast, beforeLast + 13).mapToObj(TrapsIT::padded).collect(Collectors.joining()));
            bob.chat("bob@localhost/desk", "meanwhile");
            bob.inbox().takeBody("meanwhile");
            Deadline.await("some of the last questions", GatedServer.LIMIT, () -> gated.gate.asked("burst").size() > most);
            assertThat(gated.gate.asked("burst")).as("the host stops at 256 KiB and what it has read").hasSizeLessThan(beforeLast + 13);
            gated.gate.letGo();
            bob.inbox().takeBody("burst " + (beforeLast + 12));
            assertThat(bob.inbox().bodies()).containsExactlyElementsOf(IntStream.range(0, beforeLast + 12).mapToObj(i -> "burst " + i).toList());
        }
    }

    /** A message of a bit more than 1,000 bytes. */
    private static String padded(int i) {
        return message("bob@localhost/desk", "burst " + i).replace("</message>", "<x xmlns='urn:example:padding'>" + "x".repeat(1000) + "</x></message>");
    }

    /** mod_smacks counts at parse time. */
    @Test
    void acknowledgementNeverCoversAStanzaWithoutVerdict() {
        gated.gate.keepBack(e -> e.stanza().contains("second") || e.stanza().contains("third"));
        try (RawClient ada = RawClient.login(gated.server, "ada", "acks"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.write(ENABLE);
            ada.await("<enabled");
            ada.forget();
            ada.write(message("bob@localhost/desk", "first") + REQUEST + message("bob@localhost/desk", "second") + message("bob@localhost/desk", "third") + REQUEST);
            bob.inbox().takeBody("first");
            Deadline.await("both questions", GatedServer.LIMIT, () -> gated.gate.keptBack() == 2);
            Expect.acknowledgement(() -> ada.write(REQUEST), ada::await, 1);
            ada.forget();
            gated.gate.letGo();
            bob.inbox().takeBody("third");
            Expect.acknowledgement(() -> ada.write(REQUEST), ada::await, 3);
        }
    }

    /** An iq's result is decided beside its stream, which is read on; what comes behind it is not covered either. */
    @Test
    void acknowledgementNeverCoversAnAnswerWithoutVerdict() {
        gated.gate.keepBack(e -> e.type().equals("result"));
        try (RawClient ada = RawClient.login(gated.server, "ada", "answers"); RawClient bob = RawClient.login(gated.server, "bob", "asking")) {
            bob.write("<iq type='get' id='q' to='ada@localhost/answers'><query xmlns='urn:q'/></iq>");
            ada.await("urn:q");
            ada.write(ENABLE);
            ada.await("<enabled");
            ada.write("<iq type='result' id='q' to='bob@localhost/asking'/>" + message("bob@localhost/asking", "behind it") + REQUEST);
            bob.await("behind it");
            assertThat(ada.await("<a ")).contains("h='0'");
            ada.forget();
            gated.gate.letGo();
            bob.await("type='result'");
            ada.write(REQUEST);
            ada.await("h='2'");
        }
    }

    /** A stream is resumed while its last message is still held: the client must be told that it was taken. */
    @Test
    void resumptionNeitherLosesNorDoublesWhatIsHeld() {
        gated.gate.keepBackText("held over");
        RawClient ada = RawClient.login(gated.server, "ada", "resume");
        try (SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.write(ENABLE);
            String enabled = ada.await("<enabled");
            String id = enabled.replaceAll("(?s).*<enabled[^>]* id='([^']+)'.*", "$1");
            ada.write(message("bob@localhost/desk", "held over"));
            Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            ada.close();
            try (RawClient again = RawClient.authenticate(gated.server, "ada")) {
                again.write("<resume xmlns='urn:xmpp:sm:3' h='0' previd='" + id + "'/>");
                gated.gate.letGo();
                assertThat(again.await("<resumed")).contains("h='1'");
                again.forget();
                again.write(message("bob@localhost/desk", "after resumption") + REQUEST);
                bob.inbox().takeBody("after resumption");
                Expect.acknowledgement(() -> again.write(REQUEST), again::await, 2);
                assertThat(bob.inbox().bodies()).containsExactly("held over");
            }
        }
    }

    /** The session is wiped when the same resource logs in anew; what it had sent must still arrive. */
    @Test
    void messagesOfAReplacedSessionAreNotLost() {
        gated.gate.keepBackText("held");
        RawClient ada = RawClient.login(gated.server, "ada", "replaced");
        try (SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.write(message("bob@localhost/desk", "held one") + message("bob@localhost/desk", "held two") + message("bob@localhost/desk", "not kept"));
            Deadline.await("the questions", GatedServer.LIMIT, () -> gated.gate.keptBack() == 2);
            try (RawClient successor = RawClient.login(gated.server, "ada", "replaced")) {
                gated.gate.letGo();
                bob.inbox().takeBody("not kept");
                assertThat(bob.inbox().bodies()).containsExactly("held one", "held two");
                Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes("held").size() == 2);
                assertThat(gated.gate.outcomes("held")).containsOnly(Outcome.HANDED_ON);
            }
        } finally {
            ada.close();
        }
    }

    /** Presence that says goodbye is made outside any coroutine; held, it would never be sent. */
    @Test
    @Tag("prosody") // in a Tigase the stream's end stays behind what is held, see TigaseTrapsIT
    void goodbyeIsSeenWhileTheSessionIsHeld() {
        try (SmackClient bob = SmackClient.login(gated.server, "bob", "desk"); RawClient ada = RawClient.login(gated.server, "ada", "leaving")) {
            ada.write("<presence to='bob@localhost/desk'/>");
            bob.inbox().take("presence", s -> s.toXML().toString().contains("ada@localhost/leaving"));
            gated.gate.keepBackText("still held");
            ada.write(message("bob@localhost/desk", "still held"));
            Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            ada.close();
            bob.inbox().take("goodbye", s -> s.toXML().toString().contains("type='unavailable'"));
            gated.gate.letGo();
            bob.inbox().takeBody("still held");
        }
    }

    /** What a client writes right behind its resumption is parsed while that waits, for a session that has no address. */
    // Tigase's threads race: where a stream moves as soon as nothing of it is held, one message in four is lost
    @RepeatedTest(8)
    void messageBehindAResumptionThatWaitsIsAskedAbout(RepetitionInfo repetition) {
        String held = "held over " + repetition.getCurrentRepetition();
        String behind = "right behind " + repetition.getCurrentRepetition();
        gated.gate.keepBackText(held);
        RawClient ada = RawClient.login(gated.server, "ada", "behind");
        try (SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.write(ENABLE);
            String id = ada.await("<enabled").replaceAll("(?s).*<enabled[^>]* id='([^']+)'.*", "$1");
            ada.write(message("bob@localhost/desk", held));
            Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            ada.close();
            try (RawClient again = RawClient.authenticate(gated.server, "ada")) {
                again.write("<resume xmlns='urn:xmpp:sm:3' h='0' previd='" + id + "'/>" + message("bob@localhost/desk", behind) + REQUEST);
                gated.gate.letGo();
                again.await("<resumed");
                bob.inbox().takeBody(behind);
                if (XmppHost.chosen().holdsEngine()) {
                    bob.inbox().takeBody(held); // a Tigase brings what comes from two connections on its way at the same time
                } else {
                    assertThat(bob.inbox().bodies()).containsExactly(held);
                }
                assertThat(gated.gate.asked(behind)).singleElement()
                        .satisfies(e -> assertThat(e.from().toString()).isEqualTo("ada@localhost/behind"));
                Expect.acknowledgement(() -> again.write(REQUEST), again::await, 2);
            }
        }
    }

    /** An answer waits beside its session's queue, not in it; when the session is wiped, only one of the two empties the queue. */
    @Test
    void messagesOfAReplacedSessionAreNotDoubledByAnAnswerThatWaits() {
        replacedBesideAnAnswer(gated.gate::letGo);
    }

    /** The same where the answer's verdict is the last to come, when the messages have gone on. */
    @Test
    void messagesOfAReplacedSessionAreNotDoubledByAnAnswerThatIsDecidedLast() {
        replacedBesideAnAnswer(gated.gate::letGoInReverse);
    }

    private static void replacedBesideAnAnswer(Runnable letGo) {
        RawClient ada = RawClient.login(gated.server, "ada", "beside");
        try (SmackClient bob = SmackClient.login(gated.server, "bob", "desk"); RawClient asking = RawClient.login(gated.server, "bob", "asking")) {
            asking.write("<iq type='get' id='q' to='ada@localhost/beside'><query xmlns='urn:q'/></iq>");
            ada.await("urn:q");
            ada.write(message("bob@localhost/desk", "earlier"));
            bob.inbox().takeBody("earlier");
            gated.gate.keepBack(e -> e.type().equals("result") || e.stanza().contains("held one"));
            ada.write("<iq type='result' id='q' to='bob@localhost/asking'/>" + message("bob@localhost/desk", "held one")
                    + message("bob@localhost/desk", "held two") + message("bob@localhost/desk", "held three"));
            Deadline.await("the questions", GatedServer.LIMIT, () -> gated.gate.asked("held").size() == 3);
            try (RawClient successor = RawClient.login(gated.server, "ada", "beside")) {
                letGo.run();
                bob.inbox().takeBody("held three");
                successor.write(message("bob@localhost/desk", "the last"));
                bob.inbox().takeBody("the last");
                assertThat(bob.inbox().bodies()).containsExactly("held one", "held two");
            }
        } finally {
            ada.close();
        }
    }
}
