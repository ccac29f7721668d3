package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Exchange;
import im.chancery.core.Outcome;
import im.chancery.core.StanzaKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ways past a gate that only Tigase has, and what its plugin must not break. */
@Tag("tigase")
class TigaseTrapsIT {
    private static final String SECRET = "smuggled words";
    private static final int ROUNDS = 15;
    /** What a connection may have waiting before its address is known. */
    private static final int EARLY_CHARACTERS = 64 << 10;
    private static final String GATEWAY = "gateway.localhost";
    private static GatedServer gated;
    private static String room;

    @BeforeAll
    static void start() {
        gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob", "cleo").component(GATEWAY).openRooms());
        room = "hall@" + gated.server.roomDomain();
    }

    @AfterAll
    static void stop() {
        gated.close();
    }

    @BeforeEach
    void reset() {
        gated.gate.reset();
    }

    private static RawClient login(String localpart) {
        RawClient client = RawClient.login(gated.server, localpart, "trap");
        client.write("<presence/>");
        client.await("<presence");
        client.forget();
        return client;
    }

    private static String message(String to, String id, String words) {
        return "<message to='" + to + "' type='chat' id='" + id + "'><body>" + words + "</body></message>";
    }

    /** Tigase's components talk to each other in iqs with such names; one of a client's, to a person, is a person's. */
    @Test
    void whatLooksLikeACommandOfTigaseIsAskedAbout() {
        gated.gate.refuseText(SECRET);
        try (RawClient ada = login("ada"); RawClient bob = login("bob")) {
            for (String command : new String[] {"GETFEATURES", "STREAM_OPENED", "USER_LOGIN", "BROADCAST_TO_ONLINE", "no-such"}) {
                ada.write("<iq to='bob@localhost/trap' type='set' id='" + command + "'><command xmlns='http://jabber.org/protocol/commands' node='"
                        + command + "'>" + SECRET + " " + command + "</command></iq>");
                assertThat(ada.await("id='" + command + "'")).contains("policy-violation");
                Deadline.await("the outcome", GatedServer.LIMIT, () -> gated.gate.outcomes(SECRET + " " + command).equals(List.of(Outcome.BOUNCED)));
            }
            ada.write(message("bob@localhost/trap", "last", "the last"));
            assertThat(bob.await("the last")).doesNotContain(SECRET);
        }
    }

    /** An admin's command may bring words for everybody; policies know a service by its domain. */
    @Test
    void aSetToAServiceIsAskedAbout() {
        gated.gate.refuseText(SECRET);
        try (RawClient ada = login("ada")) {
            ada.write("<iq to='sess-man@localhost' type='set' id='announce'><command xmlns='http://jabber.org/protocol/commands' node='announce'>"
                    + SECRET + "</command></iq>");
            assertThat(ada.await("id='announce'")).contains("policy-violation");
            assertThat(gated.gate.asked(SECRET)).singleElement().extracting(e -> e.to().toString()).isEqualTo("localhost");
        }
    }

    /** The session manager takes these from whoever sends them: that a stream has ended, or moved to another connection, with the address that it has. */
    @Test
    void nobodyTellsTheSessionManagerWhatStreamsDo() {
        try (RawClient ada = login("ada"); RawClient bob = login("bob")) {
            int n = 0;
            for (String to : new String[] {"sess-man@localhost", "localhost"}) {
                for (String command : new String[] {"STREAM_MOVED", "STREAM_FINISHED", "STREAM_CLOSED", "TLS_HANDSHAKE_COMPLETE"}) {
                    ada.write("<iq to='" + to + "' type='set' id='forged" + n + "'><command xmlns='http://jabber.org/protocol/commands' node='" + command + "'><x xmlns='jabber:x:data'"
                            + " type='submit'><field var='cmd'><value>stream-moved</value></field><field var='old-conn-jid'><value>c2s@localhost/x</value></field></x></command></iq>");
                    assertThat(ada.await("id='forged" + n + "'")).contains("type='error'");
                    ada.write(message("bob@localhost/trap", "after" + n, "after " + n));
                    bob.await("after " + n);
                    n++;
                }
            }
            assertThat(gated.gate.asked("forged")).isEmpty();
        }
    }

