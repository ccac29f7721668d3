package im.chancery.host.tigase.plugin;

import tigase.kernel.beans.Bean;
import tigase.kernel.beans.Inject;
import tigase.server.Packet;
import tigase.server.PacketFilterIfc;
import tigase.server.QueueType;
import tigase.server.filters.PacketFiltersBean;
import tigase.stats.StatisticsList;

/** Shows the binding what each component has taken from its streams. */
@Bean(name = "chancery-leaving", parent = PacketFiltersBean.OutgoingPacketFiltersBean.class, active = true, selectors = WhenConfigured.class)
public class LeavingFilter implements PacketFilterIfc {
    @Inject
    private ChanceryBean chancery;

    private String component;

    /** Made by Tigase's kernel. */
    public LeavingFilter() {
    }

    @Override
    public void init(String name, QueueType queue) {
        component = name;
    }

    @Override
    public Packet filter(Packet packet) {
        return chancery.binding().leaving(component, packet);
    }

    @Override
    public void getStatistics(StatisticsList list) {
        // the engine's own metrics tell all there is
    }
}
