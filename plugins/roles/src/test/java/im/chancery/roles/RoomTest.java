package im.chancery.roles;

import static im.chancery.roles.Exchanges.bare;
import static im.chancery.roles.Exchanges.direct;
import static im.chancery.roles.Exchanges.inRoom;
import static im.chancery.roles.Exchanges.jid;
import static im.chancery.roles.Exchanges.join;
import static im.chancery.roles.Exchanges.message;
import static im.chancery.roles.Exchanges.snapshot;
import static im.chancery.roles.Exchanges.speak;
import static im.chancery.roles.Exchanges.whisper;
import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Content;
import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.StanzaKind;
import im.chancery.core.TrafficKind;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jxmpp.jid.BareJid;

/** A room must not straddle a wall (XEP-0045 rooms of the example's house). */
class RoomTest {
    private static final String LOUNGE = "lounge@conference.localhost";
    private static final String BOARD = "board@conference.localhost";
    private static final String ALICE = "alice@localhost";
    private static final String ANTON = "anton@localhost";
    private static final String BOB = "bob@localhost";
    private static final String OLGA = "olga@localhost";
    private static final String OTTO = "otto@localhost";
    private static final String PAUL = "paul@partner.example";

    private static final String INVITATION = "<message><x xmlns='http://jabber.org/protocol/muc#user'><invite to='bob@localhost'/></x></message>";

    private final RolesPolicy policy;

    RoomTest() throws Exception {
        policy = Config.policy(Config.example());
    }

    @Test
    void whoReachesEverybodyEntersAndSpeaks() {
        assertAllowed(join(ALICE + "/r", LOUNGE));
        assertAllowed(join(ALICE + "/r", LOUNGE, ANTON, OLGA));
        assertAllowed(speak(ALICE + "/r", LOUNGE, ALICE, ANTON, OLGA));
        assertAllowed(speak(ALICE + "/r", LOUNGE, ALICE));
    }

