package im.chancery.presence;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.presence.SimulatedNetwork.Node;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What nodes believe, on a network that does what a test says. */
class PeerProtocolTest {
    private final SimulatedNetwork network = new SimulatedNetwork();
    private final Node north = network.add("north");

    private Node south() {
        Node south = network.add("south");
        network.deliver();
        return south;
    }

    @Test
    void nodesAgreeAsSoonAsTheyHaveMet() {
        north.publish("alice@example.org/desk", 1);
        Node south = south();
        assertThat(south.view()).containsExactly("alice@example.org/desk 1 @north");
        south.publish("bob@example.net/desk", 2);
        network.deliver();
        assertThat(north.view()).isEqualTo(south.view()).hasSize(2);
        assertThat(north.protocol.allProven()).isTrue();
    }

    @Test
    void nobodyIsProvenBeforeTheMembersAreKnown() {
        Node stranger = new SimulatedNetwork().add("stranger");
        PeerProtocol fresh = new PeerProtocol("south", "south:1", stranger.own, new PresenceIndex(), new MessageSeal(Secrets.OURS, "test"), () -> 0L, sent -> { });
        network.sent.forEach(fresh::receive); // such a message may come before the first look at the members
        assertThat(fresh.allProven()).isFalse();
    }

    @Test
    void aMemberThatLeavesTakesItsPresenceAlong() {
        Node south = south();
        south.publish("bob@example.net/desk", 0);
        network.deliver();
        assertThat(north.view()).hasSize(1);
        network.remove(south);
        assertThat(north.view()).isEmpty();
        assertThat(north.protocol.peers()).isEmpty();
    }

    @Test
    void aNodeThatFallsSilentIsDroppedThoughItIsStillAMember() {
        Node south = south();
        south.publish("bob@example.net/desk", 0);
        network.deliver();
        south.reachable = false;
        network.beats(SimulatedNetwork.lifeInBeats());
        assertThat(north.view()).isEmpty();
        assertThat(north.protocol.counts().expired()).isEqualTo(1);

        south.reachable = true;
        network.beats(3);
        assertThat(north.view()).containsExactly("bob@example.net/desk 0 @south");
    }

    @Test
    void replayedBeatsDoNotKeepADeadNodeAlive() {
        Node south = south();
        south.publish("bob@example.net/desk", 0);
        network.beats(4);
        assertThat(north.view()).hasSize(1);
        List<byte[]> recorded = List.copyOf(network.sent);
        network.nodes.remove(south.member); // dead, but a stranger keeps its place in the member list
        for (int i = 0; i < SimulatedNetwork.lifeInBeats(); i++) {
            recorded.forEach(north.protocol::receive);
            network.beats(1);
        }
        assertThat(north.view()).isEmpty();
        recorded.forEach(north.protocol::receive);
        assertThat(north.view()).isEmpty();
        assertThat(north.protocol.counts().replayed()).isPositive();
    }

    @Test
    void nothingOfAnEarlierIncarnationComesBackByReplay() {
        Node before = south();
        before.publish("bob@example.net/before", 0);
        network.beats(2);
        List<byte[]> recorded = List.copyOf(network.sent);
        network.remove(before);
        Node after = south();
        after.publish("bob@example.net/after", 0);
        network.beats(2);
        recorded.forEach(north.protocol::receive);
        assertThat(north.view()).containsExactly("bob@example.net/after 0 @south");
        recorded.forEach(north.protocol::receive);
        network.beats(2);
        assertThat(north.view()).containsExactly("bob@example.net/after 0 @south");
    }

    @Test
    void anOlderVersionIsIgnoredAndCounted() {
        Node south = south();
        south.publish("bob@example.net/desk", 1);
        network.deliver();
        byte[] older = network.sent.get(network.sent.size() - 1);
        south.gone("bob@example.net/desk");
        network.deliver();
        long before = north.protocol.counts().replayed();
        north.protocol.receive(older);
        assertThat(north.view()).isEmpty();
        assertThat(north.protocol.counts().replayed()).isEqualTo(before + 1);
    }

