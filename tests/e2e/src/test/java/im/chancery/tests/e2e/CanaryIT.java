package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.ArchiveCopy;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.Archives;
import im.chancery.core.RecordId;
import im.chancery.host.prosody.ProsodyEngine;
import im.chancery.tests.e2e.EngineFolder.Duty;
import im.chancery.tests.e2e.EngineFolder.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jivesoftware.smack.SmackException;
import org.jivesoftware.smack.XMPPException;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smackx.muc.MultiUserChat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * P7 and P6 on a real server: what people say, to whom, where, and why it is held is in no file of the data and key folders;
 * and what was destroyed can't be had again, not from a backup either, while what is held can.
 */
class CanaryIT {
    private static final String SAID = "the heron lands at midnight 8841";
    private static final String CORRECTED = "the heron lands at noon 8842";
    private static final String REFUSED = "the heron wants in 8843";
    private static final String IN_ROOM = "the heron is in the room 8844";
    private static final String SUBJECT = "subject of herons 8845";
    private static final String HELD = "the heron is held 8846";
    private static final String MATTER = "matter of the heron 8847";
    private static final String PERSON = "heronperson@localhost";
    private static final String CUSTODIAN = "heroncustodian@localhost";
    private static final String ROOM = "heronroom@conference.localhost";
    private static final List<String> CONTENT = List.of(SAID, CORRECTED, REFUSED, IN_ROOM, SUBJECT, HELD, MATTER);
    private static final List<String> ADDRESSES = List.of("heronperson", "heroncustodian", "heronroom");
    private static final Canaries CANARIES = new Canaries(concat(CONTENT, ADDRESSES));
    private static final Path TEST_CLASSES = Path.of("target/test-classes").toAbsolutePath();
    private static final Duration RUN_LIMIT = Duration.ofSeconds(60);

    @TempDir
    private Path place;

    @Test
    void nothingIsPlainAtRestAndWhatWasDestroyedIsGone() throws IOException {
        theSearchFindsWhatItLooksFor();
        try (EngineFolder folder = EngineFolder.make("""
                  - {jid: heronperson@localhost, department: research}
                  - {jid: heroncustodian@localhost, department: research}
                  - {jid: boris@localhost, department: research}
                  - {jid: clara@localhost, department: trading}
                """, "1 day")) {
            String personHold;
            List<String> free;
            String held;
            folder.engine().under("env", "CHANCERY_LOG_LEVEL=DEBUG");
            try (Installation installation = Installation.start(XmppSetup.of("localhost", new Certificates())
                    .people("heronperson", "heroncustodian", "boris", "clara").prosody(p -> p.roomModules("muc_mam")).verbose(), folder.engine())) {
                personHold = speak(folder, installation);
                free = ids(folder, PERSON);
                held = ids(folder, CUSTODIAN).get(0);
                assertThat(free).hasSizeGreaterThanOrEqualTo(6).doesNotContain(held);
                nothingPlain(folder, "while it runs");
                installation.crash();
                nothingPlain(folder, "after kill -9");
                installation.recover();
                installation.stop();
                nothingPlain(folder, "after a clean stop");
            }
            Path backup = place.resolve("backup");
            Folders.copy(folder.data(), backup);
            Path seen = Files.copy(folder.sink(), place.resolve("seen"));

            dispose(folder, personHold);
            goneAndHeld(folder, free, held);
            folder.engine().stop();
            nothingPlain(folder, "after disposition");
            theLogStillVerifies(folder, seen);
            theBackupOpensWhatIsHeldOnly(folder, backup, free, held);
            aRollbackIsFound(folder, backup);
        }
    }

    private void theSearchFindsWhatItLooksFor() throws IOException {
        List<byte[]> forms = new ArrayList<>(List.of(("a" + PERSON).getBytes(StandardCharsets.UTF_8), SAID.getBytes(StandardCharsets.UTF_16BE),
                SUBJECT.getBytes(StandardCharsets.UTF_16LE)));
        for (String before : List.of("", "a", "ab")) {
            forms.add(Base64.getEncoder().encode((before + MATTER + "and more").getBytes(StandardCharsets.UTF_8)));
        }
        Path folder = Files.createDirectory(place.resolve("search"));
        for (byte[] form : forms) {
            Files.write(folder.resolve("file"), form);
            assertThat(CANARIES.in(folder)).hasSize(1);
        }
        Files.writeString(folder.resolve("file"), "the heron");
        assertThat(CANARIES.in(folder)).isEmpty();
        Files.move(folder.resolve("file"), folder.resolve("heronroom"));
        assertThat(CANARIES.in(folder)).as("a file's name").hasSize(1);
    }

