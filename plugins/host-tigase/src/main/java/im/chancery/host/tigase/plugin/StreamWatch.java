package im.chancery.host.tigase.plugin;

import tigase.kernel.beans.Bean;
import tigase.kernel.beans.Inject;
import tigase.server.Packet;
import tigase.server.xmppclient.ClientConnectionManager;
import tigase.server.xmppclient.XMPPIOProcessor;
import tigase.stats.StatisticsList;
import tigase.xml.Element;
import tigase.xmpp.StreamError;
import tigase.xmpp.XMPPIOService;

/** Shows the binding what clients' streams bring, as it is parsed. Changes nothing. */
@Bean(name = StreamWatch.ID, parent = ClientConnectionManager.class, active = true, selectors = WhenConfigured.class)
@SuppressWarnings("rawtypes") // as Tigase declares it
public class StreamWatch implements XMPPIOProcessor {
    static final String ID = "chancery-streams";

    @Inject
    private ChanceryBean chancery;

    /** Made by Tigase's kernel. */
    public StreamWatch() {
    }

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public boolean processIncoming(XMPPIOService service, Packet packet) {
        chancery.binding().parsed(service, packet);
        return false;
    }

    @Override
    public boolean processOutgoing(XMPPIOService service, Packet packet) {
        return false;
    }

    @Override
    public void packetsSent(XMPPIOService service) {
        // not watched
    }

    @Override
    public void processCommand(XMPPIOService service, Packet packet) {
        // not watched
    }

    @Override
    public boolean serviceStopped(XMPPIOService service, boolean streamClosed) {
        return false;
    }

    @Override
    public void streamError(XMPPIOService service, StreamError error) {
        // not watched
    }

    @Override
    public Element[] supStreamFeatures(XMPPIOService service) {
        return null; // as Tigase's own processors say "none"
    }

    @Override
    public void getStatistics(StatisticsList list) {
        // the engine's own metrics tell all there is
    }
}
