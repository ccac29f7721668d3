package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jivesoftware.smack.packet.Presence;
import org.jivesoftware.smack.packet.Stanza;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The config file changes while server, engine and clients go on. */
class ConfigChangeIT {
    private static final String REASON = "Research and the Office may not exchange messages any more.";
    private static final String WALL = "  - {name: later-wall, from: {departments: [research]}, to: {departments: [office]}, reason: \"" + REASON + "\"}\n";
    private static final String IN_FORCE = "another config is in force (by ";
    private static final String REFUSED = "the config file is refused (by ";
    private static final Duration LIMIT = Duration.ofSeconds(15);
    /** A file is left alone for two seconds before it is taken: a writer that pauses less is not done. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(150);

    private static Deployment chancery;
    private static String first;

    @BeforeAll
    static void start() throws IOException {
        chancery = Deployment.start();
        first = Files.readString(chancery.config());
    }

    @AfterAll
    static void stop() {
        chancery.close();
    }

    @AfterEach
    void backToTheFirst() throws IOException {
        Files.writeString(chancery.config(), first);
        chancery.admin().administratorRuns("config", "reload");
    }

    private static String walled() {
        return first.replace("barriers:\n", "barriers:\n" + WALL);
    }

    private static void rename(String text) throws IOException {
        Path other = Files.writeString(chancery.home().resolve("new.yaml"), text);
        Files.move(other, chancery.config(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static int logged(String what) {
        return chancery.engineLog().split(java.util.regex.Pattern.quote(what), -1).length - 1;
    }

    private static void awaitLogged(String what, int times) {
        Deadline.await(what, LIMIT, () -> logged(what) >= times);
    }

    private static SmackClient login(String who) {
        return SmackClient.login(chancery.server(), who, "desk");
    }

    private static void talks(SmackClient sender, SmackClient recipient, String body) {
        String id = sender.chat(recipient.jid().asBareJid().toString(), body);
        recipient.inbox().takeBody(body);
        Expect.handedOn(chancery, sender, id);
    }

    private static void sees(SmackClient client, String words) {
        client.inbox().take("presence «" + words + "»", (Stanza stanza) -> stanza.toXML().toString().contains(words));
    }

    @Test
    void aNewBarrierStandsWhileEverybodyStaysOnline() throws IOException {
        int before = logged(IN_FORCE);
        try (SmackClient ada = login("ada"); SmackClient emma = login("emma")) {
            talks(ada, emma, "before the wall");
            rename(walled());
            awaitLogged(IN_FORCE, before + 1);
            assertThat(chancery.engineLog()).contains("(by file watch): barriers: added later-wall");
            assertThat(Expect.refused(chancery, ada, ada.chat("emma@localhost", "across the wall"), REASON).get("rules").toString()).contains("later-wall");
            Expect.refused(chancery, emma, emma.chat("ada@localhost", "across the wall, back"), REASON);
            Expect.nowhere(chancery, "across the wall", ada, emma);
            rename(first);
            awaitLogged(IN_FORCE, before + 2);
            talks(emma, ada, "the wall is gone");
        }
    }

    @Test
    void presenceAndGoodbyesStopAtANewWall() throws IOException {
        try (SmackClient ada = login("ada"); SmackClient emma = login("emma")) {
            emma.subscribeTo(ada);
            ada.presence(Presence.Type.available, null, "seen by all");
            sees(emma, "seen by all");
            ada.presence(Presence.Type.available, emma.jid().toString(), "seen by emma");
            sees(emma, "seen by emma");
            Files.writeString(chancery.config(), walled());
            assertThat(chancery.admin().administratorRuns("config", "reload")).isEqualToIgnoringNewLines("Taken: barriers: added later-wall");
            ada.presence(Presence.Type.available, null, "words across the wall");
            ada.presence(Presence.Type.unavailable, emma.jid().toString(), "words across the wall at a goodbye");
            ada.roundTrip();
            emma.inbox().take("the goodbye itself", s -> s instanceof Presence p && p.getType() == Presence.Type.unavailable);
            Expect.notWith("words across the wall", emma);
        }
    }

    @Test
    void aWrongFileChangesNothingAndIsTold() throws IOException {
        int before = logged(IN_FORCE);
        int refused = logged(REFUSED);
        try (SmackClient ada = login("ada"); SmackClient emma = login("emma")) {
            rename(walled().replace("to: {departments: [office]}", "to: {departments: [ofice]}"));
            awaitLogged(REFUSED, refused + 1);
            assertThat(chancery.engineLog()).contains("barriers[0].to.departments[0]: allowed: ").doesNotContain("ofice");
            assertThat(chancery.admin().administratorRuns("status")).contains("configRefused").contains("ofice");
            talks(ada, emma, "as before");

            rename(walled().replace("name: node1", "name: node2"));
            assertThat(chancery.admin().administratorRuns("config", "reload")).contains("node.name: found a change").contains("restart the engine");
            talks(ada, emma, "as before, still");
            assertThat(logged(IN_FORCE)).isEqualTo(before);
        }
    }

    @Test
    void aFileThatIsBeingWrittenIsTakenWhenItIsWhole() throws IOException {
        int before = logged(IN_FORCE);
        int refused = logged(REFUSED);
        byte[] text = walled().getBytes(StandardCharsets.UTF_8);
        Files.write(chancery.config(), new byte[0]);
        for (int i = 0; i < text.length; i += text.length / 20) {
            Files.write(chancery.config(), java.util.Arrays.copyOfRange(text, i, Math.min(text.length, i + text.length / 20)), StandardOpenOption.APPEND);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        awaitLogged(IN_FORCE, before + 1);
        assertThat(logged(IN_FORCE)).isEqualTo(before + 1);
        assertThat(logged(REFUSED)).isEqualTo(refused);
    }

    @Test
    @Tag("prosody") // the engine in a Tigase is told by the command line: signals are its host's
    void aSignalHasTheFileTakenAtOnce() throws IOException {
        int before = logged(IN_FORCE);
        Files.writeString(chancery.config(), walled());
        chancery.engine().reload();
        awaitLogged(IN_FORCE + "signal)", 1);
        assertThat(logged(IN_FORCE)).isEqualTo(before + 1);
        try (SmackClient ada = login("ada")) {
            Expect.refused(chancery, ada, ada.chat("emma@localhost", "after the signal"), REASON);
        }
    }
}
