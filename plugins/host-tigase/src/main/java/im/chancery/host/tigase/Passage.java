package im.chancery.host.tigase;

import tigase.server.Packet;

/** What passes one of Tigase's components; by default everything, unseen. Returns the packet that goes on, or null where it was taken. */
interface Passage {
    /** What the component has taken from its streams. */
    default Packet leaving(Packet packet) {
        return packet;
    }

    /** What comes to the component from the router. */
    default Packet arriving(Packet packet) {
        return packet;
    }
}
