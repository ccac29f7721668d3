package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A new config builds a wall between people who sit in one room, while their server stays up. An engine in its host takes a new config only with it, so it is
 * beside it here whichever the host is.
 */
class SplitRoomIT {
    private static final String REASON = "Research and the Office may not exchange messages any more.";
    private Deployment chancery;
    private String room;

    @BeforeEach
    void start() throws IOException {
        chancery = Deployment.start(Deployment.Node.free("node1", "localhost").withEngineBeside(), new Certificates(), UnaryOperator.identity(), setup -> { });
        room = "split@" + chancery.server().roomDomain();
    }

    @AfterEach
    void stop() {
        chancery.close();
    }

    private SmackClient enter(String who) {
        SmackClient client = SmackClient.login(chancery.server(), who, "desk");
        client.enter(room, who);
        return client;
    }

    private void buildWall() {
        chancery.reconfigure(config -> config.replace("barriers:\n", "barriers:\n  - {name: later-wall, from: {departments: [research]},"
                + " to: {departments: [office]}, both-ways: true, reason: \"" + REASON + "\"}\n"));
    }

    private void refused(SmackClient sender, String id) {
        assertThat(Expect.refused(chancery, sender, id, REASON).get("rules").toString()).contains("later-wall");
    }

    private void heard(SmackClient sender, String body, SmackClient... others) {
        String id = sender.groupChat(room, body);
        for (SmackClient other : others) {
            other.inbox().takeBody(body);
        }
        Expect.handedOn(chancery, sender, id);
    }

    @Test
    void aRoomSplitByANewWallIsSilentUntilOneSideHasLeft() {
        try (SmackClient ada = enter("ada"); SmackClient boris = enter("boris"); SmackClient emma = enter("emma")) {
            heard(ada, "before the wall", boris, emma);
            buildWall();
            refused(ada, ada.groupChat(room, "across the wall, to all"));
            refused(emma, emma.groupChat(room, "across the wall, back"));
            refused(ada, ada.chat(room + "/emma", "across the wall, in private"));
            refused(boris, boris.chat(room + "/ada", "across the wall, though not for her"));
            Expect.nowhere(chancery, "across the wall", ada, boris, emma);

            emma.leave(room);
            heard(ada, "one side has left", boris);
            assertThatThrownBy(() -> emma.enter(room, "emma")).isInstanceOf(SmackClient.ClientException.class);
            emma.roundTrip();
            assertThat(emma.inbox().containing("one side has left")).isEmpty();
        }
    }

    @Test
    void aModeratorMayRemoveTheOtherSideWithoutWords() {
        try (SmackClient ada = enter("ada"); SmackClient boris = enter("boris"); SmackClient emma = enter("emma")) {
            buildWall();
            assertThatThrownBy(() -> ada.kick(room, "emma", "words with the kick")).isInstanceOf(SmackClient.ClientException.class)
                    .cause().hasMessageContaining(REASON);
            ada.inbox().take("the refusal", stanza -> stanza.toXML().toString().contains("policy-violation"));
            assertThatThrownBy(() -> emma.kick(room, "ada", null)).as("by no moderator").isInstanceOf(SmackClient.ClientException.class);
            Expect.nowhere(chancery, "words with the kick", ada, boris, emma);
            refused(ada, ada.groupChat(room, "still split"));

            ada.kick(room, "emma", null);
            emma.inbox().take("the removal", s -> s.toXML().toString().contains("307"));
            heard(ada, "the other side was removed", boris);
            emma.roundTrip();
            assertThat(emma.inbox().containing("the other side was removed")).isEmpty();
        }
    }
}
