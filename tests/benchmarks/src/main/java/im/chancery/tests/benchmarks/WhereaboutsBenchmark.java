package im.chancery.tests.benchmarks;

import im.chancery.core.PresenceChange;
import im.chancery.presence.PresenceConfig;
import im.chancery.presence.PresenceException;
import im.chancery.presence.PresenceStore;
import im.chancery.presence.PresenceStores;
import im.chancery.tests.contracts.PostgresServer;
import im.chancery.tests.e2e.Certificates;
import im.chancery.tests.e2e.Deadline;
import im.chancery.tests.e2e.PrivateNetwork;
import im.chancery.tests.e2e.SmackClient;
import im.chancery.tests.e2e.TigaseServer;
import im.chancery.tests.e2e.XmppHost;
import im.chancery.tests.e2e.XmppServer;
import im.chancery.tests.e2e.XmppSetup;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import org.HdrHistogram.Histogram;
import org.jivesoftware.smack.SmackException;
import org.jivesoftware.smack.XMPPException;
import org.jivesoftware.smackx.ping.packet.Ping;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.Jid;
import org.jxmpp.jid.impl.JidCreate;

/**
 * How long it takes to know on which node of a cluster somebody is. Tigase's open-source strategy keeps no such knowledge: it sends each stanza for a person of
 * the house from node to node and, where nobody has them, back to the first, which answers then. So the answer to an iq to a resource that is nowhere takes as
 * long as the ring; with one node there is no ring, and what is left is what Tigase, TLS and the client need in any case. An engine looks into the shared
 * presence, of which every node has all. The two are set beside each other for this question only: Chancery doesn't take the place of Tigase's
 * strategy, which goes on asking. Needs root, for network namespaces.
 *
 * <p>Usage: {@code WhereaboutsBenchmark [nodes] [iqs]}; up to 3 nodes and 2,000 iqs unless told.
 */
public final class WhereaboutsBenchmark {
    private static final String DOMAIN = "alpha.test";
    private static final Duration MEET_LIMIT = Duration.ofSeconds(90);
    private static final int ANSWER_LIMIT_MILLIS = 2000;
    private static final int PEOPLE = 100_000;
    private static final int LOOK_UPS = 2_000_000;
    /** Look-ups that are timed as one: a single one takes about as long as reading the clock. */
    private static final int BATCH = 100;

    private final int iqs;

    private WhereaboutsBenchmark(int iqs) {
        this.iqs = iqs;
    }

    /** Prints all. */
    public static void main(String[] arguments) throws Exception {
        int most = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
        WhereaboutsBenchmark benchmark = new WhereaboutsBenchmark(arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2000);
        System.out.println(Machine.describe());
        print("shared presence, one look-up among " + PEOPLE + " people", lookUps());
        for (int nodes = 1; nodes <= most; nodes++) {
            benchmark.ring(nodes);
        }
    }

    /** The median only: now and then TCP on the way from client to server waits 40 ms for an acknowledgement, whatever is asked. */
    private static void print(String what, Histogram nanos) {
        System.out.printf(Locale.ROOT, "%-70s median %,9.2f µs%n", what, nanos.getValueAtPercentile(50) / 1000.0);
    }

    /** Every kind of store answers from the same index, so one that is alone does for this. */
    private static Histogram lookUps() throws PresenceException {
        BareJid[] people = new BareJid[PEOPLE];
        Histogram nanos = new Histogram(3);
        try (PresenceStore store = PresenceStores.open(PresenceConfig.alone(), "bench")) {
            for (int i = 0; i < PEOPLE; i++) {
                people[i] = JidCreate.entityBareFromOrThrowUnchecked("user" + i + "@example.org");
                store.publish(new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked("user" + i + "@example.org/desk"), true, "", 5));
            }
            for (int round = 0; round < 2; round++) { // the first one warms up
                nanos.reset();
                for (int i = 0; i < LOOK_UPS / BATCH; i++) {
                    long before = System.nanoTime();
                    for (int j = 0; j < BATCH; j++) {
                        if (store.find(people[ThreadLocalRandom.current().nextInt(PEOPLE)]).size() != 1) {
                            throw new IllegalStateException("somebody is missing");
                        }
                    }
                    nanos.recordValue((System.nanoTime() - before) / BATCH);
                }
            }
        }
        return nanos;
    }

    private void ring(int nodes) throws Exception {
        List<XmppServer> servers = new ArrayList<>();
        try (PrivateNetwork network = PrivateNetwork.open(); PostgresServer postgres = PostgresServer.start(network.address(), network.addresses())) {
            try {
                start(nodes, network, TigaseServer.newDatabase(postgres, "tigase", DOMAIN, "ada", "boris"), servers);
                try (SmackClient ada = SmackClient.login(servers.get(0), "ada", "bench")) {
                    Jid nowhere = JidCreate.entityFullFromOrThrowUnchecked("boris@" + DOMAIN + "/nowhere");
                    ada.connection().setReplyTimeout(ANSWER_LIMIT_MILLIS);
                    Histogram nanos = new Histogram(3);
                    int unanswered = 0;
                    for (int i = 0; i < 2 * iqs; i++) {
                        if (i == iqs) {
                            nanos.reset(); // the first half warms up
                        }
                        OptionalLong taken = answer(ada, nowhere);
                        taken.ifPresent(nanos::recordValue);
                        unanswered += taken.isPresent() ? 0 : 1;
                    }
                    print("Tigase, " + nodes + (nodes == 1 ? " node" : " nodes") + ", answer to an iq to a resource that is nowhere", nanos);
                    System.out.printf("    %d of %d got no answer within %d ms%n", unanswered, 2 * iqs, ANSWER_LIMIT_MILLIS);
                }
            } finally {
                servers.forEach(XmppServer::close);
            }
        }
    }

    private static void start(int nodes, PrivateNetwork network, String database, List<XmppServer> servers) throws IOException {
        Certificates authority = new Certificates();
        List<PrivateNetwork.Place> places = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            places.add(network.place());
        }
        for (PrivateNetwork.Place place : places) {
            XmppSetup setup = XmppSetup.of(DOMAIN, authority).address(place.address()).under(place.command())
                    .tigase(tigase -> tigase.database(database).clusterNode(name(places, place)));
            places.forEach(other -> setup.finds(name(places, other), other.address()));
            servers.add(XmppServer.start(XmppHost.TIGASE, setup));
        }
        Deadline.await("the Tigases have met", MEET_LIMIT, () -> servers.stream().allMatch(server -> places.stream()
                .filter(place -> !place.address().equals(server.address().getHostAddress()))
                .allMatch(place -> server.log().contains("Connected to: " + name(places, place)))));
    }

    private static String name(List<PrivateNetwork.Place> places, PrivateNetwork.Place place) {
        return "tigase" + (places.indexOf(place) + 1);
    }

    private static OptionalLong answer(SmackClient client, Jid to) throws SmackException, InterruptedException {
        long before = System.nanoTime();
        try {
            client.connection().sendIqRequestAndWaitForResponse(new Ping(to));
            throw new IllegalStateException("somebody has answered");
        } catch (XMPPException.XMPPErrorException e) {
            return OptionalLong.of(System.nanoTime() - before); // nobody is there
        } catch (SmackException.NoResponseException e) {
            return OptionalLong.empty();
        }
    }
}
