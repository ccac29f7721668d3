package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveConfig;
import im.chancery.archive.Archives;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;

/** How an engine starts again: with much in its archive, beside another one, with a bad config, with what a killed one has left. */
@Tag("prosody") // the engine is asked over the link, by no host
class RestartIT {
    private static final int RECORDS = Boolean.getBoolean("chancery.long") ? 1_000_000 : 100_000;
    private static final int AT_ONCE = 8_000;
    private static final Duration END_LIMIT = Duration.ofSeconds(60);

    @Test
    void anEngineWithALargeArchiveStartsAndTheLogGoesOn() {
        try (EngineFolder folder = EngineFolder.make()) {
            long size = fill(folder);
            long began = System.nanoTime();
            folder.engine().start();
            System.out.printf("start to ready with %,d records: %d ms%n", size, Duration.ofNanos(System.nanoTime() - began).toMillis());
            long next;
            try (LinkClient link = LinkClient.connect(folder.socket())) {
                next = index(link.ask(1, "ada@localhost/a", "boris@localhost", "after the start"));
                assertThat(next).isGreaterThanOrEqualTo(size);
                assertThat(index(link.ask(2, "ada@localhost/a", "boris@localhost", "and on"))).isGreaterThan(next);
            }
            folder.engine().stop();
            EngineFolder.Result verified = folder.verify("--records");
            assertThat(verified.code()).as(verified.text()).isZero();
            long verifiedSize = Long.parseLong(verified.text().replaceFirst("(?s).*consistent up to size (\\d+).*", "$1"));
            assertThat(verifiedSize).isGreaterThan(next + 1);
            assertThat(verified.text()).contains("records: " + verifiedSize + " stored and in the log");
        }
    }

    private static long index(LinkClient.Verdict verdict) {
        assertThat(verdict.allowed()).isTrue();
        return Long.parseLong(verdict.record().replace("node1/", ""));
    }

    /** Appends many attempts, handed on, and gives the log's size. */
    private static long fill(EngineFolder folder) {
        ArchiveConfig config = ArchiveConfig.derby("node1", folder.data(), folder.keys(), () -> folder.password().toCharArray()).withQueue(2 * AT_ONCE); // one sender may not fill it
        try (Archive archive = Archives.open(config, Clock.systemUTC())) {
            Set<BareJid> people = Set.of(JidCreate.bareFromOrThrowUnchecked("ada@localhost"), JidCreate.bareFromOrThrowUnchecked("boris@localhost"));
            NewRecord record = NewRecord.of(RecordType.ATTEMPT, "default", people, Optional.empty(),
                    Map.of(Fields.FROM, "ada@localhost/a", Fields.TO, "boris@localhost", Fields.KIND, "message", Fields.EFFECT, "allow"),
                    "<message xmlns='jabber:client'><body>" + "as long as messages are ".repeat(10) + "</body></message>");
            for (int done = 0; done < RECORDS; done += AT_ONCE) {
                List<CompletableFuture<RecordId>> appended = new ArrayList<>();
                for (int i = 0; i < AT_ONCE; i++) {
                    appended.add(archive.append(record).toCompletableFuture());
                }
                appended.forEach(each -> archive.outcome(each.join(), Outcome.HANDED_ON));
            }
            archive.integrate();
            return archive.status().committed();
        }
    }

    @Test
    void aSecondEngineOnTheSameFolderIsRefused() {
        try (EngineFolder folder = EngineFolder.make(); EngineProcess second = new EngineProcess(folder.config(), () -> false)) {
            folder.engine().start();
            second.launch();
            assertThat(second.awaitExit(END_LIMIT)).isEqualTo(1);
            assertThat(second.log()).contains("The engine can't start: folder " + folder.data() + ": another engine is using it");
            try (LinkClient link = LinkClient.connect(folder.socket())) {
                assertThat(link.ask(1, "ada@localhost/a", "boris@localhost", "to the first").allowed()).isTrue();
            }
        }
    }

