package im.chancery.host.tigase.plugin;

import java.util.logging.Level;
import java.util.logging.Logger;
import tigase.kernel.beans.Bean;
import tigase.kernel.beans.Inject;
import tigase.server.Packet;
import tigase.server.PacketFilterIfc;
import tigase.server.QueueType;
import tigase.server.filters.PacketFiltersBean;
import tigase.stats.StatisticsList;

/** Shows the binding what comes to each component from the message router. */
@Bean(name = "chancery-arriving", parent = PacketFiltersBean.IncomingPacketFiltersBean.class, active = true, selectors = WhenConfigured.class)
public class ArrivingFilter implements PacketFilterIfc {
    private static final Logger LOG = Logger.getLogger(ArrivingFilter.class.getName());

    @Inject
    private ChanceryBean chancery;

    private String component;

    /** Made by Tigase's kernel. */
    public ArrivingFilter() {
    }

    @Override
    public void init(String name, QueueType queue) {
        component = name;
    }

    @Override
    public Packet filter(Packet packet) {
        try {
            return chancery.binding().arriving(component, packet);
        } catch (RuntimeException | Error e) { // an Error would end this thread of Tigase's for good
            LOG.log(Level.SEVERE, "a packet could not be looked at, and goes no further", e);
            return null;
        }
    }

    @Override
    public void getStatistics(StatisticsList list) {
        // the engine's own metrics tell all there is
    }
}
