package im.chancery.presence;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.instance.impl.OutOfMemoryHandlerHelper;
import im.chancery.core.PresenceChange;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.jxmpp.jid.impl.JidCreate;

/** Hazelcast ends itself where it has no memory left, or can't join the other half after a split. */
@Timeout(120)
class HazelcastEndsTest {
    private static final Duration LONGER_THAN_THE_FIRST_TRY = Duration.ofSeconds(3);

    private static PresenceChange there(String who) {
        return new PresenceChange(JidCreate.entityFullFromOrThrowUnchecked(who), true, "", 0);
    }

    private static Set<String> view(PresenceStore store) {
        return store.all().stream().map(e -> e.presence().who() + " @" + e.node()).collect(Collectors.toSet());
    }

    private static HazelcastInstance hazelcastAt(MemberAddress address) {
        return Hazelcast.getAllHazelcastInstances().stream()
                .filter(h -> h.getCluster().getLocalMember().getAddress().getPort() == address.port()).findFirst().orElseThrow();
    }

    /** The other node tries, too. */
    private static void turnAway(ServerSocket socket, Duration time) throws IOException {
        long end = System.nanoTime() + time.toNanos();
        socket.setSoTimeout(100);
        while (System.nanoTime() < end) {
            try {
                socket.accept().close();
            } catch (SocketTimeoutException e) {
                continue; // nobody has come
            }
        }
    }

    /** What it does when it can't join the other half, and when a thread of its finds no memory. */
    private static Stream<Named<Consumer<HazelcastInstance>>> ends() {
        return Stream.of(Named.of("for want of the other half", h -> h.getLifecycleService().terminate()),
                Named.of("for want of memory", h -> OutOfMemoryHandlerHelper.tryShutdown(((HazelcastInstanceProxy) h).getOriginal())));
    }

    @ParameterizedTest
    @MethodSource("ends")
    void aNodeWhoseHazelcastHasEndedIsAloneAndJoinsAnew(Consumer<HazelcastInstance> end) throws Exception {
        List<MemberAddress> members = PresenceNode.freeAddresses(2);
        try (PresenceStore north = HazelcastPresenceStore.open(new PresenceConfig.Cluster("test", members.get(0), members, Secrets.OURS), "north");
                PresenceStore south = HazelcastPresenceStore.open(new PresenceConfig.Cluster("test", members.get(1), members, Secrets.OURS), "south")) {
            north.publish(there("alice@example.org/desk"));
            south.publish(there("bob@example.net/desk"));
            Eventually.await("one view", () -> view(south).size() == 2 && view(south).equals(view(north)));
            try (ServerSocket inTheWay = new ServerSocket()) {
                end.accept(hazelcastAt(members.get(1)));
                inTheWay.bind(new InetSocketAddress("127.0.0.1", members.get(1).port()));
                Eventually.await("each is alone", () -> view(south).equals(Set.of("bob@example.net/desk @south"))
                        && view(north).equals(Set.of("alice@example.org/desk @north")));
                south.publish(there("bob@example.net/meanwhile"));
                assertThat(south.members()).hasSize(1);
                turnAway(inTheWay, LONGER_THAN_THE_FIRST_TRY);
            }
            Eventually.await("one view again", () -> view(south).size() == 3 && view(south).equals(view(north)));
            assertThat(south.members()).extracting(PresenceStore.Member::node).containsExactly("south", "north");
        }
        assertThat(Hazelcast.getAllHazelcastInstances()).isEmpty();
    }
}
