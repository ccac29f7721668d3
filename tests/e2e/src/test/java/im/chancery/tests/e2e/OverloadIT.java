package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.tests.contracts.PostgresServer;
import java.net.InetAddress;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The archive's store takes a hundred records a second, and some send as fast as they can: people of the house, those of a federated partner, or one person. What
 * waits stays within its bounds; what doesn't fit is refused; others, who send one message at a time, aren't refused for it. Each message has one end. When the
 * store is quick again everything goes on, without a restart.
 */
class OverloadIT {
    private static final String HOUSE = "house.test";
    private static final String PARTNER = "partner.test";
    private static final int MAX_HELD = 4 << 20;
    private static final int QUEUE = 300;
    private static final int SHORT = 100;
    private static final boolean IN_HOST = XmppHost.chosen().holdsEngine();
    /** So long that what may be held is used up, which is less of a stream in a Tigase, before the queue is. */
    private static final int LONG = (IN_HOST ? 16 : 24) << 10;
    private static final int WARM = 20;
    private static final int OF_OTHERS = 4;
    private static final Duration END_LIMIT = Duration.ofSeconds(30);
    private static final Duration FLOOD_LIMIT = Duration.ofSeconds(60);

    /** A message's attributes, or an error's condition. */
    private static final Pattern TAG = Pattern.compile("<message([^>]*)>|<([a-z-]+) xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'");
    private static final Pattern ID = Pattern.compile("\\bid='((m\\d+-)\\d+)'");
    private static final AtomicInteger SENDERS = new AtomicInteger();

    private final Map<String, Ear> recipients = new HashMap<>();

    private static Connection store;
    private static Deployment house;
    private static XmppServer partner;

    @BeforeAll
    static void start() throws Exception {
        PostgresServer postgres = PostgresServer.shared();
        String database = postgres.newDatabaseUrl();
        String password = Files.readString(postgres.password());
        Certificates authority = new Certificates();
        InetAddress partnerAddress = XmppServer.freeAddress();
        Deployment.Node node = Deployment.Node.free("node1", HOUSE).archivedIn(database, postgres.user(), password);
        house = Deployment.start(node, authority, OverloadIT::withLittleRoom, setup -> setup.federatesWith(PARTNER, partnerAddress.getHostAddress()));
        partner = XmppServer.start(XmppSetup.of(PARTNER, authority).people("pat", "quinn", "rosa").address(partnerAddress.getHostAddress())
                .federatesWith(HOUSE, node.address()));
        store = DriverManager.getConnection(database, postgres.user(), password);
        takesPerRecord(0);
        execute("CREATE TRIGGER slow BEFORE INSERT ON archive_record FOR EACH ROW EXECUTE FUNCTION slow()");
    }

    @AfterAll
    static void stop() throws SQLException {
        store.close();
        partner.close();
        house.close();
    }

    private static String withLittleRoom(String config) {
        // whatever the machine does meanwhile, what has a place has its verdict before the deadline
        return config.replace("deadline: 5 s", "deadline: 20 s").replace("max-held: 64 MiB", "max-held: 4 MiB").replace("archive:\n", "archive:\n  queue: " + QUEUE + "\n")
                + "partners: [{domain: " + PARTNER + "}]\n";
    }

    /** From now on a record takes the store so many seconds. */
    private static void takesPerRecord(double seconds) throws SQLException {
        execute("CREATE OR REPLACE FUNCTION slow() RETURNS trigger AS $$ BEGIN " + (seconds > 0 ? "PERFORM pg_sleep(" + seconds + ");" : "")
                + " RETURN NEW; END $$ LANGUAGE plpgsql");
    }

    private static void execute(String sql) throws SQLException {
        try (Statement statement = store.createStatement()) {
            statement.execute(sql);
        }
    }

    @AfterEach
    void quickAgain() throws SQLException {
        takesPerRecord(0);
        recipients.values().forEach(recipient -> recipient.client.close());
    }

    @Test
    void aFloodOfThisHouseStarvesNobody() throws Exception {
        overload(flood(IN_HOST ? 10 : 24, 20, LONG, "ada@house.test boris@house.test", "boris@house.test ada@house.test"));
    }

    @Test
    void aFloodOfAPartnerStarvesNobody() throws Exception {
        overload(flood(24, 20, SHORT, "pat@partner.test quinn@partner.test", "boris@house.test ada@house.test"));
    }