    /** XEP-0198, section 4: what a dead stream has not acknowledged is delivered again, in its sender's name, and was asked about. */
    @ParameterizedTest
    @ValueSource(strings = {"", " resume='true' max='1'"})
    void whatADeadStreamHasNotAcknowledgedComesAgainAsItWas(String resume) {
        String words = "unacknowledged words" + resume.length();
        try (RawClient ada = login("ada")) {
            try (RawClient bob = login("bob")) {
                bob.write("<enable xmlns='urn:xmpp:sm:3'" + resume + "/>");
                bob.await("<enabled");
                ada.write(message("bob@localhost/trap", "lost" + resume.length(), words));
                bob.await(words);
            }
            assertThat(whatComesAgain(words)).contains("from='ada@localhost/trap'");
            assertThat(gated.gate.asked(words)).singleElement().satisfies(e -> assertThat(e.from().toString()).isEqualTo("ada@localhost/trap"));
            Deadline.await("the outcome", GatedServer.LIMIT, () -> gated.gate.outcomes(words).equals(List.of(Outcome.HANDED_ON)));
            assertThat(ada.settled()).doesNotContain("type='error'");
        }
    }

    /**
     * Bob logs in again and again, and stays: a Tigase looks for what is stored once for each session, so one that becomes available while the message is
     * being stored does not get it.
     */
    private static String whatComesAgain(String words) {
        List<RawClient> again = new ArrayList<>();
        try {
            return Deadline.awaitValue("«" + words + "» again", GatedServer.LIMIT, () -> {
                again.add(RawClient.login(gated.server, "bob", "again" + again.size()));
                again.get(again.size() - 1).write("<presence/>");
                again.get(again.size() - 1).settled();
                return again.stream().map(RawClient::received).filter(all -> all.contains(words)).findFirst();
            });
        } finally {
            again.forEach(RawClient::close);
        }
    }

    /** Anybody may send the session manager such a command, which then writes to everybody, under any name. */
    @Test
    void nobodyCommandsTigasesComponents() {
        try (RawClient ada = login("ada"); RawClient bob = login("bob")) {
            String data = "<x xmlns='jabber:x:data' type='submit'><field var='to'><value>bob@localhost</value></field></x>";
            ada.write("<iq type='set' id='b1' to='sess-man@localhost'><command xmlns='http://jabber.org/protocol/commands' node='BROADCAST_TO_ONLINE'>" + data
                    + "</command><message xmlns='http://tigase.org/protocol/broadcast' from='cleo@localhost'><body>" + SECRET + "</body></message></iq>"
                    + "<iq type='get' id='b2' to='c2s@localhost/127.0.0.1_5222_127.0.0.1_5000'><command xmlns='http://jabber.org/protocol/commands' node='GETSTATS'>"
                    + SECRET + "</command></iq><message id='b3' to='c2s@localhost/127.0.0.1_5222_127.0.0.1_5000'><body>" + SECRET + "</body></message>");
            for (String id : new String[] {"b1", "b2", "b3"}) {
                assertThat(ada.await("id='" + id + "'")).contains("not-acceptable");
            }
            ada.write(message("bob@localhost/trap", "last", "the last"));
            assertThat(bob.await("the last")).doesNotContain(SECRET);
        }
    }

    /** Tigase brings any element with an address to whom it names. */
    @Test
    void whatIsNoStanzaReachesNobody() {
        try (RawClient ada = login("ada"); RawClient bob = login("bob")) {
            ada.write("<note to='bob@localhost/trap'><body>" + SECRET + "</body></note>" + message("bob@localhost/trap", "last", "the last"));
            assertThat(bob.await("the last")).doesNotContain(SECRET);
        }
    }

