package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.core.Outcome;
import im.chancery.tests.contracts.PostgresServer;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Stops the host (SIGTERM) while many clients write and the archive's store stands still, so that each of them has messages held. Whatever was recorded has
 * one end, and it is the one that the record says: what was handed on has been received, or is at the recipient's next login. What a client was told by
 * XEP-0198 that the host has, it has received an end of.
 */
class StopIT {
    private static final int PAIRS = 20;
    private static final int WARM = 30;
    /** How many messages a client writes ahead of what is acknowledged. */
    private static final int AHEAD = 25;
    private static final List<String> FROM = List.of("ada", "boris", "clara", "emma");
    private static final List<String> TO = List.of("boris", "ada", "dmitri", "ada");
    private static final Pattern MESSAGE = Pattern.compile("<message([^>]*)>");
    private static final Pattern ID = Pattern.compile("\\bid='(s(\\d+)-(\\d+))'");
    private static final Pattern ACKNOWLEDGED = Pattern.compile("<a [^>]*h='(\\d+)'");

    private static PostgresServer postgres;
    private static String database;
    private static Deployment chancery;

    @BeforeAll
    static void start() throws Exception {
        postgres = PostgresServer.shared();
        database = postgres.newDatabaseUrl();
        Deployment.Node node = Deployment.Node.free("node1", "localhost").archivedIn(database, postgres.user(), Files.readString(postgres.password()));
        // whatever the machine does meanwhile, what is held has a verdict before the deadline: else its end may be unknown
        chancery = Deployment.start(node, new Certificates(), config -> config.replace("deadline: 5 s", "deadline: 30 s"), setup -> { });
    }

    @AfterAll
    static void stop() {
        chancery.close();
    }

    @Test
    void whatIsHeldWhenTheHostIsStoppedHasTheEndThatItsRecordSays() throws Exception {
        List<String> received = new ArrayList<>();
        List<Sender> senders = new ArrayList<>();
        List<RawClient> readers = TO.stream().distinct().map(StopIT::available).toList();
        try (Connection store = DriverManager.getConnection(database, postgres.user(), Files.readString(postgres.password())); Statement lock = store.createStatement()) {
            store.setAutoCommit(false);
            for (int i = 0; i < PAIRS; i++) {
                senders.add(new Sender(i));
            }
            Sender late = new Sender(PAIRS);
            senders.forEach(Sender::start);
            Deadline.await("a load", Inbox.LIMIT, () -> senders.stream().allMatch(s -> s.acknowledged() >= WARM));
            lock.execute("LOCK TABLE archive_record IN EXCLUSIVE MODE");
            Deadline.await("all have as much held as they write ahead", Inbox.LIMIT, () -> senders.stream().allMatch(Sender::isFull));
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(chancery.server()::stop);
            Deadline.await("it waits for what is held", Inbox.LIMIT, () -> isStopping(late));
            store.rollback();
            stopped.join();
            senders.add(late);
            senders.forEach(Sender::end);
            readers.forEach(reader -> received.add(reader.awaitEnd()));
        } finally {
            senders.forEach(s -> s.client.close());
            readers.forEach(RawClient::close);
        }
        chancery.recover();
        for (String who : Set.copyOf(TO)) {
            try (RawClient reader = available(who)) { // what the host has stored for later comes now
                received.add(reader.settled());
            }
        }
        check(delivered(received), senders);
        LogCheck.consistent(chancery, List.of(), "after the stop");
    }

    /** A Prosody says so; a Tigase logs nothing any more, but takes nothing new. */
    private static boolean isStopping(Sender late) {
        if (!chancery.server().host().holdsEngine()) {
            return chancery.server().log().contains("Waiting for verdicts");
        }
        late.writeOne();
        return late.client.received().contains("resource-constraint");
    }

