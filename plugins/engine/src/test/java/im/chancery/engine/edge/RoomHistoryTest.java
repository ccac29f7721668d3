package im.chancery.engine.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a room keeps is for whom its author may reach. */
class RoomHistoryTest {
    private static final String ROOM = "tea@rooms.example.test";
    private static final String OWN = "ada@example.test/desk";
    private static final String OTHER = "bob@example.test/desk";

    private final TestHost host = TestHost.withRooms();
    private final ScriptedGate gate = new ScriptedGate();
    private final RoomHistory history = new RoomHistory(host, new Questions(gate, host, Duration.ofSeconds(5)));

    @Test
    void whatSomebodyHasSaidShouldBeForWhomTheyMayReachNow() {
        host.keep(ROOM, "kept", "ada@example.test");
        assertThat(history.mayRead(ROOM, "kept", OTHER)).isTrue();
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(history.mayRead(ROOM, "kept", OTHER)).isFalse();
        assertThat(history.mayRead(ROOM, "kept", OWN)).as("their own").isTrue();
        gate.fails();
        assertThat(history.mayRead(ROOM, "kept", OTHER)).as("undecided").isFalse();
    }

    @Test
    void whatNobodyIsKnownToHaveSaidShouldBeForNobody() {
        host.keep(ROOM, "kept", "ada@example.test");
        assertThat(history.mayRead(ROOM, "other", OTHER)).isFalse();
        assertThat(history.mayRead(ROOM, null, OTHER)).isFalse();
        assertThat(history.mayRead("den@rooms.example.test", "kept", OTHER)).isFalse();
        assertThat(history.mayRead(ROOM, "kept", "@example.test")).isFalse();
        assertThat(history.mayReadSubject(ROOM, OTHER)).isFalse();
    }

    @Test
    void aSubjectShouldBeOfWhoHasChangedItLast() {
        host.occupy(ROOM, "Ada", "ada@example.test");
        history.changesSubject(ROOM + "/Ada");
        host.occupy(ROOM, "Ada", "bob@example.test");
        gate.rechecks(ScriptedGate.REFUSE);
        assertThat(history.mayReadSubject(ROOM, OWN)).as("the nickname has another owner now, the subject hasn't").isTrue();
        assertThat(history.mayReadSubject(ROOM, OTHER)).isFalse();
        host.occupy(ROOM, "Ada", null);
        history.changesSubject(ROOM + "/Ada");
        assertThat(history.mayReadSubject(ROOM, OWN)).as("somebody's who has left meanwhile").isFalse();
    }
}
