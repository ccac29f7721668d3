package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Other modules of the host wait in a session's thread, behind the gate, or fail there. */
@Tag("prosody") // the other module is one of Prosody's, and runs in a coroutine of Prosody's
class OtherModulesIT {
    /** Waits with "slow" messages until it is told to go on, fails on "faulty" ones, and reloads the gate. */
    private static final String OTHER = """
            local async = require "util.async";
            local go_on;
            module:hook("pre-message/full", function (event)
                if event.stanza:get_child_text("body") == "slow" then
                    local wait, done = async.waiter();
                    go_on = done;
                    module:log("info", "slow has begun");
                    wait();
                end
            end);
            module:hook("message/full", function (event)
                if event.stanza:get_child_text("body") == "faulty" then error("this module is faulty"); end
            end, 10);
            local function told(name, act)
                module:hook("iq-set/host/urn:test:other:" .. name, function (event)
                    act();
                    event.origin.send(require "util.stanza".reply(event.stanza));
                    return true;
                end);
            end
            told("go-on", function () go_on(); end);
            told("pep-simple", function () assert(not prosody.hosts[module.host].modules.pep_simple); end);
            told("reload", function () assert(require "core.modulemanager".reload("*", "chancery")); end);
            """;
    private static GatedServer gated;

    @TempDir
    private static Path folder;