    @Test
    void aJoinIsRefusedIfOneOccupantIsBehindAWall() {
        assertRefused(join(ALICE + "/r", LOUNGE, OLGA, BOB), "research-trading");
        assertRefused(join(BOB + "/r", LOUNGE, ALICE, OLGA), "research-trading");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[message]", "[presence]"})
    void aWallInOneDirectionKeepsBothFromEntering(String kinds) throws Exception {
        RolesPolicy oneWay = Config.policy("""
                people: [{jid: x@localhost}, {jid: y@localhost}]
                barriers: [{name: b, from: {people: [x@localhost]}, to: {people: [y@localhost]}, both-ways: false, kinds: %s, reason: No.}]
                """.formatted(kinds));
        for (Exchange refused : new Exchange[] {
                join("x@localhost/r", LOUNGE, "y@localhost"), join("y@localhost/r", LOUNGE, "x@localhost"),
                speak("x@localhost/r", LOUNGE, "x@localhost", "y@localhost"), speak("y@localhost/r", LOUNGE, "x@localhost", "y@localhost"),
                inRoom("y@localhost/r", LOUNGE, StanzaKind.PRESENCE, "", "x@localhost", "y@localhost")}) {
            assertThat(oneWay.decide(refused).allowed()).as(refused.toString()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(StanzaKind.class)
    void aRoomThatAPolicyChangeHasSplitIsSilentForThoseOnEitherSide(StanzaKind kind) {
        assertRefused(inRoom(ALICE + "/r", LOUNGE, kind, "", ALICE, BOB, OLGA), "research-trading");
        assertRefused(inRoom(BOB + "/r", LOUNGE, kind, "", ALICE, BOB, OLGA), "research-trading");
        assertAllowed(inRoom(OLGA + "/r", LOUNGE, kind, "", ALICE, BOB, OLGA));
        assertAllowed(inRoom(ALICE + "/r", LOUNGE, kind, "", ALICE, OLGA));
    }

    @Test
    void everybodyMayLeave() {
        assertAllowed(inRoom(ALICE + "/r", LOUNGE + "/nick", StanzaKind.PRESENCE, "unavailable", ALICE, BOB));
        assertAllowed(inRoom(OTTO + "/r", BOARD + "/nick", StanzaKind.PRESENCE, "unavailable", OTTO, OLGA));
        assertAllowed(inRoom("gone@localhost/r", LOUNGE + "/nick", StanzaKind.PRESENCE, "unavailable", "gone@localhost", OLGA));
        // Elsewhere an unavailable presence is speech like any other.
        assertThat(policy.decide(new Exchange(jid(ALICE), jid(BOB), Optional.empty(), StanzaKind.PRESENCE, "unavailable", Direction.LOCAL,
                Place.DIRECT, Optional.empty(), "")).allowed()).isFalse();
        // Nothing else that is typed unavailable leaves.
        assertRefused(inRoom(ALICE + "/r", LOUNGE, StanzaKind.MESSAGE, "unavailable", ALICE, BOB), "research-trading");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<item nick='Bob' role='none'/>", "<item role='none' nick='it&apos;s Bob'/>"})
    void anOccupantMayRemoveSomebodyFromASplitRoomWithoutWords(String item) {
        assertAllowed(admin(ALICE, "set", item, ALICE, BOB));
        assertAllowed(admin(OLGA, "set", item, OLGA, ALICE, BOB));
        assertAllowed(inDoubleQuotes(admin(ALICE, "set", item, ALICE, BOB)));
        assertThat(policy.decide(admin(ALICE, "set", item, ALICE, BOB)).rules()).extracting(DeterminingRule::id).containsExactly("builtin:kick", "builtin:service");
        // From outside nobody has to.
        assertRefused(admin(ALICE, "set", item, BOB), "research-trading");
        assertRefused(admin(ALICE, "get", item, ALICE, BOB), "research-trading");
        assertRefused(admin("gone@localhost", "set", item, "gone@localhost", BOB), "builtin:unknown-subject");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "<item nick='Bob' role='none'><reason>See you at nine</reason></item>", "<item nick='Bob' role='none'>See you at nine</item>",
        "<item nick='Bob' role='none' xmlns='see:you:at:nine'/>", "<item nick='Bob' role='none'/><item nick='Carl' role='none'/>",
        "<item jid='see.you@at.nine' affiliation='outcast'/>", "<item jid='see.you@at.nine' nick='Bob' role='none'/>",
        "<item nick='Bob' role='visitor'/>", "<item nick='Bob' affiliation='none'/>", "see you at nine<item nick='Bob' role='none'/>",
        "<item nick='Bob' role='none'/></query><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='Bob' role='none'/>"})
    void nothingElseThatAModeratorDoesPassesThroughAWall(String item) {
        assertRefused(admin(ALICE, "set", item, ALICE, BOB), "research-trading");
        assertRefused(inDoubleQuotes(admin(ALICE, "set", item, ALICE, BOB)), "research-trading");
    }

    /** As some hosts write stanzas. */
    private static Exchange inDoubleQuotes(Exchange exchange) {
        return new Exchange(exchange.from(), exchange.to(), exchange.recipient(), exchange.kind(), exchange.type(), exchange.direction(), exchange.place(),
                exchange.room(), exchange.stanza().replace('\'', '"'));
    }

    private static Exchange admin(String from, String type, String item, String... occupants) {
        return new Exchange(jid(from + "/r"), jid(LOUNGE), Optional.empty(), StanzaKind.IQ, type, Direction.LOCAL, Place.ROOM,
                Optional.of(snapshot(LOUNGE, occupants)), "<iq id='1' type='" + type + "' to='" + LOUNGE
                        + "'><query xmlns='http://jabber.org/protocol/muc#admin'>" + item + "</query></iq>");
    }

    @Test
    void aRoomRuleAdmitsItsMembersOnly() {
        assertAllowed(join(OLGA + "/r", BOARD));
        assertRefused(join(OTTO + "/r", BOARD), "board-room");
        assertRefused(speak(OTTO + "/r", BOARD, OTTO), "board-room");
        assertRefused(direct(OTTO + "/r", BOARD, StanzaKind.IQ), "board-room");
        assertRefused(join(PAUL + "/r", BOARD), "board-room");
        assertAllowed(join(OTTO + "/r", LOUNGE));
    }

    @Test
    void aRoomIsSilentWhileSomebodyIsInItWhomItNoLongerAdmits() {
        assertRefused(speak(OLGA + "/r", BOARD, OLGA, OTTO), "board-room");
        assertAllowed(speak(OLGA + "/r", BOARD, OLGA));
    }

    @Test
    void aRoomRuleInShadowHasNoEffect() throws Exception {
        RolesPolicy shadow = Config.policy("""
                people: [{jid: x@localhost}, {jid: y@localhost}]
                rooms: [{name: r, rooms: [lounge@conference.localhost], members: {people: [x@localhost]}, reason: No., shadow: true}]
                """);
        Decision decision = shadow.decide(join("y@localhost/r", LOUNGE));
        assertThat(decision.allowed()).isTrue();
        assertThat(decision.rules().get(decision.rules().size() - 1).id()).isEqualTo("r");
    }

    @Test
    void partnersMeetThoseWhoMayReachThem() {
        assertAllowed(join(PAUL + "/r", LOUNGE, OLGA));
        assertRefused(join(PAUL + "/r", LOUNGE, ALICE), "partner:partner.example");
        assertRefused(join(ALICE + "/r", LOUNGE, PAUL), "partner:partner.example");
        assertRefused(join("eve@elsewhere.example/e", LOUNGE), "builtin:unknown-partner");
        assertRefused(join("nobody@localhost/n", LOUNGE), "builtin:unknown-subject");
    }

    @Test
    void anOccupantWhoIsNoLongerKnownSilencesTheRoom() {
        assertRefused(speak(OLGA + "/r", LOUNGE, OLGA, "gone@localhost"), "builtin:unknown-subject");
        assertRefused(speak(OLGA + "/r", LOUNGE, OLGA, "eve@elsewhere.example"), "builtin:unknown-partner");
    }

    @Test
    void aPrivateMessageIsDecidedAgainstTheRealRecipientToo() {
        assertAllowed(whisper(ALICE + "/r", LOUNGE, Optional.of(ANTON), ALICE, ANTON));
        assertAllowed(whisper(ALICE + "/r", LOUNGE, Optional.of(ALICE), ALICE, ANTON));
        // The snapshot is older than the recipient's join: the recipient alone decides.
        assertRefused(whisper(ALICE + "/r", LOUNGE, Optional.of(BOB), ALICE), "research-trading");
        assertRefused(whisper(OTTO + "/r", BOARD, Optional.of(OLGA), OLGA), "board-room");
        assertRefused(whisper(ALICE + "/r", LOUNGE, Optional.empty(), ALICE, ANTON), "builtin:unknown-occupant");
    }

    @Test
    void anInvitationIsDecidedAgainstTheInvited() {
        assertRefused(toRoom("", Optional.of(BOB), INVITATION), "research-trading");
        assertAllowed(toRoom("", Optional.of(OLGA), INVITATION));
        Exchange direct = new Exchange(jid(ALICE + "/r"), jid(OLGA), Optional.of(bare(BOB)), StanzaKind.MESSAGE, "", Direction.LOCAL,
                Place.DIRECT, Optional.empty(), "");
        assertRefused(direct, "research-trading");
        Content bobsWords = new Content(TrafficKind.INVITATION, Set.of(), Set.of(bare(BOB)));
        assertRefused(new Exchange(jid(OLGA + "/r"), jid(LOUNGE), Optional.of(bare(ANTON)), StanzaKind.MESSAGE, "", Direction.LOCAL, Place.ROOM,
                Optional.of(snapshot(LOUNGE, OLGA)), INVITATION).with(bobsWords), "research-trading");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "normal", "chat"})
    void anInvitationToNobodyKnowsWhomIsRefused(String type) {
        assertRefused(toRoom(type, Optional.empty(), INVITATION), "builtin:unknown-invited");
        assertAllowed(toRoom(type, Optional.empty(), "<message><x xmlns='jabber:x:data'/></message>"));
        assertAllowed(toRoom("groupchat", Optional.empty(), INVITATION));
    }

    private static Exchange toRoom(String type, Optional<String> recipient, String stanza) {
        return new Exchange(jid(ALICE + "/r"), jid(LOUNGE), recipient.map(Exchanges::bare), StanzaKind.MESSAGE, type, Direction.LOCAL,
                Place.ROOM, Optional.of(snapshot(LOUNGE, ALICE)), stanza);
    }

    @Test
    void whatWouldBeHeardInARoomIsRefusedWithoutItsOccupants() {
        assertRefused(message(ALICE + "/r", LOUNGE), "builtin:unknown-room");
        assertRefused(message(ALICE + "/r", LOUNGE + "/nick"), "builtin:unknown-room");
        assertRefused(direct(ALICE + "/r", LOUNGE + "/nick", StanzaKind.IQ), "builtin:unknown-room");
        assertAllowed(direct(ALICE + "/r", LOUNGE, StanzaKind.IQ));
    }

    @Test
    void aSnapshotOfAnotherRoomOrOfNoRoomIsNotTrusted() {
        Exchange other = new Exchange(jid(ALICE + "/r"), jid(BOARD), Optional.empty(), StanzaKind.MESSAGE, "groupchat", Direction.LOCAL,
                Place.ROOM, Optional.of(snapshot(LOUNGE, ALICE)), "");
        assertRefused(other, "builtin:unknown-room");
        assertRefused(speak(ALICE + "/r", "lounge@rooms.elsewhere.example", ALICE), "builtin:unknown-room");
        assertRefused(speak(ALICE + "/r", OLGA, ALICE), "builtin:unknown-room");
    }

    @Test
    void aRefusalOnAccountOfAnOccupantDoesNotSayWhoItIs() throws Exception {
        String group = policy.decide(join(ALICE + "/r", LOUNGE, BOB)).error().orElseThrow().text();
        assertThat(group).isEqualTo("You can't enter this room now: a rule keeps apart some of those in it. "
                + "Research and Trading may not talk to each other. (rule research-trading)");
        assertThat(policy.decide(speak(ALICE + "/r", LOUNGE, ALICE, BOB)).error().orElseThrow().text())
                .startsWith("This room can't hear you now: ");

        RolesPolicy single = Config.policy("""
                people: [{jid: x@localhost}, {jid: y@localhost}]
                barriers: [{name: b, from: {people: [x@localhost]}, to: {people: [y@localhost]}, reason: You may not talk to Ypsilon.}]
                """);
        assertThat(single.decide(join("x@localhost/r", LOUNGE, "y@localhost")).error().orElseThrow().text())
                .isEqualTo("You can't enter this room now: a rule keeps apart some of those in it. (rule b)");
        // Between the two themselves there is nothing to hide.
        assertThat(single.decide(message("x@localhost/r", "y@localhost")).error().orElseThrow().text())
                .isEqualTo("You may not talk to Ypsilon. (rule b)");
    }

    /** A stanza may name many authors and a room may have many occupants: the one is not looked up for each of the other. */
    @Test
    void whoseWordsArePassedOnIsLookedUpOnceForTheWholeRoom() throws Exception {
        String people = IntStream.range(0, 50).mapToObj(i -> "{jid: p" + i + "@localhost}").collect(Collectors.joining(", "));
        RolesPolicy large = Config.policy("people: [" + people + "]\npartners: [{domain: p.example}]\n");
        assertThat(lookUps(large, 50)).isEqualTo(lookUps(large, 2)).isPositive();
    }

    private static int lookUps(RolesPolicy policy, int inside) {
        BareJid author = bare("author@p.example");
        AtomicInteger asked = new AtomicInteger();
        BareJid counting = (BareJid) Proxy.newProxyInstance(RoomTest.class.getClassLoader(), new Class<?>[] {BareJid.class}, (proxy, method, arguments) -> {
            asked.addAndGet(method.getName().equals("hashCode") ? 1 : 0);
            return method.invoke(author, arguments);
        });
        String[] occupants = IntStream.range(0, inside).mapToObj(i -> "p" + i + "@localhost").toArray(String[]::new);
        Exchange speech = speak("p0@localhost/a", "tea@conference.localhost", occupants).with(new Content(TrafficKind.FORWARD, Set.of(), Set.of(counting)));
        assertThat(policy.decide(speech).allowed()).isTrue();
        return asked.get();
    }

    private void assertAllowed(Exchange exchange) {
        assertThat(policy.decide(exchange).allowed()).as(exchange.toString()).isTrue();
    }

    private void assertRefused(Exchange exchange, String rule) {
        Decision decision = policy.decide(exchange);
        assertThat(decision.allowed()).as(exchange.toString()).isFalse();
        assertThat(decision.rules().get(0).id()).isEqualTo(rule);
        assertThat(decision.error().orElseThrow().text()).endsWith("(rule " + rule + ")");
    }
}
