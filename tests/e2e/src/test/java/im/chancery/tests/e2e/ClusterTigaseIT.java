package im.chancery.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.archive.verify.SeenCheckpoint;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two Tigases that serve one domain as a cluster, with an engine in each, and a Prosody of another domain with an engine beside it. */
@Tag("tigase")
class ClusterTigaseIT {
    private static final Duration NORMALLY = Duration.ofSeconds(2);
    private static final Duration AFTER_A_KILL = Duration.ofSeconds(5);
    private static final int MESSAGES = 100;
    private static final Duration BETWEEN_MESSAGES = Duration.ofMillis(1);
    /** A delivered message of the load: sender, number. */
    private static final Pattern DELIVERED = Pattern.compile("<message(?![^>]*type='error')[^>]*\\bid='(load-([a-z]+)-(\\d+))'");

    @AutoClose
    private static TigaseCluster cluster;

    @BeforeAll
    static void start() {
        cluster = TigaseCluster.start();
    }

    private static String person(String localpart) {
        return localpart + "@" + TigaseCluster.DOMAIN;
    }

    /** The stanza ids of all attempts that a node has recorded as allowed, an id as often as it is there. */
    private static List<String> recorded(Deployment node) {
        return node.admin().attempts().stream().filter(a -> "allow".equals(AdminClient.text(a, "effect")))
                .map(a -> AdminClient.text(a, "stanzaId")).filter(id -> id != null).toList();
    }

    private static RawClient available(Deployment node, String localpart, String resource) {
        RawClient client = RawClient.login(node.server(), localpart, resource);
        client.write("<presence/>");
        client.settled();
        client.forget();
        return client;
    }

    private static String message(String id, String to) {
        return "<message to='" + person(to) + "' type='chat' id='" + id + "'><body>load</body></message>";
    }

    @Test
    void messagesAreRecordedOnceAndOnTheNodeOfTheirSender() {
        try (RawClient ada = available(cluster.first(), "ada", "desk"); RawClient boris = available(cluster.second(), "boris", "desk")) {
            List<String> toBoris = IntStream.range(0, MESSAGES).mapToObj(i -> "to-boris-" + i).toList();
            List<String> toAda = IntStream.range(0, MESSAGES).mapToObj(i -> "to-ada-" + i).toList();
            for (int i = 0; i < MESSAGES; i++) {
                ada.write(message(toBoris.get(i), "boris"));
                boris.write(message(toAda.get(i), "ada"));
            }
            boris.await("id='" + toBoris.get(MESSAGES - 1) + "'");
            ada.await("id='" + toAda.get(MESSAGES - 1) + "'");
            assertThat(ids(boris.settled(), "to-boris-\\d+")).isEqualTo(toBoris);
            assertThat(ids(ada.settled(), "to-ada-\\d+")).isEqualTo(toAda);
            assertThat(recorded(cluster.first())).filteredOn(id -> id.startsWith("to-")).isEqualTo(toBoris);
            assertThat(recorded(cluster.second())).filteredOn(id -> id.startsWith("to-")).isEqualTo(toAda);
        }
    }

    private static List<String> ids(String received, String pattern) {
        return Pattern.compile("\\bid='(" + pattern + ")'").matcher(received).results().map(m -> m.group(1)).toList();
    }

    @Test
    void wallStandsBetweenTheNodes() {
        try (SmackClient ada = SmackClient.login(cluster.first().server(), "ada", "desk");
                SmackClient clara = SmackClient.login(cluster.second().server(), "clara", "desk")) {
            String toClara = ada.chat(person("clara"), "refused across the cluster");
            Expect.refused(cluster.first(), ada, toClara, Deployment.REASON);
            String toAda = clara.chat(person("ada"), "refused across the cluster");
            Expect.refused(cluster.second(), clara, toAda, Deployment.REASON);
            assertThat(cluster.second().admin().attemptsOf(toClara)).isEmpty();
            assertThat(cluster.first().admin().attemptsOf(toAda)).isEmpty();
            Expect.notWith("refused across the cluster", ada, clara);
        }
    }

