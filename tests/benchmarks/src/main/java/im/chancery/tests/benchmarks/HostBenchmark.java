package im.chancery.tests.benchmarks;

import im.chancery.tests.e2e.XmppHost;
import im.chancery.tests.e2e.XmppServer;
import im.chancery.tests.e2e.XmppSetup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Measures an XMPP server alone, the same with Chancery, and the same with its own archive, side by side in one run: the rounds take
 * turns, so that a slow minute of the machine hits all three. Prints every round and the medians.
 *
 * <p>Usage: {@code HostBenchmark [--host prosody|tigase] [rounds] [seconds] [hosts]}; Prosody, and 5 rounds of 6 seconds a scene of all
 * hosts unless told. Those are {@code bare,chancery,mam} for Prosody, and {@code bare,chancery,archiving} for Tigase.
 */
public final class HostBenchmark {
    private static final int PAIRS = 50;
    private static final int IN_FLIGHT = Integer.getInteger("in-flight", 64);
    private static final int STEADY = 500;
    /** Until the engine's JIT compiler has little left to do: it takes a third of a core at first. */
    private static final double WARM_UP_SECONDS = Integer.getInteger("warm-up", 40);

    private final double seconds;
    /** variant → measure → one value a round. */
    private final Map<String, Map<String, List<Double>>> values = new LinkedHashMap<>();

    private HostBenchmark(double seconds) {
        this.seconds = seconds;
    }

    /** Runs all rounds and prints. */
    public static void main(String[] args) throws Exception {
        boolean named = args.length > 1 && args[0].equals("--host");
        XmppHost server = named ? XmppHost.valueOf(args[1].toUpperCase(Locale.ROOT)) : XmppHost.PROSODY;
        String[] rest = named ? Arrays.copyOfRange(args, 2, args.length) : args;
        int rounds = rest.length > 0 ? Integer.parseInt(rest[0]) : 5;
        HostBenchmark benchmark = new HostBenchmark(rest.length > 1 ? Double.parseDouble(rest[1]) : 6);
        List<Host> hosts = new ArrayList<>(rest.length > 2 ? Arrays.stream(rest[2].split(",")).map(word -> Host.of(server, word)).toList() : Host.of(server));
        hosts.stream().filter(host -> !host.isThere()).forEach(host -> System.out.println("NOT MEASURED: " + host.label()
                + ", because the local Maven repository hasn't got it"));
        hosts.removeIf(host -> !host.isThere());
        for (int round = 1; round <= rounds; round++) {
            for (Host host : hosts) {
                benchmark.round(host);
                System.out.printf(Locale.ROOT, "round %d of %d, %s: done%n", round, rounds, host.label());
            }
        }
        benchmark.print(rounds, Host.of(server).get(0).label());
    }

    /** What a server's process is called in what is printed. */
    static String name(XmppHost server) {
        return server.name().charAt(0) + server.name().substring(1).toLowerCase(Locale.ROOT);
    }

    private void round(Host host) throws Exception {
        try (Host.Running running = host.start(2 * PAIRS);
                PairLoad load = new PairLoad(clients(running), running.server().domain(), PAIRS, person -> XmppSetup.PASSWORD)) {
            load.closedLoop(PAIRS, 1, WARM_UP_SECONDS);
            Map<String, Double> before = cpu(running);
            PairLoad.Result pairs = load.closedLoop(PAIRS, 1, seconds);
            Map<String, Double> after = cpu(running);
            note(host, "1 " + PAIRS + " pairs, 1 in flight, messages/s", pairs.perSecond());
            after.forEach((name, cpu) ->
                    note(host, "2 CPU of " + name + ", µs a message", (cpu - before.get(name)) * 1e6 / pairs.arrived()));
            note(host, "3 1 pair, " + IN_FLIGHT + " in flight, messages/s", load.closedLoop(1, IN_FLIGHT, seconds).perSecond());
            PairLoad.Result steady = load.steady(STEADY, seconds);
            note(host, "4 " + STEADY + "/s, p50 ms", steady.latency().getValueAtPercentile(50) / 1000.0);
            note(host, "5 " + STEADY + "/s, p99 ms", steady.latency().getValueAtPercentile(99) / 1000.0);
            running.processes().forEach((name, pid) ->
                    note(host, "6 peak resident memory of " + name + ", MiB", ProcessTime.peakResidentMiB(pid)));
            note(host, "7 arrived after a later one of its sender", load.overtaken());
            running.kept(load.sent()).forEach((measure, value) -> note(host, measure, value));
        }
    }

    private static InetSocketAddress clients(Host.Running running) {
        return new InetSocketAddress(running.server().address(), XmppServer.CLIENT_PORT);
    }

    private static Map<String, Double> cpu(Host.Running running) {
        Map<String, Double> cpu = new LinkedHashMap<>();
        running.processes().forEach((name, pid) -> cpu.put(name, ProcessTime.cpuSeconds(pid)));
        return cpu;
    }

    private void note(Host host, String measure, double value) {
        values.computeIfAbsent(host.label(), k -> new TreeMap<>()).computeIfAbsent(measure, k -> new ArrayList<>()).add(value);
    }

    private void print(int rounds, String bare) throws IOException {
        System.out.println();
        System.out.println(Machine.describe());
        System.out.printf(Locale.ROOT, "median of %d rounds of %.0f s a scene (all rounds in brackets)%n", rounds, seconds);
        values.forEach((host, measures) -> {
            System.out.println(host);
            measures.forEach((measure, all) -> System.out.printf(Locale.ROOT, "  %-48s %10.2f  %s%n",
                    measure.substring(2), Machine.median(all), bracket(all)));
        });
        if (!values.containsKey(bare)) {
            return;
        }
        values.keySet().stream().filter(h -> !h.equals(bare)).forEach(h -> {
            System.out.printf(Locale.ROOT, "%s against %s%n", h, bare);
            values.get(bare).forEach((measure, all) -> {
                double ours = Machine.median(values.get(h).get(measure));
                if (measure.endsWith("messages/s")) {
                    System.out.printf(Locale.ROOT, "  %-48s %9.2f ×%n", measure.substring(2), ours / Machine.median(all));
                } else if (measure.endsWith(" ms")) {
                    System.out.printf(Locale.ROOT, "  %-48s %+9.2f ms%n", measure.substring(2), ours - Machine.median(all));
                }
            });
        });
    }

    private static String bracket(List<Double> all) {
        return all.stream().map(v -> String.format(Locale.ROOT, "%.2f", v)).toList().toString();
    }
}
