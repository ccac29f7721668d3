package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.jivesoftware.smack.packet.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a room keeps (XEP-0045, sections 7.2.14 and 7.2.15; XEP-0313) comes to those alone whom its author may reach, also when the author has left. */
class RoomHistoryIT {
    private static final String RESEARCH = "what Research has said";
    private static final String OFFICE = "what the Office has said";
    private static final String SUBJECT = "the subject of Research";

    private Deployment chancery;
    private String room;

    @BeforeEach
    void start() {
        chancery = Deployment.start();
        room = "crossing@" + chancery.server().roomDomain();
    }

    @AfterEach
    void stop() {
        chancery.close();
    }

    private SmackClient login(String who) {
        return SmackClient.login(chancery.server(), who, "desk");
    }

    /** Research and the Office talk in the room, and Research leaves it. */
    private void talk(SmackClient emma) {
        emma.enter(room, "Emma");
        try (SmackClient ada = login("ada")) {
            ada.enter(room, "Ada");
            Expect.handedOn(chancery, ada, ada.groupChat(room, RESEARCH));
            Expect.handedOn(chancery, emma, emma.groupChat(room, OFFICE));
            emma.inbox().takeBody(RESEARCH);
            emma.inbox().takeBody(OFFICE);
            ada.leave(room);
        }
    }

    private void asksTheArchive(SmackClient who) {
        who.write("<iq type='set' id='archive' to='" + room + "'><query xmlns='urn:xmpp:mam:2'/></iq>");
        who.inbox().take("the archive's last words", stanza -> "archive".equals(stanza.getStanzaId()));
    }

    private static boolean isSubject(Message message) {
        return message.getSubject() != null && message.getBody() == null;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoEntersReadsWhatItsAuthorMayTellThem(boolean serverIsKilled) {
        try (SmackClient emma = login("emma")) {
            talk(emma);
            if (serverIsKilled) {
                emma.cut();
                chancery.server().kill();
                chancery.recover();
            }
            try (SmackClient boris = login("boris"); SmackClient again = SmackClient.login(chancery.server(), "ada", "sofa")) {
                boris.enter(room, "Boris");
                boris.inbox().takeBody(RESEARCH);
                boris.inbox().takeBody(OFFICE);
                asksTheArchive(boris);
                assertThat(boris.inbox().containing(RESEARCH)).hasSize(1);
                assertThat(boris.inbox().containing(OFFICE)).hasSize(1);
                boris.leave(room);
                again.enter(room, "Ada");
                again.inbox().takeBody(RESEARCH);
                again.leave(room);
            }
            try (SmackClient clara = login("clara")) {
                clara.enter(room, "Clara");
                clara.inbox().takeBody(OFFICE);
                asksTheArchive(clara);
                assertThat(clara.inbox().containing(OFFICE)).hasSize(1);
                assertThat(clara.inbox().containing(RESEARCH)).isEmpty();
                assertThat(clara.inbox().containing("/Ada")).isEmpty();
            }
        }
    }

    @Test
    void aSubjectIsShownToThoseWhomItsAuthorMayReach() {
        try (SmackClient emma = login("emma"); SmackClient ada = login("ada"); SmackClient boris = login("boris"); SmackClient clara = login("clara")) {
            ada.enter(room, "Ada");
            emma.enter(room, "Emma");
            ada.write("<iq type='set' id='moderator' to='" + room + "'><query xmlns='http://jabber.org/protocol/muc#admin'><item role='moderator' nick='Emma'/></query></iq>");
            ada.write("<message type='groupchat' to='" + room + "'><subject>" + SUBJECT + "</subject></message>");
            emma.inbox().takeMessage("the subject", m -> isSubject(m) && m.getSubject().equals(SUBJECT));
            ada.leave(room);
            clara.enter(room, "Clara");
            clara.inbox().takeMessage("an empty subject", m -> isSubject(m) && m.getSubject().isEmpty());
            Expect.notWith(SUBJECT, clara);
            clara.leave(room);
            boris.enter(room, "Boris");
            boris.inbox().takeMessage("the subject", m -> isSubject(m) && m.getSubject().equals(SUBJECT));
            emma.write("<message type='groupchat' to='" + room + "'><subject>ours again</subject></message>");
            emma.inbox().takeMessage("the new subject", m -> isSubject(m) && m.getSubject().equals("ours again"));
            boris.leave(room);
            clara.enter(room, "Clara");
            clara.inbox().takeMessage("the new subject", m -> isSubject(m) && m.getSubject().equals("ours again"));
        }
    }

    /** What somebody says while another's entering waits is in what that one reads. */
    @Test
    void nothingSaidMeanwhileIsLost() {
        try (SmackClient emma = login("emma"); SmackClient clara = login("clara")) {
            talk(emma);
            for (int i = 0; i < 20; i++) {
                String words = "said around the entering " + i;
                emma.groupChat(room, words);
                clara.enter(room, "Clara");
                emma.inbox().takeBody(words);
                clara.inbox().takeBody(words);
                clara.leave(room);
            }
            Expect.notWith(RESEARCH, clara);
        }
    }
}