    @BeforeAll
    static void start() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(folder.resolve("mod_other.lua"), OTHER);
        gated = GatedServer.start(XmppSetup.of("localhost", new Certificates()).people("ada", "bob", "cleo")
                .prosody(p -> p.modules("other", "pep_simple", "announce").global("admins = { 'ada@localhost' }").pluginPath(folder)));
    }

    @AfterAll
    static void stop() {
        gated.close();
    }

    @BeforeEach
    void reset() {
        gated.gate.reset();
    }

    /** It writes what people publish to others without asking anybody. */
    @Test
    void aModuleThatNothingStandsInFrontOfIsTakenOut() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "desk")) {
            ada.write("<iq type='set' id='out' to='localhost'><pep-simple xmlns='urn:test:other'/></iq>");
            assertThat(ada.await("id='out'")).contains("type='result'");
            assertThat(gated.server.log()).contains("it has been unloaded on localhost");
        }
    }

    /** By a message, and by a command (XEP-0133): what the server then writes to everybody is in its own name. */
    @Test
    void anAnnouncementIsAskedAboutForEachWhoGetsIt() {
        gated.gate.refuse(e -> e.from().asBareJid().toString().equals("ada@localhost") && e.to().asBareJid().toString().equals("cleo@localhost")
                ? Optional.of("a wall") : Optional.empty());
        try (RawClient ada = RawClient.login(gated.server, "ada", "desk"); RawClient bob = RawClient.login(gated.server, "bob", "desk");
                RawClient cleo = RawClient.login(gated.server, "cleo", "desk")) {
            bob.write("<presence/>");
            cleo.write("<presence/>");
            bob.settled();
            cleo.settled();
            ada.write("<message to='localhost/announce/online'><body>words for all</body></message>");
            assertThat(bob.await("words for all")).contains("from='localhost'");
            String command = "<command xmlns='http://jabber.org/protocol/commands' node='http://jabber.org/protocol/admin#announce'";
            ada.write("<iq type='set' id='begin' to='localhost'>" + command + " action='execute'/></iq>");
            Matcher session = Pattern.compile("sessionid='([^']+)'").matcher(ada.await("</iq>"));
            assertThat(session.find()).isTrue();
            ada.write("<iq type='set' id='end' to='localhost'>" + command + " action='complete' sessionid='" + session.group(1) + "'><x xmlns='jabber:x:data' type='submit'>"
                    + "<field var='FORM_TYPE'><value>http://jabber.org/protocol/admin</value></field><field var='announcement'><value>commanded words</value></field></x></command></iq>");
            bob.await("commanded words");
            bob.write(message("the last").replace("bob@", "cleo@"));
            assertThat(cleo.await("the last")).doesNotContain("words");
            for (String words : List.of("words for all", "commanded words")) {
                assertThat(gated.gate.asked(words)).extracting(e -> e.to().asBareJid().toString()).contains("bob@localhost", "cleo@localhost");
                Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes(words).contains(Outcome.BOUNCED));
            }
        }
    }

    private static String message(String body) {
        return "<message type='chat' id='" + body + "' to='bob@localhost/desk'><body>" + body + "</body></message>";
    }

    private static void tell(RawClient client, String what) {
        client.write("<iq type='set' id='" + what + "' to='localhost'><" + what + " xmlns='urn:test:other'/></iq>");
        client.await("id='" + what + "'");
    }

    private static void beginSlow(RawClient client) {
        int before = gated.server.log().split("slow has begun", -1).length;
        client.write(message("slow") + message("behind") + message("last"));
        Deadline.await("the thread waits", GatedServer.LIMIT, () -> gated.server.log().split("slow has begun", -1).length > before);
        Deadline.await("all are asked about", GatedServer.LIMIT, () -> gated.gate.asked("last").size() == 1);
    }

    /** What was parsed behind a stanza that another module has must not be lost with its session, nor overtake it. */
    @Test
    void messagesOfAReplacedSessionGoOnBehindWhatItsThreadHasBegun() {
        RawClient ada = RawClient.login(gated.server, "ada", "replaced");
        try (SmackClient bob = SmackClient.login(gated.server, "bob", "desk"); RawClient admin = RawClient.login(gated.server, "bob", "admin")) {
            beginSlow(ada);
            try (RawClient successor = RawClient.login(gated.server, "ada", "replaced")) {
                tell(admin, "go-on");
                bob.inbox().takeBody("last");
                assertThat(bob.inbox().bodies()).containsExactly("slow", "behind");
                Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes("behind").size() == 1);
                assertThat(gated.gate.outcomes("behind")).containsOnly(Outcome.HANDED_ON);
            }
        } finally {
            ada.close();
        }
    }

    /** A reload forgets what was asked; what still waits for its turn is asked about anew, and counted on (XEP-0198). */
    @Test
    void whatAThreadHasNotBegunWhenTheGateIsReloadedIsAskedAboutAnew() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "reload"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk");
                RawClient admin = RawClient.login(gated.server, "bob", "admin")) {
            ada.write("<enable xmlns='urn:xmpp:sm:3'/>");
            ada.await("<enabled");
            beginSlow(ada);
            int links = gated.server.log().split("Linked to the engine", -1).length;
            tell(admin, "reload");
            gated.awaitLinks(links);
            gated.gate.refuseText("behind");
            ada.write("<r xmlns='urn:xmpp:sm:3'/>");
            tell(admin, "go-on");
            bob.inbox().takeBody("last");
            assertThat(bob.inbox().bodies()).containsExactly("slow");
            assertThat(ada.await("policy-violation")).contains("behind");
            assertThat(gated.gate.asked("last")).hasSize(2);
            assertThat(ada.await("<a ")).contains("h='3'");
        }
    }

    /** How far it got nobody knows. */
    @Test
    void whatAnotherModuleFailsAtHasAnUnknownOutcomeAndWhatIsBehindItItsOwn() {
        try (RawClient ada = RawClient.login(gated.server, "ada", "failing"); SmackClient bob = SmackClient.login(gated.server, "bob", "desk")) {
            ada.write(message("before") + message("faulty") + message("good"));
            bob.inbox().takeBody("good");
            Deadline.await("the outcomes", GatedServer.LIMIT, () -> gated.gate.outcomes("good").size() == 1);
            assertThat(gated.gate.outcomes("before")).containsExactly(Outcome.HANDED_ON);
            assertThat(gated.gate.outcomes("faulty")).containsExactly(Outcome.UNKNOWN);
            assertThat(gated.gate.outcomes("good")).containsExactly(Outcome.HANDED_ON);
        }
    }

    /** Verdicts have stanzas processed as they come in: another module's fault there ends neither the link nor what is behind. */
    @Test
    void faultOfAnotherModuleEndsNothingElse() {
        gated.gate.keepBack(e -> true);
        RawClient ada = RawClient.login(gated.server, "ada", "faulty");
        try (SmackClient bob = SmackClient.login(gated.server, "bob", "desk"); RawClient other = RawClient.login(gated.server, "bob", "other")) {
            int links = gated.server.log().split("Linked to the engine", -1).length;
            ada.write(message("faulty") + message("good"));
            Deadline.await("both questions", GatedServer.LIMIT, () -> gated.gate.keptBack() == 2);
            other.write(message("of another"));
            Deadline.await("the other's question", GatedServer.LIMIT, () -> gated.gate.keptBack() == 3);
            try (RawClient successor = RawClient.login(gated.server, "ada", "faulty")) {
                gated.gate.letGoInReverse(); // so that one verdict lets both go on
                bob.inbox().takeBody("of another"); // which may be there before the next verdict is read
                bob.inbox().takeBody("good");
                assertThat(bob.inbox().bodies()).isEmpty();
                assertThat(gated.server.log()).contains("this module is faulty");
                assertThat(gated.server.log().split("Linked to the engine", -1)).hasSize(links);
            }
        } finally {
            ada.close();
        }
    }
}