    private static void check(List<String> delivered, List<Sender> senders) {
        Map<String, String> recorded = new HashMap<>();
        for (JsonNode attempt : chancery.admin().attempts()) {
            if (AdminClient.text(attempt, "stanzaId") != null) {
                assertThat(recorded.put(AdminClient.text(attempt, "stanzaId"), AdminClient.text(attempt, "effect") + " " + AdminClient.text(attempt, "outcome")))
                        .as("another record of " + attempt).isNull();
            }
        }
        Set<String> handedOn = recorded.entrySet().stream().filter(r -> r.getValue().equals("allow handed_on")).map(Map.Entry::getKey).collect(Collectors.toSet());
        assertThat(delivered).as("delivered, once each").doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(handedOn);
        assertThat(recorded.values()).as("each attempt's end").isSubsetOf("allow handed_on", "allow bounced");
        Set<String> refused = new HashSet<>();
        senders.forEach(s -> refused.addAll(ids(s.client.received(), true)));
        assertThat(refused).as("delivered and refused").doesNotContainAnyElementsOf(delivered);
        Set<String> ended = new HashSet<>(delivered);
        ended.addAll(refused);
        for (Sender sender : senders) {
            assertThat(delivered.stream().filter(id -> id.startsWith(sender.name)).map(Sender::number)).as("order of " + sender.name).isSorted();
            assertThat(ended).as("acknowledged and lost, of " + sender.name).containsAll(sender.ids(sender.acknowledged()));
        }
        System.out.printf("stop: %,d delivered, %,d refused, %,d recorded, %,d written, %,d acknowledged%n", delivered.size(), refused.size(), recorded.size(),
                senders.stream().mapToInt(s -> s.written).sum(), senders.stream().mapToInt(Sender::acknowledged).sum());
    }

    /** Streams end with the host, after what was held: whoever is in a room leaves it then. */
    @Test
    @Tag("prosody") // a Tigase's rooms end without that
    void goodbyesOfStreamsThatEndWithTheHostHaveTheirOutcome() {
        XmppSetup setup = XmppSetup.of("localhost", new Certificates()).people("ada").openRooms();
        try (GatedServer gated = GatedServer.start(setup); RawClient ada = RawClient.login(gated.server, "ada", "desk")) {
            ada.write("<presence to='tea@" + gated.server.roomDomain() + "/Ada'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
            ada.await("code='110'");
            gated.gate.keepBackText("unavailable");
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(gated.server::stop);
            ada.awaitEnd();
            Deadline.await("it waits for what becomes of the goodbye", GatedServer.LIMIT, () -> gated.server.log().contains("Waiting for verdicts on 1 stanzas"));
            gated.gate.letGo();
            stopped.join();
            Deadline.await("that", GatedServer.LIMIT, () -> gated.gate.outcomes("unavailable").equals(List.of(Outcome.HANDED_ON)));
        }
    }

    private static List<String> delivered(List<String> received) {
        return received.stream().flatMap(text -> ids(text, false).stream()).toList();
    }

    /** The ids of all messages of the load in a text: of errors, or of others. */
    private static List<String> ids(String text, boolean errors) {
        List<String> ids = new ArrayList<>();
        Matcher messages = MESSAGE.matcher(text);
        while (messages.find()) {
            Matcher id = ID.matcher(messages.group(1));
            if (messages.group(1).contains("type='error'") == errors && id.find()) {
                ids.add(id.group(1));
            }
        }
        return ids;
    }

    private static RawClient available(String who) {
        RawClient client = RawClient.login(chancery.server(), who, "stop");
        client.write("<presence/>");
        client.settled();
        return client;
    }

    /** A client that writes, always a little ahead of what is acknowledged. */
    private static final class Sender {
        private final String name;
        private final String to;
        private final RawClient client;
        private final AtomicBoolean ended = new AtomicBoolean();
        private final Thread thread = new Thread(this::write);
        private volatile int written;

        Sender(int number) {
            name = "s" + number + "-";
            to = TO.get(number % TO.size());
            client = RawClient.login(chancery.server(), FROM.get(number % FROM.size()), "load" + number);
            client.write("<enable xmlns='urn:xmpp:sm:3'/>");
            client.await("<enabled");
            client.forget();
        }

        void start() {
            thread.start();
        }

        private void write() {
            try {
                while (!ended.get()) {
                    Deadline.await("an acknowledgement", Inbox.LIMIT, () -> ended.get() || !isFull());
                    writeOne();
                }
            } catch (UncheckedIOException e) {
                ended.set(true); // its server is stopped under it
            }
        }

        void writeOne() {
            client.write("<message to='" + to + "@localhost' type='chat' id='" + name + written + "'><body>load</body></message><r xmlns='urn:xmpp:sm:3'/>");
            written++;
        }

        /** Waits for the end of its connection. */
        void end() {
            client.awaitEnd();
            ended.set(true);
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }

        boolean isFull() {
            return written - acknowledged() >= AHEAD;
        }

        /** How many of its messages the host has acknowledged. */
        int acknowledged() {
            String received = client.received();
            Matcher last = ACKNOWLEDGED.matcher(received);
            return last.find(Math.max(0, received.lastIndexOf("<a "))) ? Integer.parseInt(last.group(1)) : 0;
        }

        List<String> ids(int count) {
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                ids.add(name + i);
            }
            return ids;
        }

        static int number(String id) {
            return Integer.parseInt(id.replaceFirst(".*-", ""));
        }
    }
}