    @Test
    void aBadConfigIsRefusedAndChangesNothing() throws IOException {
        try (EngineFolder folder = EngineFolder.make()) {
            String good = Files.readString(folder.config());
            refused(folder, good);
            assertThat(folder.data()).as("data folder of an engine that never ran").isEmptyDirectory();
            assertThat(folder.keys()).isEmptyDirectory();
            folder.engine().start();
            folder.engine().stop();
            SortedMap<String, String> data = Folders.hashes(folder.data());
            SortedMap<String, String> keys = Folders.hashes(folder.keys());
            SortedMap<String, String> checkpoints = Folders.hashes(folder.sink().getParent());
            refused(folder, good);
            assertThat(Folders.hashes(folder.data())).isEqualTo(data).isNotEmpty();
            assertThat(Folders.hashes(folder.keys())).isEqualTo(keys).isNotEmpty();
            assertThat(Folders.hashes(folder.sink().getParent())).isEqualTo(checkpoints).isNotEmpty();
            folder.engine().start();
        }
    }

    @Test
    void aConfigWithoutALinkIsRefusedBeforeAnythingIsOpened() throws IOException {
        try (EngineFolder folder = EngineFolder.make()) {
            String said = refusal(folder, Files.readString(folder.config()).replaceFirst("(?m)^link: .*\n", ""));
            assertThat(said).isEqualTo(folder.config() + ":1:1: link: found nothing; "
                    + "allowed: a map with listen: unix:PATH or tcp:127.0.0.1:PORT; with Prosody it must be there\n");
            assertThat(folder.data()).isEmptyDirectory();
            assertThat(folder.keys()).isEmptyDirectory();
        }
    }

    /** Starts it with two mistakes in the config, then puts the good one back. */
    private static void refused(EngineFolder folder, String good) throws IOException {
        String bad = good.replace("period: 90 days", "period: 90").replace("barriers:", "bariers:");
        String said = refusal(folder, bad);
        assertThat(said).contains(place(folder, bad, "bariers"), "'bariers'", "barriers", place(folder, bad, "90}"), "found the number 90");
        Files.writeString(folder.config(), good);
    }

    /** What it says of a config that it refuses. */
    private static String refusal(EngineFolder folder, String bad) throws IOException {
        Files.writeString(folder.config(), bad);
        int before = folder.engine().log().length();
        folder.engine().launch();
        assertThat(folder.engine().awaitExit(END_LIMIT)).as("EX_CONFIG of sysexits.h").isEqualTo(78);
        return folder.engine().log().substring(before);
    }

    /** {@code FILE:LINE:COLUMN} of the first such text. */
    private static String place(EngineFolder folder, String config, String text) {
        String above = config.substring(0, config.indexOf(text));
        return folder.config() + ":" + (1 + above.chars().filter(c -> c == '\n').count()) + ":" + (above.length() - above.lastIndexOf('\n'));
    }

    @Test
    void aSocketThatAKilledEngineHasLeftIsTakenOver() {
        try (EngineFolder folder = EngineFolder.make()) {
            folder.engine().start();
            folder.engine().kill();
            assertThat(folder.socket()).exists();
            folder.engine().start();
            try (LinkClient link = LinkClient.connect(folder.socket())) {
                assertThat(link.ask(1, "ada@localhost/a", "boris@localhost", "hello again").allowed()).isTrue();
            }
        }
    }

    @Test
    void aSocketOnWhichAnotherListensIsLeftAlone() throws IOException {
        UnixDomainSocketAddress address;
        try (EngineFolder folder = EngineFolder.make();
                ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            address = UnixDomainSocketAddress.of(folder.socket());
            other.bind(address);
            folder.engine().launch();
            assertThat(folder.engine().awaitExit(END_LIMIT)).isEqualTo(1);
            assertThat(folder.engine().log()).contains("another process listens on " + folder.socket());
            try (SocketChannel still = SocketChannel.open(address)) {
                assertThat(still.isConnected()).isTrue();
            }
        }
    }
}
