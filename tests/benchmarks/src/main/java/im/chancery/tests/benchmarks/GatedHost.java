package im.chancery.tests.benchmarks;

import im.chancery.tests.e2e.EngineHome;
import im.chancery.tests.e2e.Installation;
import im.chancery.tests.e2e.XmppHost;
import im.chancery.tests.e2e.XmppServer;
import im.chancery.tests.e2e.XmppSetup;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The benchmark's server with an engine beside it or in it, whose every decision looks at a directory and at walls. */
final class GatedHost implements Host.Running {
    private final EngineHome home;
    private final Installation installation;

    private GatedHost(EngineHome home, Installation installation) {
        this.home = home;
        this.installation = installation;
    }

    static GatedHost start(XmppHost host, XmppSetup setup, int people) throws IOException {
        EngineHome home = EngineHome.make(host, XmppSetup.PLAIN_DOMAIN, directory(people));
        try {
            return new GatedHost(home, Installation.start(host, setup, home.engine()));
        } catch (RuntimeException | Error e) {
            home.close();
            throw e;
        }
    }

    /** People {@code u0}, {@code u1}, …: two of one department, two of the other, and a wall between the departments. */
    static String directory(int people) {
        return "departments: [office, field]\npeople:\n"
                + IntStream.range(0, people)
                        .mapToObj(i -> "  - {jid: u" + i + "@" + XmppSetup.PLAIN_DOMAIN + ", department: " + (i % 4 < 2 ? "office" : "field") + "}\n")
                        .collect(Collectors.joining())
                + "barriers:\n  - {name: wall, from: {departments: [office]}, to: {departments: [field]}, reason: \"Office and Field may not exchange"
                + " messages.\"}\n";
    }

    @Override
    public XmppServer server() {
        return installation.server();
    }

    @Override
    public Map<String, Long> processes() {
        String name = HostBenchmark.name(server().host());
        return server().host().holdsEngine() ? Map.of(name, server().pid()) : Map.of(name, server().pid(), "engine", installation.engine().pid());
    }

    @Override
    public Map<String, Double> kept(int messages) throws IOException, InterruptedException {
        long allowed = home.allowed();
        if (allowed < messages) {
            throw new IllegalStateException(messages + " messages have arrived, but only " + allowed + " were recorded and allowed");
        }
        return Map.of();
    }

    @Override
    public void close() {
        installation.close();
        home.close();
    }
}
