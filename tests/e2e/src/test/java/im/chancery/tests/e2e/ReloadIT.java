package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An admin reloads the module while clients are connected. */
@Tag("prosody") // a module is reloaded in Prosody only; a Tigase loads its plugin once
class ReloadIT {
    private static final String REQUEST = "<r xmlns='urn:xmpp:sm:3'/>";
    private static final String RELOADER = """
            module:hook("iq-set/host/urn:test:reload:reload", function (event)
                assert(require "core.modulemanager".reload("*", "chancery"));
                event.origin.send(require "util.stanza".reply(event.stanza));
                return true;
            end);
            """;

    private static String message(String body) {
        return "<message type='chat' to='bob@localhost/desk'><body>" + body + "</body></message>";
    }

    @Test
    void streamsAreHeldAndCountedAsBefore(@TempDir Path folder) throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(folder.resolve("mod_reloader.lua"), RELOADER);
        try (GatedServer gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob").prosody(p -> p.modules("reloader").pluginPath(folder)));
                RawClient ada = RawClient.login(gated.server, "ada", "desk"); RawClient bob = RawClient.login(gated.server, "bob", "desk")) {
            ada.write("<enable xmlns='urn:xmpp:sm:3'/>" + message("before") + REQUEST);
            assertThat(ada.await("<a ")).contains("h='1'");
            ada.write("<iq type='set' id='reload' to='localhost'><reload xmlns='urn:test:reload'/></iq>");
            ada.await("id='reload'");
            gated.awaitLinks(2);
            ada.forget();
            gated.gate.refuseText("refused words");
            ada.write(message("refused words") + message("after") + REQUEST);
            assertThat(ada.await("<a ")).contains("h='4'").contains("policy-violation");
            assertThat(bob.await("after")).doesNotContain("refused words");
            assertThat(gated.gate.asked("after")).hasSize(1);
        }
    }
}
