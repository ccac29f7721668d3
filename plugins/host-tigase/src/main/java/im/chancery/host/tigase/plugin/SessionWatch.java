package im.chancery.host.tigase.plugin;

import java.util.Map;
import java.util.Queue;
import tigase.kernel.beans.Bean;
import tigase.kernel.beans.Inject;
import tigase.server.Packet;
import tigase.server.xmppsession.SessionManager;
import tigase.xmpp.XMPPProcessor;
import tigase.xmpp.XMPPResourceConnection;
import tigase.xmpp.XMPPStopListenerIfc;

/** Shows the binding the end of each client's session. */
@Bean(name = SessionWatch.ID, parent = SessionManager.class, active = true, selectors = WhenConfigured.class)
public class SessionWatch extends XMPPProcessor implements XMPPStopListenerIfc {
    static final String ID = "chancery-sessions";

    @Inject
    private ChanceryBean chancery;

    /** Made by Tigase's kernel. */
    public SessionWatch() {
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public void stopped(XMPPResourceConnection session, Queue<Packet> results, Map<String, Object> settings) {
        chancery.binding().ended(session);
    }
}