    /** People talk, and two holds are placed. Gives the id of the one that is going to be released. */
    private static String speak(EngineFolder folder, Installation installation) {
        XmppServer server = installation.server();
        try (SmackClient person = SmackClient.login(server, "heronperson", "one"); SmackClient boris = SmackClient.login(server, "boris", "one");
                SmackClient custodian = SmackClient.login(server, "heroncustodian", "one")) {
            talk(person, boris);
            inRoom(person, boris);
            custodian.chat("boris@localhost", HELD);
            boris.inbox().takeBody(HELD);
        }
        String hostLog = ownLines(server.log());
        assertThat(hostLog).as("Chancery's lines in the host's log").isNotEmpty();
        assertThat(concat(CONTENT, folder.secrets())).noneMatch(hostLog::contains);
        hold(folder, CUSTODIAN);
        String personHold = hold(folder, PERSON);
        String log = installation.engineLog();
        assertThat(concat(CONTENT, folder.secrets())).as("content and secrets in the engine's log, at any level").noneMatch(log::contains);
        return personHold;
    }

    private static void talk(SmackClient person, SmackClient boris) {
        String first = person.chat("boris@localhost", SAID);
        boris.inbox().takeBody(SAID);
        person.chat("boris@localhost", CORRECTED, "<replace xmlns='urn:xmpp:message-correct:0' id='" + first + "'/>");
        boris.inbox().takeBody(CORRECTED);
        person.chat("boris@localhost", "retracted", "<retract xmlns='urn:xmpp:message-retract:1' id='" + first + "'/>");
        boris.inbox().takeBody("retracted");
        person.inbox().takeErrorOf(person.chat("clara@localhost", REFUSED));
        boris.chat(PERSON, SAID);
        person.inbox().takeBody(SAID);
    }

