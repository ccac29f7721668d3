package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Place;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A Tigase whose beans change while it runs. Its own command for that, {@code update-config-tdsl}, only writes the file in 8.4.0; an admin can by a script
 * (ad-hoc command {@code add-script}, XEP-0050), and so can any plugin.
 */
@Tag("tigase")
class TigaseReconfigurationIT {
    private static final String ROOT = "def root = kernel\nwhile (root.parent != null) root = root.parent\n";
    private static final String CONFIGURATOR = "def c = root.getInstance(tigase.component.DSLBeanConfigurator.class)\n";

    private static GatedServer start() {
        return GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob").openRooms().tigase(t -> t.config("admins = [ 'ada@localhost' ]")));
    }

    private static RawClient login(GatedServer gated, String localpart) {
        return RawClient.login(gated.server, localpart, "desk");
    }

    /** Has a script run in Tigase's root kernel, in a thread of its message router, which takes the commands. */
    private static void run(RawClient admin, String script) {
        admin.write(command("add-script", field("Language", "groovy") + field("Command Id", "change") + field("Description", "change") + field("Group", "test")
                + field("Script text", (ROOT + script).replace("\n", "</value><value>")) + field("Save to disk", "false")));
        admin.await("Script loaded");
        admin.write(command("change", ""));
    }

    private static String command(String node, String fields) {
        return "<iq type='set' id='" + node + "' to='message-router@localhost'><command xmlns='http://jabber.org/protocol/commands' node='" + node
                + "'><x xmlns='jabber:x:data' type='submit'>" + fields + "</x></command></iq>";
    }

    private static String field(String name, String value) {
        return "<field var='" + name + "'><value>" + value + "</value></field>";
    }

    private static void join(RawClient client, String occupant) {
        client.write("<presence to='" + occupant + "'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
        client.await("code='110'");
    }

    /** Without the plugin Tigase would let everything through. */
    @ParameterizedTest
    @ValueSource(strings = {CONFIGURATOR + "c.getProperties().remove('chancery')\nc.configurationChanged()", "root.unregister('chancery')",
        "root.setBeanActive('chancery', false)"})
    void aTigaseWhosePluginIsTakenOutEnds(String script) {
        try (GatedServer gated = start(); RawClient ada = login(gated, "ada")) {
            run(ada, script);
            Deadline.await("the reason", GatedServer.LIMIT, () -> gated.server.log().contains("Chancery is taken out of a running Tigase, so Tigase ends."));
            Deadline.await("Tigase's end", GatedServer.LIMIT.multipliedBy(3), () -> !gated.server.isAlive()); // its own hooks have 20 s
            assertThat(gated.server.log().contains("Tigase Kernel stopped in")).as("no hook has waited for the thread that takes the plugin out").isTrue();
        }
    }

    /** Who is in its rooms is known as in those that were there before. */
    @Test
    void aRoomServiceThatIsAddedLaterIsOne() {
        String room = "hall@later.localhost";
        try (GatedServer gated = start(); RawClient ada = login(gated, "ada"); RawClient bob = login(gated, "bob")) {
            ada.write("<presence to='bob@localhost/desk'/>"); // Tigase's components have been looked at
            bob.await("from='ada@localhost/desk'");
            run(ada, CONFIGURATOR + "c.getProperties().putAll(new tigase.conf.ConfigReader().read(new StringReader('''later (class: tigase.muc.MUCComponent) {\n"
                    + "    'muc-lock-new-room' = false\n    'welcome-message' = false\n}\n''')))\nroot.registerBean('later').asClass(tigase.muc.MUCComponent).exec()");
            Deadline.await("the room service", GatedServer.LIMIT, () -> {
                ada.forget();
                ada.write("<iq type='get' id='items' to='localhost'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
                return ada.await("id='items'").contains("later.localhost");
            });
            join(ada, room + "/ada");
            join(bob, room + "/bob");
            ada.write("<message type='groupchat' to='" + room + "' id='g'><body>whoever is here</body></message>");
            bob.await("whoever is here");
            assertThat(gated.gate.asked("whoever is here")).singleElement().satisfies(e -> {
                assertThat(e.place()).isEqualTo(Place.ROOM);
                assertThat(e.room().orElseThrow().occupants().toString()).contains("ada@localhost").contains("bob@localhost");
            });
        }
    }
}
