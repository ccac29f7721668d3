package im.chancery.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.Content;
import im.chancery.core.Direction;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.StanzaKind;
import im.chancery.core.TrafficKind;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jxmpp.jid.impl.JidCreate;
import org.w3c.dom.Document;

class StanzaReaderTest {
    private static final String PLAIN = "<message from='a@x' to='b@x' id='m1'><body>hi</body></message>";

    @Test
    void readsIdAndOriginId() throws Exception {
        var read = message("<message id='m1'><body>hi</body><origin-id xmlns='urn:xmpp:sid:0' id='o1'/></message>");
        assertThat(read).isEqualTo(read("m1", "o1", TrafficKind.TEXT));
    }

    @Test
    void anAttributeOfAnotherNamespaceIsNotTheId() throws Exception {
        assertThat(message("<message xmlns:x='urn:x' x:id='wrong' id='m1'/>").id()).contains("m1");
        assertThat(message("<message xmlns:x='urn:x' x:id='wrong'/>").id()).isEmpty();
    }

    @Test
    void readsCorrection() throws Exception {
        var read = message("<message id='m2'><body>ho</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/></message>");
        assertThat(read.content().what()).isEqualTo(TrafficKind.EDIT);
        assertThat(read.references().relation()).contains("correct");
        assertThat(read.references().refersTo()).contains("m1");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "<message><retract xmlns='urn:xmpp:message-retract:1' id='m1'/></message>",
        "<message xmlns='jabber:client'><retract xmlns='urn:xmpp:message-retract:1' id='m1'/></message>",
        "<message><apply-to xmlns='urn:xmpp:fasten:0' id='m1'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to></message>",
        "<m:message xmlns:m='jabber:client'><r:retract xmlns:r='urn:xmpp:message-retract:1' id='m1'/></m:message>",
    })
    void readsRetraction(String stanza) throws Exception {
        assertThat(message(stanza).content().what()).isEqualTo(TrafficKind.RETRACTION);
        assertThat(message(stanza).references().relation()).contains("retract");
        assertThat(message(stanza).references().refersTo()).contains("m1");
    }

    @Test
    void whatIsForwardedDoesNotSpeakForItsCarrier() throws Exception {
        var read = message("<message id='m1'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' id='inner'>"
                + "<origin-id xmlns='urn:xmpp:sid:0' id='o'/><replace xmlns='urn:xmpp:message-correct:0' id='x'/></message></forwarded></message>");
        assertThat(read).isEqualTo(read("m1", null, TrafficKind.FORWARD));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "<", "hello", " <message/>", "<message>", "<message></presence>", "<message/><message/>", "<message/>x",
        "<iq type='get'/>", "<message xmlns='urn:other'/>", "<x:message/>", "<message a='1' a='2'/>",
        "<?xml version='1.0'?><message/>", "<message><?php x?></message>", "<message><!-- x --></message>", "<message/><!-- x -->",
        "<!DOCTYPE message><message/>", "<!DOCTYPE message [<!ENTITY e 'x'>]><message>&e;</message>", "<message>&nbsp;</message>",
        "<message><body>\u0001</body></message>", "<message>&#0;</message>", "<message>\uD800</message>", "<message>]]></message>",
        "<message :id='m1'/>", "<:message/>", "<message><:x/></message>",
    })
    void refusesWhatIsNotOneWellFormedStanza(String text) {
        assertThatThrownBy(() -> message(text)).isInstanceOf(StanzaReader.Unreadable.class);
    }

    @Test
    void neverOpensAnExternalEntity(@org.junit.jupiter.api.io.TempDir java.nio.file.Path folder) throws Exception {
        var secret = java.nio.file.Files.writeString(folder.resolve("secret"), "<origin-id xmlns='urn:xmpp:sid:0' id='stolen'/>");
        String text = "<!DOCTYPE message [<!ENTITY e SYSTEM '" + secret.toUri() + "'>]><message>&e;</message>";
        assertThatThrownBy(() -> message(text)).isInstanceOf(StanzaReader.Unreadable.class);
        // Without its own first character the text can't slip by the check that it starts with a tag.
        assertThatThrownBy(() -> message("<message>&e;</message>")).isInstanceOf(StanzaReader.Unreadable.class);
    }

    @Test
    void boundsDepth() throws Exception {
        assertThat(message(nested(StanzaReader.MAXIMUM_DEPTH - 1))).isEqualTo(read(null, null, TrafficKind.MESSAGE));
        assertThatThrownBy(() -> message(nested(StanzaReader.MAXIMUM_DEPTH))).isInstanceOf(StanzaReader.Unreadable.class);
        assertThatThrownBy(() -> message(nested(200_000))).isInstanceOf(StanzaReader.Unreadable.class);
    }

    @Test
    void whyItIsUnreadableTellsNothingOfTheText() {
        assertThatThrownBy(() -> message("<message><secret-word></message>")).isInstanceOf(StanzaReader.Unreadable.class)
                .hasMessageNotContaining("secret").hasNoCause();
    }

    /** A second parser, of another kind and never used again, agrees on what is well-formed: cut and damaged texts never pass. */
    @Property(tries = 3000)
    void neverLetsThroughWhatAnotherParserRefuses(@ForAll("damaged") String text) {
        if (accepted(text)) {
            assertThat(wellFormed(text)).as(text).isTrue();
        }
        assertThat(accepted(PLAIN)).as("a damaged text spoils nothing for the next").isTrue();
    }

    @Provide
    Arbitrary<String> damaged() {
        Arbitrary<String> whole = Arbitraries.of(PLAIN,
                "<message id='m1' xml:lang='de'><body>grüß &lt;dich&gt; &#x1F600;</body><origin-id xmlns='urn:xmpp:sid:0' id='o1'/></message>",
                "<message><x xmlns='jabber:x:data'><field var='a'><value><![CDATA[b]]></value></field></x></message>");
        Arbitrary<String> junk = Arbitraries.strings().withChars("<>&;'\"/!?[]-=:x m\u0000\uD800\uFFFF").ofMaxLength(4);
        return net.jqwik.api.Combinators.combine(whole, junk, Arbitraries.integers().between(0, 160), Arbitraries.integers().between(0, 6))
                .as((text, insert, at, cut) -> {
                    int start = Math.min(at, text.length());
                    return text.substring(0, start) + insert + text.substring(Math.min(start + cut, text.length()));
                });
    }

    private static boolean accepted(String text) {
        try {
            message(text);
            return true;
        } catch (StanzaReader.Unreadable e) {
            return false;
        }
    }

    private static boolean wellFormed(String text) {
        try {
            var factory = javax.xml.parsers.DocumentBuilderFactory.newDefaultInstance();
            factory.setNamespaceAware(true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            var builder = factory.newDocumentBuilder();
            builder.setErrorHandler(null);
            Document document = builder.parse(new org.xml.sax.InputSource(new java.io.StringReader(text)));
            return document.getDocumentElement().getLocalName().equals("message");
        } catch (Exception e) {
            return false;
        }
    }

    private static String nested(int inner) {
        return "<message>" + "<x>".repeat(inner) + "</x>".repeat(inner) + "</message>";
    }

    private static StanzaReader.Read message(String text) throws StanzaReader.Unreadable {
        return StanzaReader.read(exchange(StanzaKind.MESSAGE, "", text));
    }

    private static StanzaReader.Read read(String id, String originId, TrafficKind what) {
        return new StanzaReader.Read(Optional.ofNullable(id), Optional.ofNullable(originId), new Content(what, Set.of(), Set.of()),
                StanzaReader.References.NONE, List.of(), List.of(), Optional.empty(), false);
    }

    static Exchange exchange(StanzaKind kind, String type, String text) {
        return new Exchange(JidCreate.fromOrThrowUnchecked("ada@localhost/desk"), JidCreate.fromOrThrowUnchecked("boris@localhost"), Optional.empty(), kind, type,
                Direction.LOCAL, Place.DIRECT, Optional.empty(), text);
    }
}
