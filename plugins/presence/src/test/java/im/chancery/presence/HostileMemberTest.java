package im.chancery.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.topic.ITopic;
import im.chancery.core.PresenceChange;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jxmpp.jid.impl.JidCreate;

/** A stranger who can reach the member network, and has even listened long enough to know the cluster's name. */
class HostileMemberTest {
    private static final String TOPIC = HazelcastMember.TOPIC;

    private List<MemberAddress> addresses;
    private PresenceStore store;
    private HazelcastInstance stranger;

    /** Notices that it was deserialised. */
    private static final class Trap implements Serializable {
        private static final long serialVersionUID = 1L;
        private static final AtomicBoolean SPRUNG = new AtomicBoolean();

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            SPRUNG.set(true);
        }
    }

    @BeforeEach
    void open() throws Exception {
        addresses = PresenceNode.freeAddresses(2);
        store = PresenceStores.open(new PresenceConfig(Optional.of(cluster(0))), "north");
        store.publish(available("alice@example.org/desk"));
        Trap.SPRUNG.set(false);
    }

    @AfterEach
    void close() {
        if (stranger != null) {
            stranger.getLifecycleService().terminate();
        }
        store.close();
    }

    private PresenceConfig.Cluster cluster(int node) {
        return new PresenceConfig.Cluster("test", addresses.get(node), addresses, Secrets.OURS);
    }

    /** Joins as a member that serialises whatever it likes. */
    private ITopic<Object> join() throws Exception {
        Config config = HazelcastMember.config(cluster(1), InetAddress.getByName("127.0.0.1"));
        config.getSerializationConfig().setJavaSerializationFilterConfig(new JavaSerializationFilterConfig());
        stranger = Hazelcast.newHazelcastInstance(config);
        assertThat(stranger.getCluster().getMembers()).hasSize(2);
        return stranger.getTopic(TOPIC);
    }

    @Test
    void javaObjectsAreCountedAndNeverDeserialised() throws Exception {
        ITopic<Object> topic = join();
        topic.publish(new Trap());
        topic.publish(new HashMap<>(Map.of("key", new Trap())));
        topic.publish(new Object[] {new Trap()});
        awaitForged(3);
        assertThat(Trap.SPRUNG).isFalse();
        assertThat(store.all()).hasSize(1);
    }

    @Test
    void whatIsNotBytesOrNotAuthenticIsCountedAndIgnored() throws Exception {
        ITopic<Object> topic = join();
        topic.publish("text");
        topic.publish(42L);
        topic.publish(new byte[0]);
        topic.publish(new byte[1000]);
        topic.publish(new MessageSeal(Secrets.ANOTHER, "test").seal(forgedShare()));
        awaitForged(5);
        assertThat(store.all()).extracting(e -> e.presence().who().toString()).containsExactly("alice@example.org/desk");
        assertThat(store.members()).hasSize(1);
        store.publish(available("alice@example.org/phone"));
        assertThat(store.all()).hasSize(2);
    }

    @Test
    void whatClientsSpeakIsNotSpokenHere() {
        ClientConfig config = new ClientConfig();
        config.setClusterName(MessageSeal.clusterName(Secrets.OURS, "test"));
        config.getNetworkConfig().addAddress(addresses.get(0).toString());
        config.getConnectionStrategyConfig().getConnectionRetryConfig().setClusterConnectTimeoutMillis(500);
        config.setProperty("hazelcast.logging.type", "slf4j");
        assertThatThrownBy(() -> HazelcastClient.newHazelcastClient(config)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aMemberWithAnotherSecretDoesNotEvenJoin() throws Exception {
        var other = new PresenceConfig.Cluster("test", addresses.get(1), addresses, Secrets.ANOTHER);
        try (PresenceStore second = PresenceStores.open(new PresenceConfig(Optional.of(other)), "south")) {
            assertThat(second.members()).hasSize(1);
            assertThat(second.all()).isEmpty();
            assertThat(store.members()).hasSize(1);
        }
    }

    @Test
    void nothingListensButTheOneAddress() {
        assertThat(accepts("127.0.0.1")).isTrue();
        assertThat(accepts("127.0.0.2")).isFalse();
    }

    @Test
    void anyAddressOfThisMachineCanBeTheOne() throws Exception {
        store.close();
        addresses = List.of(new MemberAddress("127.0.0.2", addresses.get(0).port()), addresses.get(1));
        store = PresenceStores.open(new PresenceConfig(Optional.of(cluster(0))), "north");
        assertThat(accepts("127.0.0.2")).isTrue();
        assertThat(accepts("127.0.0.1")).isFalse();
    }

    @Test
    void anAddressThatIsTakenOrNotOursIsRefused() {
        assertThatThrownBy(() -> PresenceStores.open(new PresenceConfig(Optional.of(cluster(0))), "south"))
                .isInstanceOf(PresenceException.class).hasMessageContaining(addresses.get(0).toString());
        MemberAddress foreign = new MemberAddress("192.0.2.1", 5701);
        var cluster = new PresenceConfig.Cluster("test", foreign, addresses, Secrets.OURS);
        assertThatThrownBy(() -> PresenceStores.open(new PresenceConfig(Optional.of(cluster)), "south"))
                .isInstanceOf(PresenceException.class).hasMessageContaining("192.0.2.1:5701");
    }

    private boolean accepts(String host) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, addresses.get(0).port()), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void awaitForged(long count) {
        Eventually.await(count + " refused messages", () -> store.counts().forged() >= count);
        assertThat(store.counts().forged()).isEqualTo(count);
    }

    private static byte[] forgedShare() {
        var sender = new Message.Sender("north", UUID.randomUUID(), UUID.randomUUID());
        return MessageCodec.encode(new Message.Share(sender, new Changes(0, 1, List.of(available("mallory@example.org/forged")))));
    }

    private static PresenceChange available(String who) {
        return new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked(who), true, "", 0);
    }
}
