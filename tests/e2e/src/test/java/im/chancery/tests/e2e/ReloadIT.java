package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An admin reloads the module, or one beside it, while clients are connected. */
@Tag("prosody") // a module is reloaded in Prosody only; a Tigase loads its plugin once
class ReloadIT {
    private static final String REQUEST = "<r xmlns='urn:xmpp:sm:3'/>";
    private static final String RELOADER = """
            module:hook("iq-set/host/urn:test:reload:reload", function (event)
                local what = event.stanza.tags[1].attr;
                assert(require "core.modulemanager".reload(what.host, what.module));
                event.origin.send(require "util.stanza".reply(event.stanza));
                return true;
            end);
            """;
    @TempDir
    private static Path folder;

    private static String message(String body) {
        return "<message type='chat' to='bob@localhost/desk'><body>" + body + "</body></message>";
    }

    private static GatedServer start() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(folder.resolve("mod_reloader.lua"), RELOADER);
        return GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob", "cleo").pubsub("ada").component("gateway.localhost").prosody(p -> p.modules("reloader").pluginPath(folder)));
    }

    private static void reload(RawClient admin, String host, String module) {
        String id = module + " at " + System.nanoTime();
        admin.write("<iq type='set' id='" + id + "' to='localhost'><reload xmlns='urn:test:reload' host='" + host + "' module='" + module + "'/></iq>");
        assertThat(admin.await("id='" + id + "'")).doesNotContain("type='error'");
    }

    @Test
    void streamsAreHeldAndCountedAsBefore() throws Exception {
        try (GatedServer gated = start(); RawClient ada = RawClient.login(gated.server, "ada", "desk"); RawClient bob = RawClient.login(gated.server, "bob", "desk")) {
            ada.write("<enable xmlns='urn:xmpp:sm:3'/>" + message("before") + REQUEST);
            assertThat(ada.await("<a ")).contains("h='1'");
            reload(ada, "*", "chancery");
            gated.awaitLinks(2);
            ada.forget();
            gated.gate.refuseText("refused words");
            ada.write(message("refused words") + message("after") + REQUEST);
            assertThat(ada.await("<a ")).contains("h='4'").contains("policy-violation");
            assertThat(bob.await("after")).doesNotContain("refused words");
            assertThat(gated.gate.asked("after")).hasSize(1);
        }
    }

    @Test
    void whatWasDeliveredBeforeIsAnsweredAfter() throws Exception {
        try (GatedServer gated = start(); RawClient ada = RawClient.login(gated.server, "ada", "desk"); RawClient bob = RawClient.login(gated.server, "bob", "desk");
                RawClient gateway = RawClient.component(gated.server, "gateway.localhost")) {
            Map<String, RawClient> asked = Map.of("bob@localhost/desk", bob, "tea@gateway.localhost/desk", gateway);
            for (int round = 1; round < 3; round++) { // the second time of what the module has watched since it was reloaded
                String reloaded = " in round " + round;
                asked.forEach((address, who) -> {
                    ada.write("<iq type='get' id='" + address + reloaded + "' to='" + address + "'><query xmlns='urn:q'/></iq>");
                    who.await("id='" + address + reloaded);
                });
                reload(ada, "*", "chancery");
                gated.awaitLinks(1 + round);
                asked.forEach((address, who) -> {
                    who.write("<iq type='result' id='" + address + reloaded + "' from='" + address + "' to='ada@localhost/desk'><query xmlns='urn:q'>words of " + address + reloaded + "</query></iq>");
                    ada.await("words of " + address + reloaded);
                });
            }
        }
    }

    private static String toService(String type, String id, String children) {
        return "<iq type='" + type + "' id='" + id + "' to='pubsub.localhost'><pubsub xmlns='http://jabber.org/protocol/pubsub'>" + children + "</pubsub></iq>";
    }

    private static String publish(String words) {
        return toService("set", words, "<publish node='news'><item id='" + words + "'><entry xmlns='urn:x'>" + words + "</entry></item></publish>");
    }

    /** Its events are asked about once each, and its items come to whom they may. */
    @Test
    void aServiceForPublicationsIsGatedAsBefore() throws Exception {
        try (GatedServer gated = start(); RawClient ada = RawClient.login(gated.server, "ada", "desk"); RawClient bob = RawClient.login(gated.server, "bob", "desk")) {
            ada.write(toService("set", "make", "<create node='news'/>"));
            ada.await("id='make'");
            bob.write("<presence/>" + toService("set", "follow", "<subscribe node='news' jid='bob@localhost'/>"));
            bob.await("subscription='subscribed'");
            String[][] reloads = {{"pubsub.localhost", "pubsub"}, {"*", "chancery"}, {"pubsub.localhost", "pubsub"}, {"*", "chancery"}};
            for (int i = 0; i < reloads.length; i++) {
                reload(ada, reloads[i][0], reloads[i][1]);
                gated.awaitLinks(1 + (i + 1) / 2);
                gated.gate.reset();
                ada.write(publish("open words " + i));
                bob.await("open words " + i);
                assertThat(gated.gate.asked("open words " + i)).hasSize(2); // the publication and the event
                gated.gate.refuse(e -> e.from().toString().equals("ada@localhost") ? Optional.of("a wall") : Optional.empty());
                ada.write(publish("refused words " + i));
                String words = "refused words " + i;
                Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes(words).equals(List.of(Outcome.HANDED_ON, Outcome.BOUNCED)));
                bob.write(toService("get", "fetch " + i, "<items node='news'/>"));
                bob.await("id='fetch " + i + "'");
                assertThat(bob.settled()).doesNotContain("refused words");
            }
            assertThat(bob.received().split("open words 0", -1)).as("the event alone, once").hasSize(3);
        }
    }

    private static String toAccount(String iq) {
        return iq.replace("to='pubsub.localhost'", "to='cleo@localhost'");
    }

    /** What others have put into somebody's account is asked about in their name, and comes to whom they may reach. */
    @Test
    void anAccountsNodesAreGatedAsBefore() throws Exception {
        try (GatedServer gated = start(); RawClient ada = RawClient.login(gated.server, "ada", "desk"); RawClient bob = RawClient.login(gated.server, "bob", "desk");
                RawClient cleo = RawClient.login(gated.server, "cleo", "desk")) {
            cleo.write(toAccount(toService("set", "make", "<create node='news'/><configure><x xmlns='jabber:x:data' type='submit'>"
                    + "<field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#node_config</value></field><field var='pubsub#access_model'><value>open</value></field>"
                    + "<field var='pubsub#publish_model'><value>open</value></field></x></configure>")));
            cleo.await("id='make'");
            bob.write("<presence/>" + toAccount(toService("set", "follow", "<subscribe node='news' jid='bob@localhost'/>")));
            bob.await("subscription='subscribed'");
            String[][] reloads = {{"*", "chancery"}, {"localhost", "pep"}, {"*", "chancery"}};
            for (int i = 0; i < reloads.length; i++) {
                reload(ada, reloads[i][0], reloads[i][1]);
                gated.awaitLinks(1 + (i + 2) / 2);
                gated.gate.reset();
                ada.write(toAccount(publish("open words " + i)));
                bob.await("open words " + i);
                assertThat(gated.gate.asked("open words " + i)).hasSize(2).allMatch(e -> e.from().asBareJid().toString().equals("ada@localhost"));
                gated.gate.refuse(e -> e.from().toString().equals("ada@localhost") ? Optional.of("a wall") : Optional.empty());
                String words = "refused words " + i;
                ada.write(toAccount(publish(words)));
                Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes(words).equals(List.of(Outcome.HANDED_ON, Outcome.BOUNCED)));
                bob.write(toAccount(toService("get", "fetch " + i, "<items node='news'/>")));
                bob.await("id='fetch " + i + "'");
                assertThat(bob.settled()).doesNotContain("refused words");
            }
        }
    }
}
