package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Room and room private messages (XEP-0045): decided and recorded once, where they enter the room, with real addresses. */
class RoomMessagesIT {
    @AutoClose
    private static Deployment chancery;

    @BeforeAll
    static void start() {
        chancery = Deployment.start();
    }

    private static SmackClient login(String who, String resource) {
        return SmackClient.login(chancery.server(), who, resource);
    }

    private static String room(String name) {
        return name + "@" + chancery.server().roomDomain();
    }

    @Test
    void allowedRoomMessageReachesEachOccupantOnceAndIsOneRecord() {
        try (SmackClient ada = login("ada", "desk"); SmackClient boris = login("boris", "desk"); SmackClient emma = login("emma", "desk")) {
            String tea = room("tea");
            ada.enter(tea, "Ada");
            boris.enter(tea, "Boris");
            emma.enter(tea, "Emma");
            String id = ada.groupChat(tea, "allowed in the room");
            ada.inbox().takeBody("allowed in the room");
            boris.inbox().takeBody("allowed in the room");
            emma.inbox().takeBody("allowed in the room");
            JsonNode attempt = Expect.handedOn(chancery, ada, id);
            assertThat(AdminClient.text(attempt, "from")).isEqualTo(ada.jid().toString());
            assertThat(AdminClient.text(attempt, "place")).isEqualTo("room");
            assertThat(AdminClient.text(attempt, "room")).isEqualTo(tea);
            boris.roundTrip();
            assertThat(boris.inbox().containing("allowed in the room")).isEmpty();
        }
    }

    @Test
    void whoComesLaterReadsTheAllowedInTheHistoryAndTheRefusedNowhere() {
        String lab = room(Deployment.LAB);
        try (SmackClient ada = login("ada", "desk"); SmackClient clara = login("clara", "desk")) {
            ada.enter(lab, "Ada");
            Expect.handedOn(chancery, ada, ada.groupChat(lab, "allowed in the lab"));
            Expect.refused(chancery, clara, clara.groupChat(lab, "refused in the lab"), "Research only");
            Expect.nowhere(chancery, "refused in the lab", ada);
            try (SmackClient boris = login("boris", "desk")) {
                boris.enter(lab, "Boris");
                boris.inbox().takeBody("allowed in the lab");
                Expect.nowhere(chancery, "refused in the lab", boris);
            }
        }
    }

    @Test
    void privateMessageReachesItsOccupantOnceAndIsRecordedWithTheRealRecipient() {
        try (SmackClient ada = login("ada", "desk"); SmackClient emma = login("emma", "desk"); SmackClient boris = login("boris", "desk")) {
            String kitchen = room("kitchen");
            ada.enter(kitchen, "Ada");
            emma.enter(kitchen, "Emma");
            boris.enter(kitchen, "Boris");
            String id = ada.chat(kitchen + "/Emma", "allowed in private");
            emma.inbox().takeBody("allowed in private");
            JsonNode attempt = Expect.handedOn(chancery, ada, id);
            assertThat(AdminClient.text(attempt, "recipient")).isEqualTo("emma@localhost");
            assertThat(AdminClient.text(attempt, "place")).isEqualTo("room_private");
            Expect.nowhere(chancery, "allowed in private", emma, boris);
        }
    }

    @Test
    void privateMessageIntoAClosedRoomIsRefused() {
        try (SmackClient ada = login("ada", "desk"); SmackClient dmitri = login("dmitri", "desk")) {
            String lab = room(Deployment.LAB);
            ada.enter(lab, "Ada");
            Expect.refused(chancery, dmitri, dmitri.chat(lab + "/Ada", "refused in private"), "");
            Expect.nowhere(chancery, "refused in private", ada);
        }
    }

    @Test
    void nobodyEntersARoomThatWouldStraddleTheWall() {
        try (SmackClient ada = login("ada", "desk"); SmackClient emma = login("emma", "desk"); SmackClient clara = login("clara", "desk")) {
            String mixed = room("mixed");
            emma.enter(mixed, "Emma");
            ada.enter(mixed, "Ada");
            assertThatThrownBy(() -> clara.enter(mixed, "Clara")).isInstanceOf(SmackClient.ClientException.class);
            ada.roundTrip();
            assertThat(ada.inbox().containing("/Clara")).isEmpty();
        }
    }

    @Test
    void occupantThatResumesGetsTheAllowedOnceAndTheRefusedNever() {
        String lab = room(Deployment.LAB);
        try (SmackClient ada = login("ada", "desk"); SmackClient boris = login("boris", "desk"); SmackClient clara = login("clara", "desk")) {
            ada.enter(lab, "Ada");
            boris.enter(lab, "Boris");
            boris.cut();
            String said = ada.groupChat(lab, "allowed while cut, to all");
            String whispered = ada.chat(lab + "/Boris", "allowed while cut, in private");
            Expect.refused(chancery, clara, clara.groupChat(lab, "refused while cut, to all"), "Research only");
            Expect.refused(chancery, clara, clara.chat(lab + "/Boris", "refused while cut, in private"), "Research only");
            Expect.handedOn(chancery, ada, said);
            Expect.handedOn(chancery, ada, whispered);
            assertThat(boris.reconnect()).as("resumed").isTrue();
            boris.inbox().takeBody("allowed while cut, to all");
            boris.inbox().takeBody("allowed while cut, in private");
            boris.roundTrip();
            assertThat(boris.inbox().containing("while cut")).isEmpty();
            Expect.nowhere(chancery, "refused while cut", ada, boris);
        }
    }

    @Test
    void senderThatResumesSpeaksOnce() {
        String study = room("study");
        try (SmackClient ada = login("ada", "desk"); SmackClient boris = login("boris", "desk")) {
            ada.enter(study, "Ada");
            boris.enter(study, "Boris");
            String said = ada.groupChat(study, "just before the cut, to all");
            String whispered = ada.chat(study + "/Boris", "just before the cut, in private");
            boris.inbox().takeBody("just before the cut, in private");
            boris.inbox().takeBody("just before the cut, to all");
            ada.cut();
            assertThat(ada.reconnect()).as("resumed").isTrue();
            ada.roundTrip();
            Expect.handedOn(chancery, ada, said);
            Expect.handedOn(chancery, ada, whispered);
            boris.roundTrip();
            assertThat(boris.inbox().containing("just before the cut")).isEmpty();
        }
    }
}
