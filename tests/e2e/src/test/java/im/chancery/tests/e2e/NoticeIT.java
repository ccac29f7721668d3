package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.verify.SeenCheckpoint;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jivesoftware.smack.packet.Message;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.impl.JidCreate;

/** What the engine has a host send: a checkpoint to an auditor's address. */
class NoticeIT {
    private static final String CHECKPOINT = "node-1\n42\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n\n\u2014 node-1 c2ln <&>\n";

    @Test
    void anAuditorGetsCheckpointsAsMessagesOfTheDomainAndOfflineToo() throws IOException {
        try (Deployment chancery = Deployment.start(Deployment.Node.free("node1", "localhost"), new Certificates(),
                config -> config.replace("sinks: [", "checkpoint-interval: 100 ms\n  sinks: [{kind: xmpp, to: ada@localhost, every: 1 s}, "), setup -> { })) {
            try (SmackClient emma = SmackClient.login(chancery.server(), "emma", "desk")) {
                Expect.handedOn(chancery, emma, emma.chat("boris@localhost", "something new"));
                Deadline.await("a checkpoint is kept for ada", GatedServer.LIMIT, () -> !chancery.server().filesWith("Checkpoint of node1").isEmpty());
                try (SmackClient ada = SmackClient.login(chancery.server(), "ada", "desk")) {
                    SeenCheckpoint kept = checkpoint(ada);
                    SeenCheckpoint now = LogCheck.consistent(chancery, List.of(kept), "with what was kept");
                    Expect.handedOn(chancery, emma, emma.chat("boris@localhost", "something newer"));
                    SeenCheckpoint newer = Deadline.awaitValue("a newer one", GatedServer.LIMIT, () -> Optional.of(checkpoint(ada)).filter(c -> size(c) > size(now)));
                    LogCheck.commandSaysSo(chancery, newer);
                }
                roomsAreRooms(chancery, emma);
            }
            assertThat(chancery.admin().attemptsWith("ada@localhost")).as("nobody has sent them, so nobody is asked").isEmpty();
        }
    }

    /** The first checkpoint is due while the host still starts: what it finds of the host then must not be all that is known of it. */
    private static void roomsAreRooms(Deployment chancery, SmackClient emma) {
        String room = "tea@" + chancery.server().roomDomain();
        emma.enter(room, "Emma");
        assertThat(AdminClient.text(Expect.handedOn(chancery, emma, emma.groupChat(room, "is this a room")), "place")).isEqualTo("room");
    }

    /** The next one that has come. */
    private static SeenCheckpoint checkpoint(SmackClient auditor) {
        Message message = auditor.inbox().takeMessage("a checkpoint", m -> "Checkpoint of node1".equals(m.getSubject()));
        assertThat(message.getFrom().toString()).isEqualTo("localhost");
        return new SeenCheckpoint("what the auditor got", message.getBody());
    }

    private static long size(SeenCheckpoint checkpoint) {
        return Long.parseLong(checkpoint.note().split("\n", 3)[1]);
    }

    @Test
    @Tag("prosody") // the link's own part of it, which an engine in its host does not have
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
