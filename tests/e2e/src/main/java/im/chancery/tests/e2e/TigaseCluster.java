package im.chancery.tests.e2e;

import im.chancery.tests.contracts.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * An organisation with a domain that two Tigases serve as one cluster, and another that a Prosody serves. Each has a network namespace of its own; all data of the
 * two, and the archives of their engines, are in one PostgreSQL; the three engines share presence. For one thread.
 */
final class TigaseCluster implements AutoCloseable {
    /** The Tigases' domain. */
    static final String DOMAIN = "alpha.test";
    /** The Prosody's. */
    static final String OTHER_DOMAIN = "beta.test";

    private static final Duration MEET_LIMIT = Duration.ofSeconds(60);

    private final List<Deployment> nodes = new ArrayList<>();
    private final PrivateNetwork network;
    private PostgresServer postgres;

    private TigaseCluster(PrivateNetwork network) {
        this.network = network;
    }

    /** All three, once they have found each other. */
    static TigaseCluster start() {
        TigaseCluster cluster = new TigaseCluster(PrivateNetwork.open());
        try {
            cluster.run();
            return cluster;
        } catch (IOException e) {
            cluster.close();
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            cluster.close();
            throw new IllegalStateException("no database", e);
        } catch (RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    private void run() throws IOException, SQLException {
        postgres = PostgresServer.start(network.address(), network.addresses());
        String password = Files.readString(postgres.password());
        String accounts = TigaseServer.newDatabase(postgres, "tigase", DOMAIN, Deployment.PEOPLE);
        List<Deployment.Node> all = List.of(
                Deployment.Node.in(network.place(), "tigase1", DOMAIN, XmppHost.TIGASE).archivedIn(postgres.newDatabaseUrl(), postgres.user(), password),
                Deployment.Node.in(network.place(), "prosody", OTHER_DOMAIN, XmppHost.PROSODY),
                Deployment.Node.in(network.place(), "tigase2", DOMAIN, XmppHost.TIGASE).archivedIn(postgres.newDatabaseUrl(), postgres.user(), password));
        Certificates authority = new Certificates();
        String secret = UUID.randomUUID() + "-" + UUID.randomUUID();
        for (Deployment.Node node : List.of(all.get(0), all.get(2), all.get(1))) {
            nodes.add(Deployment.start(node, all, authority, secret, setup -> {
                if (node.host() == XmppHost.TIGASE) {
                    setup.tigase(tigase -> tigase.database(accounts).clusterNode(node.name()));
                    all.stream().filter(n -> n.host() == XmppHost.TIGASE).forEach(n -> setup.finds(n.name(), n.address()));
                }
            }));
        }
        awaitMeeting(0, 0);
    }

    /** Starts the second Tigase again; returns once all have found each other. */
    void recoverSecond() {
        int firstLogged = first().server().log().length();
        int secondLogged = second().server().log().length();
        second().recover();
        awaitMeeting(firstLogged, secondLogged);
    }

    /** Waits until the Tigases have met, by what each says after so much of its log, and the engines. A Tigase looks every 15 s who else is there. */
    private void awaitMeeting(int firstLogged, int secondLogged) {
        Deadline.await("the engines have met", MEET_LIMIT, () -> nodes.stream().allMatch(node -> node.admin().members().size() == nodes.size()));
        Deadline.await("the Tigases have met", MEET_LIMIT, () -> first().server().log().substring(firstLogged).contains("Connected to: tigase2")
                && second().server().log().substring(secondLogged).contains("Connected to: tigase1"));
    }

    /** The first Tigase and its engine. */
    Deployment first() {
        return nodes.get(0);
    }

    /** The second. */
    Deployment second() {
        return nodes.get(1);
    }

    /** The Prosody and its engine. */
    Deployment other() {
        return nodes.get(2);
    }

    @Override
    public void close() {
        nodes.forEach(Deployment::close);
        if (postgres != null) {
            postgres.close();
        }
        network.close();
    }
}
