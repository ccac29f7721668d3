package im.chancery.host.tigase.plugin;

import java.util.logging.Level;
import java.util.logging.Logger;
import tigase.kernel.beans.Inject;
import tigase.server.Packet;
import tigase.server.PacketFilterIfc;
import tigase.server.QueueType;
import tigase.stats.StatisticsList;

/** A filter that shows the binding the packets of a component's queue. What can't be looked at goes no further. */
abstract class PacketWatch implements PacketFilterIfc {
    private static final Logger LOG = Logger.getLogger(PacketWatch.class.getName());

    @Inject
    private ChanceryBean chancery;

    private String component;

    /** Shows a packet, and gives the one that goes on, or {@code null}. */
    abstract Packet show(Binding binding, String component, Packet packet);

    @Override
    public void init(String name, QueueType queue) {
        component = name;
    }

    @Override
    public Packet filter(Packet packet) {
        try {
            return show(chancery.binding(), component, packet);
        } catch (RuntimeException | Error e) { // an Error would end this thread of Tigase's for good
            // Its message could quote the packet.
            LOG.log(Level.SEVERE, "a packet could not be looked at, and goes no further: " + e.getClass().getName(), LOG.isLoggable(Level.FINE) ? e : null);
            return null;
        }
    }

    @Override
    public void getStatistics(StatisticsList list) {
        // the engine's own metrics tell all there is
    }
}
