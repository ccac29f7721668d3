package im.chancery.host.tigase;

import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import tigase.server.Packet;

/** Packets, by identity, that have passed the edge: Tigase hands on the same object. One that Tigase drops is forgotten with it. Safe for many threads. */
final class Marked {
    private final Set<Packet> packets = Collections.newSetFromMap(Collections.synchronizedMap(new WeakHashMap<>()));

    Packet mark(Packet packet) {
        packets.add(packet);
        return packet;
    }

    /** Tells whether it is marked, and takes the mark away. */
    boolean unmark(Packet packet) {
        return packets.remove(packet);
    }
}
