package im.chancery.host.tigase.plugin;

import tigase.kernel.beans.Bean;
import tigase.server.Packet;
import tigase.server.filters.PacketFiltersBean;

/** Shows the binding what each component has taken from its streams. */
@Bean(name = "chancery-leaving", parent = PacketFiltersBean.OutgoingPacketFiltersBean.class, active = true, selectors = WhenConfigured.class)
public class LeavingFilter extends PacketWatch {
    /** Made by Tigase's kernel. */
    public LeavingFilter() {
    }

    @Override
    Packet show(Binding binding, String component, Packet packet) {
        return binding.leaving(component, packet);
    }
}