    /** tigase-muc hands on each invitation in a message, wherever it stands and whatever the message's type. */
    @Test
    void anInvitationIsSeenWhereverItStands() {
        try (RawClient ada = login("ada"); RawClient cleo = login("cleo")) {
            enter(ada, "ada");
            String open = "<x xmlns='http://jabber.org/protocol/muc#user'>";
            ada.write("<message id='i1' type='headline' to='" + room + "'>" + open + "<note/><invite to='cleo@localhost'><reason>one</reason></invite></x></message>");
            cleo.await("one");
            assertThat(gated.gate.asked("<reason>one")).singleElement().satisfies(e -> assertThat(e.recipient().orElseThrow().toString()).isEqualTo("cleo@localhost"));
            ada.write("<message id='i2' to='" + room + "'>" + open + "<invite to='bob@localhost'/><invite to='cleo@localhost'><reason>" + SECRET
                    + "</reason></invite></x></message>");
            assertThat(ada.await("id='i2'")).contains("not-acceptable");
            ada.write(message("cleo@localhost/trap", "last", "the last"));
            assertThat(cleo.await("the last")).doesNotContain(SECRET);
        }
    }

    /** RFC 6120 lets a client send before it has its address; with Tigase those messages reach the edge before it knows whose they are. */
    @Test
    void whatFollowsAPipelinedBindingIsAskedAboutInOrder() {
        gated.gate.refuseText(SECRET);
        try (RawClient bob = login("bob")) {
            for (int round = 0; round < ROUNDS; round++) {
                String mark = "round" + round + "-";
                try (RawClient ada = RawClient.authenticate(gated.server, "ada")) {
                    ada.write("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + mark + "</resource></bind></iq>"
                            + message("bob@localhost", mark + "1", mark + "first") + message("bob@localhost", mark + "2", SECRET + mark)
                            + message("bob@localhost", mark + "3", mark + "second"));
                    String received = bob.await(mark + "second");
                    assertThat(received.indexOf(mark + "first")).as("order in " + mark).isPositive().isLessThan(received.indexOf(mark + "second"));
                    assertThat(received).doesNotContain(SECRET);
                    assertThat(ada.await("policy-violation")).contains("id='" + mark + "2'");
                }
                assertThat(gated.gate.asked(mark)).extracting(e -> e.from().toString()).hasSize(3).containsOnly("ada@localhost/" + mark);
            }
        }
    }

    /** Nobody knows yet whose it is, so that little of it waits; what does goes on in its order, once there is an address. */
    @Test
    void littleIsKeptOfWhoHasNotLoggedIn() {
        String words = "e".repeat(1_000);
        try (RawClient bob = login("bob"); RawClient ada = RawClient.connect(gated.server)) {
            ada.write(IntStream.range(0, 200).mapToObj(i -> message("bob@localhost", "early" + i, words)).collect(Collectors.joining()));
            ada.authenticate("ada");
            ada.write("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>late</resource></bind></iq>");
            ada.await("id='bind'");
            bob.await("id='early0'");
            ada.write(message("bob@localhost/trap", "last", "the last"));
            List<String> kept = Pattern.compile("id='early(\\d+)'").matcher(bob.await("the last")).results().map(found -> found.group(1)).toList();
            assertThat(kept).hasSizeBetween(EARLY_CHARACTERS / 2 / words.length(), EARLY_CHARACTERS / words.length());
            assertThat(kept).containsExactlyElementsOf(IntStream.range(0, kept.size()).mapToObj(Integer::toString).toList());
            assertThat(gated.gate.asked(words)).hasSameSizeAs(kept);
        }
    }

    /** XEP-0114 asks a component for a sender; Tigase delivers without, and nobody could say whose words those are. */
    @Test
    void whatAComponentSendsWithoutASenderIsDropped() {
        try (RawClient bob = login("bob"); RawClient gateway = RawClient.component(gated.server, GATEWAY)) {
            gateway.write(message("bob@localhost/trap", "nobody", SECRET) + message("bob@localhost/trap", "last", "the last").replace("<message", "<message from='x@" + GATEWAY + "'"));
            assertThat(bob.await("the last")).doesNotContain(SECRET);
            assertThat(gated.gate.asked(SECRET)).isEmpty();
            assertThat(gated.gate.asked("the last")).hasSize(1);
        }
    }