    /** RFC 6120, section 7.1: a client that doesn't wait for the answer to its login. */
    @Test
    void whatIsSentBeforeTheLoginIsAnsweredCrossesTheClusterOnce() {
        try (RawClient clara = available(cluster.first(), "clara", "desk"); RawClient boris = available(cluster.first(), "boris", "desk");
                RawClient ada = RawClient.authenticate(cluster.second().server(), "ada")) {
            ada.write("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>" + message("early-refused", "clara") + message("early", "boris"));
            boris.await("id='early'");
            assertThat(ada.await("id='early-refused'")).contains(Deployment.REASON);
            assertThat(clara.settled()).doesNotContain("early-refused");
            assertThat(ids(boris.settled(), "early")).hasSize(1);
            cluster.second().admin().onlyAttempt("early");
            cluster.second().admin().onlyAttempt("early-refused");
            assertThat(cluster.first().admin().attemptsOf("early")).isEmpty();
        }
    }

    /** XEP-0198, section 5: a stream is resumed where it was, and nowhere else. */
    @Test
    void streamIsNotResumedOnTheOtherNode() {
        try (RawClient ada = available(cluster.first(), "ada", "desk"); RawClient again = RawClient.authenticate(cluster.second().server(), "ada")) {
            ada.write("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
            Matcher enabled = Pattern.compile("<enabled[^>]*\\bid='([^']+)'").matcher(ada.await("<enabled"));
            assertThat(enabled.find()).isTrue();
            again.write("<resume xmlns='urn:xmpp:sm:3' h='0' previd='" + enabled.group(1) + "'/>");
            assertThat(again.await("<failed")).contains("item-not-found");
        }
    }

    @Test
    void messageToSomebodyAbsentWaitsForTheirLoginOnTheOtherNode() {
        try (SmackClient ada = SmackClient.login(cluster.first().server(), "ada", "desk")) {
            String id = ada.chat(person("dmitri"), "nothing for you");
            Expect.refused(cluster.first(), ada, id, Deployment.REASON);
            String later = ada.chat(person("emma"), "for later");
            Expect.handedOn(cluster.first(), ada, later);
            try (SmackClient emma = SmackClient.login(cluster.second().server(), "emma", "desk")) {
                emma.inbox().takeBody("for later");
                Expect.notWith("for later", emma);
            }
            assertThat(cluster.second().admin().attemptsOf(later)).isEmpty();
        }
    }

    /** XEP-0280. Not which resource gets the message itself and which its copy, which Tigase decides: that each has it once, and one record. */
    @Test
    void resourcesOnBothNodesGetTheMessageOnce() {
        try (SmackClient ada = SmackClient.login(cluster.first().server(), "ada", "desk");
                SmackClient desk = SmackClient.login(cluster.first().server(), "boris", "desk").withCarbons();
                SmackClient phone = SmackClient.login(cluster.second().server(), "boris", "phone").withCarbons()) {
            awaitAll(NORMALLY, "ada@alpha.test/desk on tigase1", "boris@alpha.test/desk on tigase1", "boris@alpha.test/phone on tigase2");
            String id = ada.chat(person("boris"), "for both of you");
            desk.inbox().take("the message", s -> s.toXML().toString().contains("for both of you"));
            phone.inbox().take("the message", s -> s.toXML().toString().contains("for both of you"));
            Expect.notWith("for both of you", desk, phone);
            Expect.handedOn(cluster.first(), ada, id);
            assertThat(cluster.second().admin().attemptsOf(id)).isEmpty();
        }
    }

    private static void awaitAll(Duration limit, String... who) {
        List<String> expected = List.of(who);
        Deadline.await("all engines see " + expected, limit, () -> Stream.of(cluster.first(), cluster.second(), cluster.other())
                .allMatch(node -> node.admin().whereabouts().equals(expected)));
    }

    @Test
    void whatWasDeliveredWasRecordedWhenANodeIsKilled() {
        SeenCheckpoint killed = LogCheck.consistent(cluster.second(), List.of(), "before the kill");
        SeenCheckpoint other = LogCheck.consistent(cluster.first(), List.of(), "of the other before the kill");
        AtomicBoolean stop = new AtomicBoolean();
        List<String> received = new ArrayList<>();
        try (RawClient boris = available(cluster.first(), "boris", "reader"); RawClient dmitri = available(cluster.second(), "dmitri", "reader")) {
            awaitAll(NORMALLY, "boris@alpha.test/reader on tigase1", "dmitri@alpha.test/reader on tigase2");
            List<Thread> senders = List.of(sender(cluster.first(), "ada", "boris", stop), sender(cluster.second(), "emma", "boris", stop),
                    sender(cluster.first(), "clara", "dmitri", stop));
            boris.await("id='load-emma-" + MESSAGES + "'");
            dmitri.await("id='load-clara-" + MESSAGES + "'");
            cluster.second().crash();
            try (SmackClient emma = SmackClient.login(cluster.other().server(), "emma", "desk")) {
                Deadline.await("the engines that live see none of the killed one's people", AFTER_A_KILL, () -> Stream.of(cluster.first(), cluster.other())
                        .allMatch(node -> node.admin().whereabouts().equals(List.of("boris@alpha.test/reader on tigase1", emma.jid() + " on prosody"))));
            }
            int reached = ids(boris.received(), "load-ada-\\d+").size();
            boris.await("id='load-ada-" + (reached + MESSAGES) + "'"); // who is on the other node goes on
            stop.set(true);
            senders.forEach(ClusterTigaseIT::join);
            cluster.recoverSecond();
            try (RawClient again = available(cluster.second(), "dmitri", "again")) {
                awaitAll(AFTER_A_KILL, "boris@alpha.test/reader on tigase1", "dmitri@alpha.test/again on tigase2");
                received.add(again.settled());
            }
            received.add(boris.settled());
            received.add(dmitri.received());
        }
        Set<String> recorded = new HashSet<>(recorded(cluster.first()));
        recorded.addAll(recorded(cluster.second()));
        assertThat(received.stream().mapToInt(text -> inOrderAndRecorded(text, recorded)).sum()).isPositive();
        LogCheck.consistent(cluster.second(), List.of(killed), "after the kill");
        LogCheck.commandSaysSo(cluster.second(), killed);
        LogCheck.consistent(cluster.first(), List.of(other), "of the other after the kill");
        LogCheck.commandSaysSo(cluster.first(), other);
    }

    private static int inOrderAndRecorded(String text, Set<String> recorded) {
        Map<String, Integer> last = new HashMap<>();
        Matcher matcher = DELIVERED.matcher(text);
        int count = 0;
        while (matcher.find()) {
            assertThat(recorded).contains(matcher.group(1));
            assertThat(Integer.parseInt(matcher.group(3))).as("order of " + matcher.group(2)).isGreaterThan(last.getOrDefault(matcher.group(2), -1));
            last.put(matcher.group(2), Integer.parseInt(matcher.group(3)));
            count++;
        }
        return count;
    }

    private static Thread sender(Deployment node, String from, String to, AtomicBoolean stop) {
        RawClient loggedIn = RawClient.login(node.server(), from, "load");
        Thread thread = new Thread(() -> {
            try (RawClient client = loggedIn) {
                for (int i = 0; !stop.get(); i++) {
                    client.write(message("load-" + from + "-" + i, to));
                    LockSupport.parkNanos(BETWEEN_MESSAGES.toNanos());
                }
            } catch (UncheckedIOException e) {
                // its server was killed under it
            }
        }, "sender-" + from);
        thread.start();
        return thread;
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