    private static void inRoom(SmackClient person, SmackClient boris) {
        MultiUserChat room = person.enter(ROOM, "nick");
        boris.enter(ROOM, "other");
        try {
            room.changeSubject(SUBJECT);
        } catch (SmackException | XMPPException e) {
            throw new AssertionError("the subject can't be changed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        boris.inbox().takeMessage("the subject", m -> SUBJECT.equals(m.getSubject()));
        person.groupChat(ROOM, IN_ROOM);
        boris.inbox().takeBody(IN_ROOM);
        person.send(person.message().to(SmackClient.jid(ROOM + "/other")).ofType(Message.Type.chat).setBody(SAID));
        boris.inbox().takeBody(SAID);
    }

    private static String ownLines(String log) {
        return String.join("\n", log.lines().filter(line -> line.contains("chancery")).toList());
    }

    private static String hold(EngineFolder folder, String custodian) {
        Result created = folder.cli(Duty.RECORDS_OFFICER, "hold", "create", "--matter", MATTER, "--custodian", custodian);
        assertThat(created.code()).as(created.text()).isZero();
        return created.text().replaceFirst("(?s)Hold (\\S+) covers.*", "$1");
    }

    /** The ids of all attempts with somebody. */
    private static List<String> ids(EngineFolder folder, String person) {
        Result found = folder.cli(Duty.READER, "records", "--with", person, "--json");
        assertThat(found.code()).as(found.text()).isZero();
        List<String> ids = new ArrayList<>();
        for (JsonNode record : JsonMapper.shared().readTree(found.text()).path("records")) {
            if ("message".equals(record.path("kind").asString())) {
                ids.add(record.path("id").asString());
            }
        }
        return ids;
    }

    private static void nothingPlain(EngineFolder folder, String when) {
        assertThat(new Canaries(List.of("derby.storage")).in(folder.data())).as("the search reads the database's files").isNotEmpty();
        assertThat(CANARIES.in(folder.data(), folder.keys(), folder.sink().getParent())).as(when).isEmpty();
    }

    /** Some days later: the daily run finds all of it held; then one hold is released, and an officer disposes. */
    private static void dispose(EngineFolder folder, String personHold) {
        int before = folder.engine().log().length();
        folder.engine().under().with(LaterEngine.class, TEST_CLASSES).start();
        Deadline.await("the daily run is over", RUN_LIMIT, () -> folder.engine().log().substring(before).contains("daily run: "));
        Result released = folder.cli(Duty.RECORDS_OFFICER, "hold", "release", personHold);
        assertThat(released.code()).as(released.text()).isZero();
        Result disposed = folder.cli(Duty.RECORDS_OFFICER, "dispose", "--due");
        assertThat(disposed.code()).as(disposed.text()).isZero();
        assertThat(disposed.text()).contains("chancery.im/certificate/v1", "origin node1", "bucket default/", "schedule default: 1 day",
                "approved-by test records-officer", "key-copies-gone ");
        assertThat(new Canaries(concat(CONTENT, ADDRESSES)).in(folder.data())).isEmpty();
        String log = folder.engine().log().substring(before);
        assertThat(concat(concat(CONTENT, ADDRESSES), folder.secrets())).as("addresses, content and secrets in the engine's log").noneMatch(log::contains);
    }

    private static void goneAndHeld(EngineFolder folder, List<String> free, String held) {
        for (String id : free) {
            Result shown = folder.cli(Duty.READER, "record", "show", id);
            assertThat(shown.code()).as(shown.text()).isNotZero();
            assertThat(shown.text()).contains("was destroyed");
            assertThat(CONTENT).noneMatch(shown.text()::contains);
        }
        assertThat(ids(folder, PERSON)).isEmpty();
        Result shown = folder.cli(Duty.READER, "record", "show", held);
        assertThat(shown.code()).as(shown.text()).isZero();
        assertThat(shown.text()).contains(HELD);
    }

    private static void theLogStillVerifies(EngineFolder folder, Path seen) {
        Result verified = folder.verify("--records", "--seen", seen.toString(), "--seen", folder.sink().toString());
        assertThat(verified.code()).as(verified.text()).isZero();
        assertThat(verified.text()).contains("consistent up to size", "leaves certified as destroyed");
        assertThat(verified.text()).doesNotContain(" 0 leaves certified");
    }

    private void theBackupOpensWhatIsHeldOnly(EngineFolder folder, Path backup, List<String> free, String held) {
        Path data = place.resolve("restored");
        Path keys = place.resolve("keys-of-today");
        Folders.copy(backup, data);
        Folders.copy(folder.keys(), keys);
        ArchiveConfig config = ArchiveConfig.derby("node1", data, keys, () -> folder.password().toCharArray());
        assertThatThrownBy(() -> Archives.open(config, Clock.systemUTC())).isInstanceOf(ArchiveException.class)
                .hasMessageContaining("older than what this node has signed");
        try (ArchiveCopy archive = Archives.openToRead(config)) {
            assertThat(archive.open(RecordId.parse(held)).orElseThrow().record().content()).contains(HELD);
            for (String id : free) {
                RecordId record = RecordId.parse(id);
                assertThatThrownBy(() -> archive.open(record)).as(id).isInstanceOf(ArchiveException.class);
            }
        }
        assertThat(CANARIES.in(data, keys)).isEmpty();
    }

    /** The database alone is found by the engine; log and database together by what the key folder has of it, and by an auditor. */
    private void aRollbackIsFound(EngineFolder folder, Path backup) {
        Result alone = EngineFolder.verify(backup, "--records");
        assertThat(alone.code()).as("the backup by itself: " + alone.text()).isZero();
        Result against = EngineFolder.verify(backup, "--records", "--seen", folder.sink().toString());
        assertThat(against.code()).as(against.text()).isEqualTo(1);
        assertThat(against.text()).contains("or the log was rolled back");

        Folders.delete(folder.data().resolve("db"));
        Folders.copy(backup.resolve("db"), folder.data().resolve("db"));
        int before = folder.engine().log().length();
        folder.engine().with(XmppHost.chosen().holdsEngine() ? LaterEngine.class : ProsodyEngine.class, TEST_CLASSES).launch();
        assertThat(folder.engine().awaitExit(RUN_LIMIT)).isEqualTo(1);
        assertThat(folder.engine().log().substring(before)).contains("the log is ahead of the database, which has lost records");

        Folders.delete(folder.data());
        Folders.copy(backup, folder.data());
        before = folder.engine().log().length();
        folder.engine().launch();
        assertThat(folder.engine().awaitExit(RUN_LIMIT)).isEqualTo(1);
        assertThat(folder.engine().log().substring(before)).contains("the data folder is older than what this node has signed");
    }

    private static List<String> concat(List<String> some, List<String> more) {
        List<String> all = new ArrayList<>(some);
        all.addAll(more);
        return List.copyOf(all);
    }
}
