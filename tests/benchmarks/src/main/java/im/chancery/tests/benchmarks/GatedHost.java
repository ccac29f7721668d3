package im.chancery.tests.benchmarks;

import im.chancery.tests.e2e.XmppHost;
import im.chancery.tests.e2e.XmppServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;

/** The benchmark's Prosody with an engine beside it. */
final class GatedHost implements Host.Running {
    private final EngineHome home;
    private XmppServer prosody;

    private GatedHost(EngineHome home) {
        this.home = home;
    }

    static GatedHost start(int people) throws Exception {
        GatedHost host = new GatedHost(EngineHome.make(people));
        try {
            host.home.engine().start();
            host.prosody = XmppServer.start(XmppHost.PROSODY, Host.setup(people).engine(host.home.folder().resolve("chancery.yaml")));
            return host;
        } catch (RuntimeException | Error e) {
            host.close();
            throw e;
        }
    }

    @Override
    public InetSocketAddress clients() {
        return new InetSocketAddress(prosody.address(), XmppServer.CLIENT_PORT);
    }

    @Override
    public String domain() {
        return prosody.domain();
    }

    @Override
    public Map<String, Long> processes() {
        return Map.of("Prosody", prosody.pid(), "engine", home.engine().pid());
    }

    @Override
    public void check(int messages) throws IOException, InterruptedException {
        double allowed = home.page("/metrics").body().lines()
                .filter(l -> l.startsWith("chancery_verdicts_total") && l.contains("effect=\"allow\""))
                .mapToDouble(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ')))).sum();
        if (allowed < messages) {
            throw new IllegalStateException(messages + " messages have arrived, but only " + allowed + " were recorded and allowed");
        }
    }

    @Override
    public void close() {
        if (prosody != null) {
            prosody.close();
        }
        home.close();
    }
}