    @Test
    void aFloodOfOnePersonStarvesNobody() throws Exception {
        overload(flood(24, 20, SHORT, "ada@house.test", "boris@house.test"));
    }

    /** @param from bare addresses, which take turns with their streams, each writing to the one of the same place in {@code to} */
    private List<Sender> flood(int streams, int ahead, int bytes, String from, String to) {
        String[] people = from.split(" ");
        return IntStream.range(0, streams).mapToObj(i -> new Sender(people[i % people.length], to.split(" ")[i % people.length], ahead, bytes)).toList();
    }

    private void overload(List<Sender> flood) throws Exception {
        long before = house.admin().attempts().size();
        int bytes = flood.get(0).bytes;
        List<Sender> others = List.of(new Sender("clara@house.test", "dmitri@house.test", 1, bytes), new Sender("emma@house.test", "rosa@partner.test", 1, bytes),
                new Sender("rosa@partner.test", "emma@house.test", 1, bytes));
        List<Sender> all = Stream.concat(flood.stream(), others.stream()).toList();
        try {
            all.forEach(sender -> sender.say(WARM)); // connects the servers, and warms them up
            assertThat(refused(all)).isEmpty();
            takesPerRecord(0.01);
            List<CompletableFuture<Void>> flooding = flood.stream().map(sender -> run(sender::flood)).toList();
            Deadline.await("refusals", FLOOD_LIMIT, () -> flood.stream().allMatch(Sender::isPushedBack));
            List<CompletableFuture<Void>> meanwhile = others.stream().map(sender -> run(sender::sayInTurn)).toList();
            while (!meanwhile.stream().allMatch(CompletableFuture::isDone)) {
                staysWithinBounds(bytes);
            }
            meanwhile.forEach(CompletableFuture::join);
            takesPerRecord(0);
            flood.forEach(sender -> sender.stopped = true);
            flooding.forEach(CompletableFuture::join);
            Deadline.await("nothing is held", Inbox.LIMIT, () -> house.admin().metric("chancery_held_stanzas") == 0);
            int refused = refused(all).size();
            all.forEach(sender -> sender.say(1));
            assertThat(refused(all)).as("once the store is quick again").hasSize(refused);
            check(all, others, before);
        } finally {
            all.forEach(Sender::close);
        }
    }

    private static void staysWithinBounds(int bytes) {
        AdminClient admin = house.admin();
        assertThat(admin.metric("chancery_archive_queue_records")).isLessThanOrEqualTo(admin.metric("chancery_archive_queue_limit_records"));
        assertThat(admin.metric("chancery_held_stanzas") * bytes).isLessThanOrEqualTo(MAX_HELD);
    }

    private static List<String> refused(List<Sender> of) {
        return of.stream().flatMap(sender -> sender.own.ids(true).stream()).toList();
    }

    private static void check(List<Sender> all, List<Sender> others, long before) {
        List<String> delivered = all.stream().map(sender -> sender.recipient).distinct().flatMap(ear -> ear.ids(false).stream()).toList();
        List<String> refused = refused(all);
        Set<String> ended = new HashSet<>(delivered);
        ended.addAll(refused);
        assertThat(ended).as("each has one end").hasSize(delivered.size() + refused.size()).hasSize(all.stream().mapToInt(sender -> sender.written).sum());
        if (!IN_HOST) { // a bare Tigase reorders under load
            all.forEach(sender -> assertThat(delivered.stream().filter(sender::wrote).map(Sender::number)).as("order of " + sender.name).isSorted());
        }
        assertThat(refused(others)).as("of those who don't flood").isEmpty();
        all.forEach(sender -> assertThat(sender.own.conditions).as("why").isSubsetOf("resource-constraint", "text"));
        Map<String, String> recorded = Deadline.awaitValue("all outcomes", Inbox.LIMIT, () -> Optional.of(recorded(before)).filter(r -> !r.containsValue("allow null")));
        assertThat(recorded.entrySet().stream().filter(r -> r.getValue().equals("allow handed_on")).map(Map.Entry::getKey)).as("delivered and recorded")
                .containsExactlyInAnyOrderElementsOf(delivered);
        assertThat(recorded.values()).isSubsetOf("allow handed_on", "allow bounced");
        System.out.printf("overload: %,d delivered, %,d refused, %,d recorded, others waited for at most %.1f s%n", delivered.size(), refused.size(), recorded.size(),
                others.stream().mapToLong(sender -> sender.longest).max().orElseThrow() / 1e9);
    }

