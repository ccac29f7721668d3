package im.chancery.host.tigase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.engine.edge.EdgeElement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tigase.server.Packet;
import tigase.xml.Element;
import tigase.xmpp.jid.JID;

class TigaseStanzaTest {
    /** What Tigase's own start script gives a thread, in bytes. */
    private static final long STACK = 228 << 10;

    /** A message of so many levels. */
    private static TigaseStanza nested(int levels) throws Exception {
        JID ada = JID.jidInstance("ada@example.test/desk");
        Element message = new Element("message");
        Element deepest = message;
        for (int level = 2; level <= levels; level++) {
            Element child = new Element("deeper");
            deepest.addChild(child);
            deepest = child;
        }
        return new TigaseStanza(Packet.packetInstance(message, ada, JID.jidInstance("bob@example.test")), ada, packet -> { });
    }

    @Test
    void whatTheGateTakesCanBeLookedAtOnASmallStack() throws Exception {
        TigaseStanza stanza = nested(250);
        CompletableFuture<EdgeElement> shown = new CompletableFuture<>();
        new Thread(null, () -> {
            try {
                shown.complete(stanza.element());
            } catch (RuntimeException | Error e) {
                shown.completeExceptionally(e);
            }
        }, "small", STACK).start();
        int levels = 1;
        for (EdgeElement at = shown.get(30, TimeUnit.SECONDS); !at.children().isEmpty(); at = at.children().get(0)) {
            levels++;
        }
        assertThat(levels).isEqualTo(250);
    }

    @Test
    void whatIsDeeperThanAnythingAllowedIsNotLookedAt() throws Exception {
        TigaseStanza stanza = nested(257);
        assertThatThrownBy(stanza::element).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("256");
    }
}