    /** What Tigase marks so skips its own checks and is given out again. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void nobodyButTigaseMaySayThatItCouldNotDeliver(int times) {
        gated.gate.refuseText(SECRET);
        try (RawClient ada = login("ada"); RawClient bob = login("bob")) {
            String forged = "<delivery-error xmlns='http://tigase.org/delivery-error' stamp='1'/>".repeat(times);
            ada.write("<message to='bob@localhost' type='chat' id='f1'><body>" + SECRET + "</body>" + forged + "</message>"
                    + "<message to='bob@localhost' type='chat' id='f2'><body>plain words</body>" + forged + "</message>");
            assertThat(bob.await("plain words")).doesNotContain(SECRET).doesNotContain("delivery-error");
            assertThat(ada.await("policy-violation")).contains("id='f1'");
            assertThat(gated.gate.asked("plain words")).singleElement().extracting(Exchange::stanza).asString().doesNotContain("delivery-error");
        }
    }

    /** Tigase answers a request for an acknowledgement at once; what had no verdict then is acknowledged as soon as it has. */
    @Test
    void whatIsHeldIsAcknowledgedWhenItIsDone() {
        gated.gate.keepBackText("held words");
        try (RawClient ada = login("ada"); RawClient bob = login("bob")) {
            ada.write("<enable xmlns='urn:xmpp:sm:3'/>");
            ada.await("<enabled");
            ada.write(message("bob@localhost", "h1", "held words") + "<r xmlns='urn:xmpp:sm:3'/>");
            assertThat(ada.await("h='")).contains("h='0'").doesNotContain("h='1'");
            gated.gate.letGo();
            ada.await("h='1'");
            bob.await("held words");
        }
    }

    /** A stream's end stays behind its held messages, so that their session is still there when they go on. Then Tigase does both at the same time. */
    @Test
    void theEndOfAStreamComesBehindWhatItHasHeld() {
        try (RawClient bob = login("bob"); RawClient ada = login("ada")) {
            ada.write("<presence to='bob@localhost/trap'/>");
            bob.await("from='ada@localhost/trap'");
            gated.gate.keepBackText("still held");
            ada.write(message("bob@localhost/trap", "h", "still held"));
            Deadline.await("the question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 1);
            ada.close();
            assertThat(bob.settled()).doesNotContain("type='unavailable'");
            gated.gate.letGo();
            bob.await("still held");
            bob.await("type='unavailable'");
            Deadline.await("the outcome", GatedServer.LIMIT, () -> gated.gate.outcomes("still held").equals(List.of(Outcome.HANDED_ON)));
        }
    }

    /** A room's member who reads along without being there hears what is said, so a policy must know of them (tigase-muc's registration). */
    @Test
    void whoReadsAlongWithoutBeingThereCountsAsAnOccupant() {
        try (RawClient ada = login("ada"); RawClient bob = login("bob")) {
            enter(ada, "ada");
            enter(bob, "bob");
            bob.write("<iq type='set' id='register' to='" + room + "'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>"
                    + "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field><field var='muc#register_roomnick'><value>bob</value></field>"
                    + "<field var='{http://tigase.org/protocol/muc}offline'><value>true</value></field></x></query></iq>");
            assertThat(bob.await("id='register'")).contains("type='result'");
            bob.write("<presence type='unavailable' to='" + room + "/bob'/>");
            bob.await("type='unavailable'");
            ada.write("<message type='groupchat' to='" + room + "' id='g'><body>whoever listens</body></message>");
            ada.await("whoever listens");
            assertThat(gated.gate.asked("whoever listens")).singleElement().extracting(e -> e.room().orElseThrow().occupants().toString()).asString()
                    .contains("ada@localhost").contains("bob@localhost");
        }
    }

    private static void enter(RawClient client, String nickname) {
        client.write("<presence to='" + room + "/" + nickname + "'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
        client.await("code='110'");
    }

    /** Its components make stanzas in a client's name too, such as the one that loads a roster. */
    @Test
    void whatTigaseMakesInAClientsNameGoesOn() {
        gated.gate.refuse(e -> e.kind() == StanzaKind.PRESENCE ? Optional.of("no presence") : Optional.empty());
        try (RawClient ada = login("ada")) {
            ada.write("<presence to='cleo@localhost' type='subscribe'/>");
            assertThat(ada.await("no presence")).doesNotContain("resource-constraint");
            ada.write("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>");
            assertThat(ada.await("id='roster'")).contains("type='result'");
        }
    }
}
