package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.RoomSnapshot;
import im.chancery.core.StanzaKind;
import im.chancery.core.TrafficKind;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jxmpp.jid.impl.JidCreate;

/** What stanzas say of themselves. That each kind is found at all, end to end, is the matrix's. */
class StanzaFactsTest {
    private static final String OMEMO = "<encrypted xmlns='urn:xmpp:omemo:2'><payload>x</payload></encrypted>";

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            EDIT        | correct  | m1 | <replace xmlns='urn:xmpp:message-correct:0' id='m1'/><body>x</body>
            RETRACTION  | retract  | m1 | <retract xmlns='urn:xmpp:message-retract:1' id='m1'/><body>fallback</body>
            RETRACTION  | retract  | m1 | <apply-to xmlns='urn:xmpp:fasten:0' id='m1'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>
            MODERATION  | moderate | m1 | <retract xmlns='urn:xmpp:message-retract:1' id='m1'><moderated xmlns='urn:xmpp:message-moderate:1'/></retract>
            MODERATION  | moderate | m1 | <apply-to xmlns='urn:xmpp:fasten:0' id='m1'><moderated xmlns='urn:xmpp:message-moderate:0'/></apply-to>
            REACTION    | react    | m1 | <reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>x</reaction></reactions>
            RECEIPT     | receive  | m1 | <received xmlns='urn:xmpp:receipts' id='m1'/>
            MARKER      | mark     | m1 | <displayed xmlns='urn:xmpp:chat-markers:0' id='m1'/>
            TEXT        | mark     | m1 | <displayed xmlns='urn:xmpp:chat-markers:0' id='m1'/><body>x</body>
            TEXT        |          |    | <markable xmlns='urn:xmpp:chat-markers:0'/><request xmlns='urn:xmpp:receipts'/><body>x</body>
            ENCRYPTED   |          |    | <x xmlns='jabber:x:encrypted'>x</x><body>This message is encrypted.</body>
            EDIT        | correct  | m1 | <replace xmlns='urn:xmpp:message-correct:0' id='m1'/><encrypted xmlns='urn:xmpp:omemo:2'/>
            FILE        |          |    | <x xmlns='jabber:x:oob'><url>https://files.example/x</url></x><body>https://files.example/x</body>
            FILE        |          |    | <reference xmlns='urn:xmpp:reference:0'><media-sharing xmlns='urn:xmpp:sims:1'/></reference><body>x</body>
            INVITATION  |          |    | <x xmlns='jabber:x:conference' jid='tea@rooms.localhost'/>
            INVITATION  |          |    | <x xmlns='http://jabber.org/protocol/muc#user'><decline to='boris@localhost'/></x>
            MESSAGE     |          |    | <x xmlns='http://jabber.org/protocol/muc#user'/>
            CHAT_STATE  |          |    | <composing xmlns='http://jabber.org/protocol/chatstates'/>
            TEXT        |          |    | <active xmlns='http://jabber.org/protocol/chatstates'/><body>x</body>
            TEXT        |          |    | <subject>of a mail</subject><body>x</body>
            EVENT       |          |    | <event xmlns='http://jabber.org/protocol/pubsub#event'/>
            MESSAGE     |          |    | <attention xmlns='urn:xmpp:attention:0'/>
            MESSAGE     |          |    | <replaced xmlns='urn:xmpp:message-correct:0' id='m1'/>
            """)
    void readsWhatAMessageIsFor(TrafficKind what, String relation, String refersTo, String children) throws Exception {
        StanzaReader.Read read = StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.MESSAGE, "chat", "<message id='m2'>" + children + "</message>"));
        assertThat(read.content().what()).isEqualTo(what);
        assertThat(read.references().relation()).isEqualTo(Optional.ofNullable(relation));
        assertThat(read.references().refersTo()).isEqualTo(Optional.ofNullable(refersTo));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            STORAGE             | <query xmlns='jabber:iq:roster'><item jid='bob@localhost' name='Bob'/></query>
            SUBSCRIPTION        | <query xmlns='jabber:iq:roster'><item jid='bob@localhost' subscription='remove'/></query>
            REQUEST             | <query xmlns='jabber:iq:version'/>
            CALL                | <jingle xmlns='urn:xmpp:jingle:1' sid='s1' action='session-initiate'><content><description xmlns='urn:xmpp:jingle:apps:rtp:1'/></content></jingle>
            FILE                | <jingle xmlns='urn:xmpp:jingle:1' sid='s1'><content><description xmlns='urn:xmpp:jingle:apps:file-transfer:5'/></content></jingle>
            FILE                | <si xmlns='http://jabber.org/protocol/si' id='s1'/>
            FILE                | <data xmlns='http://jabber.org/protocol/ibb' sid='s1'>eA==</data>
            MODERATION          | <moderate xmlns='urn:xmpp:message-moderate:1' id='m1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>
            MODERATION          | <apply-to xmlns='urn:xmpp:fasten:0' id='m1'><moderate xmlns='urn:xmpp:message-moderate:0'><retract xmlns='urn:xmpp:message-retract:0'/></moderate></apply-to>
            PUBLICATION         | <vCard xmlns='vcard-temp'/>
            STORAGE             | <query xmlns='jabber:iq:private'/>
            COMMAND             | <command xmlns='http://jabber.org/protocol/commands'/>
            ROOM_CONFIGURATION  | <query xmlns='http://jabber.org/protocol/muc#owner'/>
            ROOM_ADMINISTRATION | <query xmlns='http://jabber.org/protocol/muc#admin'/>
            """)
    void readsWhatAnIqIsFor(TrafficKind what, String payload) throws Exception {
        StanzaReader.Read read = StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.IQ, "set", "<iq type='set' id='i1'>" + payload + "</iq>"));
        assertThat(read.content().what()).isEqualTo(what);
        assertThat(read.references().session()).isEqualTo(payload.contains("s1") ? Optional.of("s1") : Optional.empty());
        assertThat(read.references().refersTo()).isEqualTo(payload.contains("m1") ? Optional.of("m1") : Optional.empty());
    }

    @Test
    void anAnswerRefersToWhatItAnswers() throws Exception {
        StanzaReader.Read result = StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.IQ, "result", "<iq type='result' id='i1'><jingle xmlns='urn:xmpp:jingle:1'/></iq>"));
        assertThat(result.content().what()).isEqualTo(TrafficKind.ANSWER);
        StanzaReader.Read error = StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.MESSAGE, "error", "<message type='error' id='i1'><body>x</body></message>"));
        assertThat(error.content().what()).isEqualTo(TrafficKind.ERROR);
        for (StanzaReader.Read read : new StanzaReader.Read[] {result, error}) {
            assertThat(read.references().relation()).contains("answer");
            assertThat(read.references().refersTo()).contains("i1");
        }
    }

    @Test
    void readsRepliesThreadsAndSessionsBesides() throws Exception {
        StanzaReader.Read read = StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.MESSAGE, "chat", "<message id='m3'><reply xmlns='urn:xmpp:reply:0' id='m1' to='x@y'/>"
                + "<replace xmlns='urn:xmpp:message-correct:0' id='m2'/><thread>t&amp;1</thread><propose xmlns='urn:xmpp:jingle-message:0' id='s1'/><body>x</body></message>"));
        assertThat(read.content().what()).isEqualTo(TrafficKind.EDIT);
        assertThat(read.references()).isEqualTo(new StanzaReader.References(Optional.of("correct"), Optional.of("m2"), Optional.of("m1"), Optional.of("s1"), Optional.of("t&1")));
    }

    @ParameterizedTest
    @CsvSource({"x, SUBJECT, <subject>tea</subject>", "x, TEXT, <subject>tea</subject><body>x</body>"})
    void readsTheSubjectOfARoom(String none, TrafficKind what, String children) throws Exception {
        assertThat(StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.MESSAGE, "groupchat", "<message type='groupchat'>" + children + "</message>")).content().what()).isEqualTo(what);
    }

    @Test
    void readsPresenceByItsPlace() throws Exception {
        assertThat(presence("", "<presence/>", "boris@localhost")).isEqualTo(TrafficKind.JOIN);
        assertThat(presence("", "<presence/>", "ada@localhost")).isEqualTo(TrafficKind.PRESENCE);
        assertThat(presence("", "<presence><x xmlns='http://jabber.org/protocol/muc'/></presence>", "ada@localhost")).isEqualTo(TrafficKind.JOIN);
        assertThat(presence("unavailable", "<presence type='unavailable'/>", "ada@localhost")).isEqualTo(TrafficKind.LEAVE);
        for (String type : new String[] {"subscribe", "subscribed", "unsubscribe", "unsubscribed"}) {
            assertThat(StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.PRESENCE, type, "<presence type='" + type + "'/>")).content().what())
                    .isEqualTo(TrafficKind.SUBSCRIPTION);
        }
        assertThat(StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.PRESENCE, "unavailable", "<presence type='unavailable'/>")).content().what())
                .isEqualTo(TrafficKind.PRESENCE);
    }

    @ParameterizedTest
    @CsvSource({
        "omemo, <encrypted xmlns='eu.siacs.conversations.axolotl'/>", "omemo, <encrypted xmlns='urn:xmpp:omemo:2'/>",
        "omemo, <encrypted xmlns='urn:xmpp:omemo:1'/>", "openpgp, <x xmlns='jabber:x:encrypted'>x</x>", "openpgp, <openpgp xmlns='urn:xmpp:openpgp:0'>x</openpgp>",
        "otr, <encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:otr:0'/>", "unknown, <encryption xmlns='urn:xmpp:eme:0' namespace='urn:new'/>",
        "unknown, <encryption xmlns='urn:xmpp:eme:0'/>", "e2e, <e2e xmlns='urn:ietf:params:xml:ns:xmpp-e2e'/>",
    })
    void readsByWhichProtocolItIsEncrypted(String protocol, String child) throws Exception {
        assertThat(StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.MESSAGE, "chat", "<message>" + child + "<body>see it there</body></message>")).content().unreadable())
                .containsExactly(protocol);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'>" + OMEMO + "</message></forwarded>",
        "<event xmlns='http://jabber.org/protocol/pubsub#event'><items><item>" + OMEMO + "</item></items></event>",
    })
    void findsWhatIsEncryptedWhereverItIs(String child) throws Exception {
        assertThat(StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.MESSAGE, "chat", "<message>" + child + "</message>")).content().isReadable()).isFalse();
    }

    @Test
    void keysAreNoContent() throws Exception {
        String bundle = "<iq type='set' id='i'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='eu.siacs.conversations.axolotl.bundles:1'><item>"
                + "<bundle xmlns='eu.siacs.conversations.axolotl'/></item></publish></pubsub></iq>";
        assertThat(StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.IQ, "set", bundle)).content().isReadable()).isTrue();
    }

    @Test
    void findsWhoseWordsArePassedOn() throws Exception {
        String inner = "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' from='not@this'/><message from='carol@x/1'>"
                + "<forwarded xmlns='urn:xmpp:forward:0'><message from='dora@x/2'/></forwarded></message></forwarded>";
        String text = "<message from='ada@x'><forwarded xmlns='urn:other'><message from='nor@this'/></forwarded><z xmlns='urn:z'>" + inner + "</z>" + inner.replace("carol", "carl")
                + "<x xmlns='urn:z'><y from='nor@that'/></x></message>";
        assertThat(StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.MESSAGE, "chat", text)).content().authors().stream().map(Object::toString).sorted().collect(Collectors.joining(" ")))
                .isEqualTo("carl@x carol@x dora@x");
    }

    /** Each is held against everybody who would get it, so none may be left out. */
    @Test
    void aStanzaWithTooManyAuthorsIsUnreadable() throws Exception {
        assertThat(StanzaReader.read(forwarding(64)).content().authors()).hasSize(64);
        assertThatThrownBy(() -> StanzaReader.read(forwarding(65))).isInstanceOf(StanzaReader.Unreadable.class).hasMessageContaining("more than 64 authors");
    }

    private static Exchange forwarding(int authors) {
        String messages = IntStream.range(0, authors).mapToObj(i -> "<message from='a" + i + "@x/1'/><message from='a" + i + "@x/2'/>").collect(Collectors.joining());
        return StanzaReaderTest.exchange(StanzaKind.MESSAGE, "chat", "<message><forwarded xmlns='urn:xmpp:forward:0'>" + messages + "</forwarded></message>");
    }

    /** Who may publish to somebody else's node speaks through it. */
    @Test
    void findsWhoHasPublishedWhatIsToldOf() throws Exception {
        String text = "<message from='ada@x'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='wall'><item id='1' publisher='carol@x/1'/><item id='2'/>"
                + "<item id='3' publisher='dora@x'><item xmlns='urn:z' publisher='nor@this'/></item></items></event></message>";
        assertThat(StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.MESSAGE, "headline", text)).content().authors()).extracting(Object::toString)
                .containsExactlyInAnyOrder("carol@x", "dora@x");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            plan b.pdf  | <request xmlns='urn:xmpp:http:upload:0' filename='plan b.pdf' size='1'/>
            plan b.pdf  | <request xmlns='urn:xmpp:http:upload'><filename>plan&#10;b.pdf</filename><size>1</size></request>
            a <1>.pdf   | <file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><name>a &lt;1<![CDATA[>.pdf]]></name><desc>not this</desc></file></file-sharing>
            a.pdf,b.pdf | <z><file xmlns='urn:xmpp:file:metadata:0'><name>a.pdf</name></file><file xmlns='urn:xmpp:file:metadata:0'><name>b.pdf</name></file><file xmlns='urn:xmpp:file:metadata:0'><name>a.pdf</name></file></z>
            a.pdf       | <jingle xmlns='urn:xmpp:jingle:1'><content name='x'><description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>a.pdf</name></file></description></content></jingle>
            a.pdf       | <reference xmlns='urn:xmpp:reference:0'><media-sharing xmlns='urn:xmpp:sims:1'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><name>a.pdf</name></file></media-sharing></reference>
            a.pdf       | <si xmlns='http://jabber.org/protocol/si'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='a.pdf' size='1'/></si>
            ''          | <file xmlns='urn:xmpp:file:metadata:0'><name/><desc>x</desc></file><name>x</name><request xmlns='urn:xmpp:receipts' filename='x'/>
            """)
    void readsTheNamesOfFiles(String names, String child) throws Exception {
        StanzaReader.Read read = StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.IQ, "get", "<iq type='get'>" + child + "</iq>"));
        assertThat(String.join(",", read.files())).isEqualTo(names);
        if (child.contains("http:upload")) {
            assertThat(read.content().what()).isEqualTo(TrafficKind.FILE);
        }
    }

    /** What is beyond is in the stanza all the same. */
    @Test
    void keepsNoNamesWithoutEnd() throws Exception {
        String name = "<file xmlns='urn:xmpp:file:metadata:0'><name>%s</name></file>";
        String many = IntStream.range(0, 150).mapToObj(i -> name.formatted("f" + i)).collect(Collectors.joining());
        assertThat(StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.MESSAGE, "", "<message>" + many + "</message>")).files()).hasSize(100).endsWith("f99");
        for (int length : new int[] {1024, 1025}) {
            String one = "<message>" + name.formatted("n".repeat(length)) + "</message>";
            assertThat(StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.MESSAGE, "", one)).files()).hasSize(1025 - length);
        }
    }

    private static TrafficKind presence(String type, String text, String... occupants) throws Exception {
        var snapshot = new RoomSnapshot(JidCreate.bareFromOrThrowUnchecked("tea@rooms.localhost"), 1,
                Arrays.stream(occupants).map(JidCreate::bareFromOrThrowUnchecked).collect(Collectors.toSet()));
        return StanzaReader.read(new Exchange(JidCreate.fromOrThrowUnchecked("ada@localhost/desk"), JidCreate.fromOrThrowUnchecked("tea@rooms.localhost/Ada"), Optional.empty(),
                StanzaKind.PRESENCE, type, Direction.LOCAL, Place.ROOM, Optional.of(snapshot), text)).content().what();
    }

    private static StanzaReader.Read bytestream(String children) throws Exception {
        return StanzaReader.read(StanzaReaderTest.exchange(StanzaKind.IQ, "set",
                "<iq type='set' id='a'><query xmlns='http://jabber.org/protocol/bytestreams' sid='s1'>" + children + "</query></iq>"));
    }

    @Test
    void tellsToWhomAProxyIsToPassBytesOn() throws Exception {
        StanzaReader.Read read = bytestream("<activate>\n bob@localhost/phone </activate>");
        assertThat(read.target()).contains(JidCreate.bareFrom("bob@localhost"));
        assertThat(read.content().what()).isEqualTo(TrafficKind.FILE);
        assertThat(bytestream("<streamhost jid='proxy.localhost' host='127.0.0.1' port='1'/>").target()).isEmpty();
        assertThat(bytestream("<activate xmlns='urn:x'>bob@localhost</activate>").target()).isEmpty();
    }

    /** What the proxy takes for the address must be what is asked about, to its end. */
    @Test
    void whomAProxyIsToPassBytesOnToIsReadWhole() throws Exception {
        String local = "x".repeat(1013);
        assertThat(bytestream("<activate>" + local + "@partner.example<![CDATA[.evil.example]]></activate>").target())
                .contains(JidCreate.bareFrom(local + "@partner.example.evil.example"));
        String longest = "bob@localhost/" + "r".repeat(1023) + " ".repeat(3071 - 1023 - "bob@localhost/".length());
        assertThat(bytestream("<activate>" + longest + "</activate>").target()).contains(JidCreate.bareFrom("bob@localhost"));
        assertThatThrownBy(() -> bytestream("<activate>" + longest + " </activate>")).isInstanceOf(StanzaReader.Unreadable.class)
                .hasMessageContaining("more than 3071 characters");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<activate>bob@localhost</activate><activate>eve@localhost</activate>", "<activate/>", "<activate>no address @</activate>",
        "<activate>bob@localhost<x/>.evil.example</activate>", "<activate><x/>bob@localhost</activate>"})
    void aProxyIsToldOneAddress(String children) {
        assertThatThrownBy(() -> bytestream(children)).isInstanceOf(StanzaReader.Unreadable.class).hasMessageContaining("bytestream");
    }
}
