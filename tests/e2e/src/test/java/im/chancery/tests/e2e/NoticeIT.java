package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.jivesoftware.smack.packet.Message;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.impl.JidCreate;

/** What the engine has a host send: a checkpoint to an auditor's address. */
@Tag("prosody") // the notice is one of the link's, which an engine in its host does not have
class NoticeIT {
    private static final String CHECKPOINT = "node-1\n42\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n\n\u2014 node-1 c2ln <&>\n";

    @Test
    void aNoticeArrivesAsAMessageOfTheHostsDomainAndOfflineToo() throws Exception {
        try (GatedServer gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada"))) {
            gated.link().send(JidCreate.bareFrom("ada@localhost"), "Checkpoint of node-1", CHECKPOINT);
            Deadline.await("it is kept for ada", GatedServer.LIMIT, () -> !gated.server.filesWith("Checkpoint of node-1").isEmpty());
            try (SmackClient ada = SmackClient.login(gated.server, "ada", "desk")) {
                Message message = ada.inbox().takeMessage("the checkpoint", m -> "Checkpoint of node-1".equals(m.getSubject()));
                assertThat(message.getBody()).isEqualTo(CHECKPOINT);
                assertThat(message.getFrom().toString()).isEqualTo("localhost");
            }
            assertThat(gated.gate.asked(CHECKPOINT)).as("nobody has sent it, so nobody is asked").isEmpty();
            gated.cutLink();
            Deadline.await("a carrier without a host says so", GatedServer.LIMIT, () -> {
                try {
                    gated.link().send(JidCreate.bareFrom("ada@localhost"), "x", "x");
                    return false;
                } catch (IOException e) {
                    return true;
                }
            });
        }
    }
}