    /** By stanza id, what was decided and what became of it, of all attempts but so many. */
    private static Map<String, String> recorded(long before) {
        return house.admin().attempts().stream().skip(before).filter(a -> AdminClient.text(a, "stanzaId") != null)
                .collect(Collectors.toMap(a -> AdminClient.text(a, "stanzaId"), a -> AdminClient.text(a, "effect") + " " + AdminClient.text(a, "outcome")));
    }

    /** A client that writes messages and waits for the end of each. For one thread at a time. */
    private final class Sender {
        private final String name = "m" + SENDERS.incrementAndGet() + "-";
        private final String to;
        private final int ahead;
        private final int bytes;
        private final Ear own;
        private final Ear recipient;
        private volatile boolean stopped;
        private volatile int written;
        private volatile long longest;

        /** @param ahead how many messages it writes at a time */
        Sender(String from, String to, int ahead, int bytes) {
            this.to = to;
            this.ahead = ahead;
            this.bytes = bytes;
            own = new Ear(from, name);
            recipient = recipients.computeIfAbsent(to, address -> new Ear(address, "desk"));
        }

        private void write() {
            own.client.write("<message to='" + to + "/desk' type='chat' id='" + name + written++ + "'><body>" + "x".repeat(bytes) + "</body></message>");
        }

        private int waiting() {
            return written - own.count(name) - recipient.count(name);
        }

        private void awaitEnds() {
            Deadline.await("an end of each of " + name, END_LIMIT, () -> waiting() == 0);
        }

        /** Writes some at once, and waits for their ends. */
        void say(int count) {
            for (int i = 0; i < count; i++) {
                write();
            }
            awaitEnds();
        }

        /** Writes some, one after the other. */
        void sayInTurn() {
            for (int i = 0; i < OF_OTHERS; i++) {
                long began = System.nanoTime();
                say(1);
                longest = Math.max(longest, System.nanoTime() - began);
            }
        }

        /** Writes one after the other, whatever becomes of them, as long as not too many have no end yet; until it is stopped. */
        void flood() {
            Deadline.await("the flood's end", FLOOD_LIMIT, () -> {
                if (waiting() < ahead) {
                    write();
                }
                return stopped;
            });
            awaitEnds();
        }

        /** Whether it has had refusals, or as many wait as it writes ahead. */
        boolean isPushedBack() {
            return !own.ids(true).isEmpty() || waiting() >= ahead;
        }

        boolean wrote(String id) {
            return id.startsWith(name);
        }

        static int number(String id) {
            return Integer.parseInt(id.substring(id.indexOf('-') + 1));
        }

        void close() {
            stopped = true;
            own.client.close();
        }
    }

    private static CompletableFuture<Void> run(Runnable work) {
        CompletableFuture<Void> over = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                work.run();
                over.complete(null);
            } catch (RuntimeException | Error e) {
                over.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return over;
    }

    /** What one client gets: the ids of the load's messages, in order. Safe for many threads. */
    private static final class Ear {
        private final RawClient client;
        private final List<String> delivered = new ArrayList<>();
        private final List<String> refused = new ArrayList<>();
        private final Map<String, Integer> bySender = new HashMap<>();
        private final Set<String> conditions = new HashSet<>();
        private String rest = "";

        Ear(String address, String resource) {
            String[] parts = address.split("@");
            client = RawClient.login(parts[1].equals(HOUSE) ? house.server() : partner, parts[0], resource);
        }

        /** The ids of all messages so far: of errors, or of others. */
        synchronized List<String> ids(boolean errors) {
            listen();
            return List.copyOf(errors ? refused : delivered);
        }

        /** How many of a sender's there are. */
        synchronized int count(String sender) {
            listen();
            return bySender.getOrDefault(sender, 0);
        }

        private void listen() {
            rest += client.take();
            Matcher tags = TAG.matcher(rest);
            int read = 0;
            while (tags.find()) {
                if (tags.group(2) != null) {
                    conditions.add(tags.group(2));
                } else {
                    note(tags.group(1));
                }
                read = tags.end();
            }
            rest = rest.substring(Math.max(read, rest.lastIndexOf('<'))); // what isn't all there yet
        }

        private void note(String attributes) {
            Matcher id = ID.matcher(attributes);
            if (id.find()) {
                (attributes.contains("type='error'") ? refused : delivered).add(id.group(1));
                bySender.merge(id.group(2), 1, Integer::sum);
            }
        }
    }
}