    @Test
    void aChangeThatIsHeldBackIsHeldBackForALifeOnly() {
        Node south = south();
        south.publish("bob@example.net/desk", 0);
        network.beats(2);
        network.lost = PeerProtocolTest::isShare;
        south.gone("bob@example.net/desk");
        network.beats(2);
        assertThat(north.view()).hasSize(1);
        network.beats(SimulatedNetwork.lifeInBeats());
        assertThat(north.view()).isEmpty();
    }

    @Test
    void whatIsHeldBackIsNotReplacedByReplaysOfThePast() {
        Node south = south();
        south.publish("bob@example.net/desk", 0);
        network.beats(2);
        List<byte[]> recorded = network.sent.stream().filter(PeerProtocolTest::isShare).toList();
        network.lost = PeerProtocolTest::isShare;
        south.gone("bob@example.net/desk");
        network.beats(SimulatedNetwork.lifeInBeats() + 2);
        for (int i = 0; i < 3 * SimulatedNetwork.lifeInBeats(); i++) {
            recorded.forEach(north.protocol::receive);
            assertThat(north.view()).isEmpty();
            network.beats(1);
        }
        assertThat(north.protocol.counts().expired()).as("times the peer was taken in anew, and dropped").isGreaterThan(1);
        network.lost = message -> false;
        south.publish("bob@example.net/phone", 0);
        network.beats(3);
        assertThat(north.view()).containsExactly("bob@example.net/phone 0 @south");
    }

    private static boolean isShare(byte[] sealed) {
        try {
            return MessageCodec.decode(new MessageSeal(Secrets.OURS, "test").open(sealed).orElseThrow()) instanceof Message.Share;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aReplayedBeatIsCountedAndDoesNotHideTheNewOnes() {
        Node south = south();
        north.publish("alice@example.org/desk", 0);
        network.beats(2);
        List<byte[]> recorded = network.sent.stream().filter(m -> !isShare(m)).toList();
        for (int i = 0; i < 2 * SimulatedNetwork.lifeInBeats(); i++) {
            recorded.forEach(north.protocol::receive);
            network.beats(1);
        }
        assertThat(south.view()).containsExactly("alice@example.org/desk 0 @north");
        assertThat(south.protocol.counts().expired()).isZero();
        assertThat(north.protocol.counts().replayed()).isPositive();
    }

    @Test
    void aMissedChangeIsMadeUpFor() {
        Node south = south();
        network.beats(2);
        south.publish("bob@example.net/desk", 0);
        south.protocol.share();
        north.inbox.clear();
        south.publish("bob@example.net/phone", 0);
        south.protocol.share();
        network.beats(3);
        assertThat(north.view()).isEqualTo(south.view()).hasSize(2);
        assertThat(south.protocol.counts().resent()).isPositive();
    }

    @Test
    void aNodeWithAnotherSecretIsNeitherBelievedNorTold() {
        north.publish("alice@example.org/desk", 0);
        Node stranger = network.add("stranger", Secrets.ANOTHER);
        stranger.publish("alice@example.org/forged", 127);
        network.beats(4);
        assertThat(north.view()).containsExactly("alice@example.org/desk 0 @north");
        assertThat(stranger.view()).containsExactly("alice@example.org/forged 127 @stranger");
        assertThat(north.protocol.counts().forged()).isPositive();
        assertThat(north.protocol.allProven()).isFalse();
    }

    @Test
    void ofTwoNodesWithOneNameTheOlderIsBelieved() {
        north.publish("alice@example.org/desk", 0);
        Node south = south();
        Node second = network.add("south");
        south.publish("bob@example.net/first", 0);
        second.publish("bob@example.net/second", 0);
        network.beats(3);
        assertThat(north.view()).containsExactly("alice@example.org/desk 0 @north", "bob@example.net/first 0 @south");
        assertThat(second.protocol.rival()).contains("south:1");
        assertThat(south.protocol.rival()).isEmpty();
        assertThat(north.protocol.counts().conflicts()).isPositive();

        network.remove(south);
        network.beats(2);
        assertThat(north.view()).containsExactly("alice@example.org/desk 0 @north", "bob@example.net/second 0 @south");
    }
}
