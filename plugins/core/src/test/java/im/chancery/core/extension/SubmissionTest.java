package im.chancery.core.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.core.Decision;
import im.chancery.core.DeterminingRule;
import im.chancery.core.Direction;
import im.chancery.core.Effect;
import im.chancery.core.Exchange;
import im.chancery.core.Place;
import im.chancery.core.StanzaKind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;

class SubmissionTest {
    private static Submission of(String stanza) {
        Jid somebody = JidCreate.fromOrThrowUnchecked("ada@localhost/a");
        return new Submission(new Exchange(somebody, somebody, Optional.empty(), StanzaKind.MESSAGE, "", Direction.LOCAL, Place.DIRECT, Optional.empty(), stanza),
                Decision.allow(List.of(new DeterminingRule("builtin:house", Effect.ALLOW, "why", false))));
    }

    @Test
    void textIsAllThatIsSaidEachChildOnItsLine() {
        assertThat(of("<message><subject>one</subject><body>two &amp; <![CDATA[<three>]]></body>"
                + "<html xmlns='h'><p>fo<b>ur</b></p></html><x xmlns='y' a='not this'/></message>").text()).isEqualTo("one\ntwo & <three>\nfour");
    }

    @Test
    void theStanzaIsReadWithItsNamespaces() {
        assertThat(of("<message><x:replace xmlns:x='urn:xmpp:message-correct:0' id='m'/></message>").stanza()
                .getElementsByTagNameNS("urn:xmpp:message-correct:0", "replace").getLength()).isEqualTo(1);
    }

    @Test
    void nothingIsReadThatXmppForbids() {
        assertThatThrownBy(() -> of("<!DOCTYPE m [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><message><body>&e;</body></message>").text())
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> of("<message><body>").text()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anOpinionKeepsItsBounds() {
        assertThat(Opinion.refuse("Why.").annotated("key", "one").annotated("key", "two").annotations()).containsEntry("key", "two").hasSize(1);
        assertThatThrownBy(() -> Opinion.refuse(" ")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Opinion(Optional.of(Effect.ALLOW), "a reason", java.util.Map.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Opinion.refuse("a".repeat(Opinion.LONGEST_TEXT + 1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Opinion.refuse("\u0001")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Opinion.none().annotated("two words", "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Opinion.none().annotated("key", "\uD800")).isInstanceOf(IllegalArgumentException.class);
        Opinion full = Opinion.none();
        for (int i = 0; i < Opinion.MOST_ANNOTATIONS; i++) {
            full = full.annotated("k" + i, "");
        }
        Opinion most = full;
        assertThatThrownBy(() -> most.annotated("more", "x")).isInstanceOf(IllegalArgumentException.class);
    }
}
