package im.chancery.presence;

import java.util.List;
import java.util.UUID;

/** What one node says to the others. Signed as a whole by {@link MessageSeal}. */
sealed interface Message {
    /** Who says it. */
    Sender sender();

    /**
     * A run of a node.
     *
     * @param node        its name
     * @param incarnation random, new at each start of the node
     * @param member      its member in the cluster, new at each start and whenever it has joined another part of a split
     */
    record Sender(String node, UUID incarnation, UUID member) {
    }

    /**
     * A sign of life. It asks each peer to prove that it lives, and proves it to each that has asked.
     *
     * @param address   where the sender listens, {@code host:port}
     * @param sequence  grows with each beat of this incarnation
     * @param challenge random, new in each beat; whoever repeats it has lived since
     * @param version   what the sender has shared up to now
     * @param echoes    what the sender has heard of its peers
     */
    record Beat(Sender sender, String address, long sequence, UUID challenge, long version, List<Echo> echoes) implements Message {
        public Beat {
            echoes = List.copyOf(echoes);
        }
    }

    /**
     * What a sender has heard of one peer.
     *
     * @param incarnation the peer's
     * @param challenge   the newest one heard from it
     * @param version     up to where its presence is known here, or {@link #UNPROVEN}
     */
    record Echo(UUID incarnation, UUID challenge, long version) {
        /** The peer hasn't proved yet that it lives, so nothing of its presence is taken. */
        static final long UNPROVEN = -1;
    }

    /** Part or all of the sender's presence. */
    record Share(Sender sender, Changes changes) implements Message {
    }
}
