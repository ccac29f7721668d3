package im.chancery.host.tigase.plugin;

import tigase.kernel.beans.Bean;
import tigase.server.Packet;
import tigase.server.filters.PacketFiltersBean;

/** Shows the binding what comes to each component from the message router. */
@Bean(name = "chancery-arriving", parent = PacketFiltersBean.IncomingPacketFiltersBean.class, active = true, selectors = WhenConfigured.class)
public class ArrivingFilter extends PacketWatch {
    /** Made by Tigase's kernel. */
    public ArrivingFilter() {
    }

    @Override
    Packet show(Binding binding, String component, Packet packet) {
        return binding.arriving(component, packet);
    }
}
