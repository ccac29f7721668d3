package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stanzas that no usual client sends. */
class OddStanzasIT {
    private static GatedServer gated;

    @BeforeAll
    static void start() {
        gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob"));
    }

    @AfterAll
    static void stop() {
        gated.close();
    }

    @BeforeEach
    void reset() {
        gated.gate.reset();
    }

    /** What is recorded is what is delivered, to the byte. */
    @ParameterizedTest
    @ValueSource(strings = {
        "<message to='BOB@LOCALHOST/odd' from='cleo@localhost/forged' id='odd'><body>odd</body></message>",
        "<message to='bob@localhost/odd' type='no-such-type' id='odd' when='now'><body>odd</body></message>",
        "<message to='bob@localhost/odd' id='odd' xml:lang='tlh' xmlns:o='urn:o' o:mark='1'><o:body o:x='2'>odd</o:body></message>",
        "<message to='bob@localhost/odd' id='odd'><body xml:lang='de'>&lt;!-- \uD83E\uDD80 &amp; &apos;&quot;&gt;\n\t</body></message>",
        "<message to='bob@localhost/odd' id='odd'><![CDATA[odd <b>]]><x xmlns='urn:x' a='&lt;'/></message>",
        "<message to='bob@localhost/odd' id='odd'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
            + "<message xmlns='jabber:client' from='cleo@localhost/x' to='bob@localhost'><body>odd</body></message></forwarded></received></message>",
        "<message to='bob@localhost/odd' id='odd'/>"})
    void recordedIsWhatIsDelivered(String stanza) {
        isRecordedAsDelivered(stanza);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "<message to='bob@localhost/odd' id='odd'><body xmlns=''>odd</body><body xml:lang='de'>&lt;!-- &#x1F980; &amp; &apos;&quot;&gt;\n\t</body></message>",
        "<message to='bob@localhost/odd' id='odd'><![CDATA[odd <b>]]><x xmlns='urn:x' a='&#10;&#9;&lt;'/></message>"})
    @Tag("prosody") // a Tigase takes a reference by number for not well-formed and closes the stream, with and without the plugin
    void recordedIsWhatIsDeliveredWithReferencesByNumber(String stanza) {
        isRecordedAsDelivered(stanza);
    }

    private static void isRecordedAsDelivered(String stanza) {
        try (RawClient ada = RawClient.login(gated.server, "ada", "odd"); RawClient bob = RawClient.login(gated.server, "bob", "odd")) {
            ada.write(stanza + "<message to='bob@localhost/odd'><body>the last</body></message>");
            String received = bob.await("the last");
            assertThat(gated.gate.asked("id='odd'")).singleElement().satisfies(e -> {
                assertThat(received).startsWith(SingleQuotes.of(e.stanza()));
                assertThat(e.from().toString()).isEqualTo("ada@localhost/odd");
                assertThat(e.to().toString()).isEqualTo("bob@localhost/odd");
            });
        }
    }

    @Test
    void messagesToOneselfAndToNobodyGetOneVerdictEach() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "odd"); RawClient phone = RawClient.login(gated.server, "ada", "phone")) {
            phone.write("<presence/>");
            phone.await("<presence");
            ada.write("<message id='s1'><body>to myself, no address</body></message><message to='ada@localhost' id='s2'><body>to myself</body></message>"
                    + "<message to='nobody@localhost' id='s3'><body>to nobody</body></message>"
                    + "<message to='ada@localhost/phone' id='s5'><body>the last</body></message>");
            assertThat(phone.await("the last")).contains("no address").contains("to myself<").doesNotContain("to nobody");
            if (!XmppHost.chosen().holdsEngine()) { // a Tigase says nothing where there is no such account
                assertThat(ada.await("id='s3'")).contains("service-unavailable");
            }
            for (String body : new String[] {"no address", "to myself<", "to nobody"}) {
                assertThat(gated.gate.asked(body)).hasSize(1);
                Deadline.await("one outcome", GatedServer.LIMIT, () -> gated.gate.outcomes(body).size() == 1);
                assertThat(gated.gate.outcomes(body)).containsExactly(Outcome.HANDED_ON);
            }
        }
    }

    @Test
    @Tag("prosody") // a Tigase drops a stanza to an address that is none without a word, with and without the plugin
    void aMessageToAnAddressThatIsNoneIsBounced() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "odd")) {
            ada.write("<message to='&#xAD;@localhost' id='s4'><body>to an empty name</body></message>");
            assertThat(ada.await("id='s4'")).doesNotContain("an empty name");
        }
    }

    /** A client may log in, bind and write in one go: nothing may pass before its session has an address. */
    @Test
    void messageBehindABindIsAskedAbout() {
        try (RawClient bob = RawClient.login(gated.server, "bob", "odd"); RawClient ada = RawClient.authenticate(gated.server, "ada")) {
            ada.write("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>quick</resource></bind></iq>"
                    + "<message to='bob@localhost/odd'><body>right behind</body></message><presence to='bob@localhost/odd' id='p'/>"
                    + "<iq to='bob@localhost/odd' type='get' id='i'><ping xmlns='urn:xmpp:ping'/></iq>");
            bob.await("id='i'");
            for (String part : new String[] {"right behind", "id='p'", "id='i'"}) {
                assertThat(gated.gate.asked(part)).singleElement().satisfies(e -> assertThat(e.from().toString()).isEqualTo("ada@localhost/quick"));
            }
        }
    }

    @Test
    void thousandsAtOnceArriveOnceAndInOrder() {
        // a Tigase whose code is cold reorders and loses stanzas of a longer burst by itself, with and without the plugin
        int count = XmppHost.chosen().holdsEngine() ? 100 : 10_000;
        try (RawClient ada = RawClient.login(gated.server, "ada", "odd"); SmackClient bob = SmackClient.login(gated.server, "bob", "odd")) {
            ada.write(IntStream.range(0, count).mapToObj(i -> "<message to='bob@localhost/odd'><body>n" + i + "</body></message>").collect(Collectors.joining()));
            bob.inbox().takeBody("n" + (count - 1));
            assertThat(bob.inbox().bodies()).containsExactlyElementsOf(IntStream.range(0, count - 1).mapToObj(i -> "n" + i).toList());
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes("<body>n").size() == count);
        }
    }
}
