package im.chancery.presence;

import static org.assertj.core.api.Assertions.assertThat;

import im.chancery.presence.SimulatedNetwork.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Nodes agree after any mixture of loss, repetition, reordering, silence and restarts, once the network is itself again. */
class PeerProtocolPropertyTest {
    @Property(tries = 150)
    void nodesAgreeOnceTheNetworkIsItselfAgain(@ForAll long seed, @ForAll @IntRange(min = 10, max = 120) int steps) {
        Random random = new Random(seed);
        SimulatedNetwork network = new SimulatedNetwork();
        for (String name : List.of("north", "south", "east")) {
            network.add(name);
        }
        for (int i = 0; i < steps; i++) {
            step(network, random);
        }
        network.all().forEach(n -> n.reachable = true);
        network.beats(2 * SimulatedNetwork.lifeInBeats());

        Set<String> truth = new TreeSet<>();
        for (Node node : network.all()) {
            node.own.everything().changes().forEach(c -> truth.add(c.who() + " " + c.priority() + " @" + node.name));
        }
        assertThat(network.all()).allSatisfy(n -> assertThat(n.view()).isEqualTo(truth));
    }

    private static void step(SimulatedNetwork network, Random random) {
        List<Node> nodes = new ArrayList<>(network.all());
        Node node = nodes.get(random.nextInt(nodes.size()));
        String who = "user" + random.nextInt(3) + "@example.org/r" + random.nextInt(2);
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> node.publish(who, random.nextInt(10));
            case 3 -> node.gone(who);
            case 4 -> node.inbox.removeIf(m -> random.nextBoolean());
            case 5 -> Collections.shuffle(node.inbox, random);
            case 6 -> node.inbox.add(network.sent.get(random.nextInt(network.sent.size())));
            case 7 -> node.reachable = !node.reachable;
            case 8 -> restart(network, node, random);
            default -> network.beats(1 + random.nextInt(3));
        }
        node.protocol.share();
    }

    private static void restart(SimulatedNetwork network, Node node, Random random) {
        if (random.nextInt(3) == 0) {
            network.remove(node);
            network.add(node.name);
        }
    }
}
