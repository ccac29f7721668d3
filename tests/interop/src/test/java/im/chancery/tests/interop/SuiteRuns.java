package im.chancery.tests.interop;

import im.chancery.tests.e2e.EngineProcess;
import im.chancery.tests.e2e.XmppSetup;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Smack's suite against one server, run as often as it takes until each test has an outcome. For one thread. */
final class SuiteRuns {
    static final String DOMAIN = XmppSetup.PLAIN_DOMAIN;
    /** On a bare Tigase six tests each end a run. */
    private static final int RUNS = 12;
    /** Every run has people of its own: three, and one for each connection that a test makes for itself. */
    private static final int SEEDS = 60;
    private static final int CONNECTIONS = 60;
    private static final long RUN_LIMIT_SECONDS = 240;
    /** How long Smack waits for a reply. Some tests fail by waiting, so it is a good part of a run's time. */
    private static final int REPLY_LIMIT_MILLIS = 5_000;
    /** They look for their server by the web's own port. */
    private static final String OUT_OF_REACH = "modular-websocket-okhttp,modular-websocket-java11";

    private final String name;
    private final InetAddress server;
    private final Path folder;
    private final Map<String, Outcome> outcomes = new TreeMap<>();
    private int seed;

    /**
     * Runs against a server of {@link #DOMAIN}.
     *
     * @param name   what the runs are called in what is printed
     * @param folder where logs and results go
     */
    SuiteRuns(String name, InetAddress server, Path folder) {
        this.name = name;
        this.server = server;
        this.folder = folder;
    }

    /** The config's list of all people that any run can have. */
    static String people() {
        StringBuilder people = new StringBuilder("people:\n");
        for (int seed = 1; seed <= SEEDS; seed++) {
            String run = SmackSuite.runId(seed);
            List<String> localparts = new ArrayList<>(List.of("smack-inttest-one-" + run, "smack-inttest-two-" + run, "smack-inttest-three-" + run));
            for (int connection = 1; connection <= CONNECTIONS; connection++) {
                localparts.add("sinttest-" + run + "-" + connection);
            }
            localparts.forEach(p -> people.append("  - {jid: ").append(p).append('@').append(DOMAIN).append("}\n"));
        }
        return people.toString();
    }

    /** Runs all tests. What follows a test that has broken a run off is run in the next. @return one outcome by each test's name */
    Map<String, Outcome> all() {
        Set<String> done = new TreeSet<>();
        for (int run = 1; run <= RUNS; run++) {
            List<Outcome> some = run(done.isEmpty() ? List.of() : List.of("-Dsinttest.disabledTests=" + String.join(",", done)));
            some.forEach(outcome -> {
                outcomes.put(outcome.test(), outcome);
                done.add(outcome.method());
            });
            boolean ended = !some.isEmpty() && some.stream().noneMatch(o -> o.kind() == Outcome.Kind.BROKE_OFF);
            if (ended || !done.isEmpty() && hadNothingLeft()) {
                print(outcomes.values());
                return outcomes;
            }
        }
        throw new AssertionError(name + ": after " + RUNS + " runs not all tests were run; see " + folder);
    }

    /** Whether the newest run found nothing to do: the last of all tests had broken off the run before. */
    private boolean hadNothingLeft() {
        try {
            return Files.readString(folder.resolve(name + "-" + seed + ".log")).contains("No integration tests selected");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs one test alone. @return whether it passed */
    boolean passesAlone(Outcome test) {
        List<Outcome> some = run(List.of("-Dsinttest.enabledTests=" + test.method()));
        boolean passed = some.stream().anyMatch(o -> o.test().equals(test.test()) && o.kind() == Outcome.Kind.PASSED);
        System.out.println(name + ", alone, run " + seed + ": " + test.test() + (passed ? " passed" : " failed: " + some));
        return passed;
    }

    private void print(Collection<Outcome> all) {
        System.out.println(name + ", in " + seed + " runs: " + all.stream().collect(Collectors.groupingBy(Outcome::kind, TreeMap::new, Collectors.counting())));
        all.stream().filter(o -> o.kind() != Outcome.Kind.PASSED).forEach(o -> System.out.println("  " + o));
    }

    /** The outcomes of one process; none if it ended before there was any. */
    private List<Outcome> run(List<String> selection) {
        seed++;
        if (seed > SEEDS) {
            throw new AssertionError(name + ": the directory has no people for more than " + SEEDS + " runs");
        }
        Path results = folder.resolve(name + "-" + seed + ".results");
        Path module = EngineProcess.repository().resolve("tests/interop/target");
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
                "-Dsinttest.service=" + DOMAIN, "-Dsinttest.host=" + server.getHostAddress(), "-Dsinttest.securityMode=disabled",
                "-Dsinttest.replyTimeout=" + REPLY_LIMIT_MILLIS, "-Dsinttest.dnsResolver=javax", "-Dsinttest.disabledConnections=" + OUT_OF_REACH));
        command.addAll(selection);
        command.addAll(List.of("-cp", module.resolve("classes") + File.pathSeparator + module.resolve("lib") + "/*",
                SmackSuite.class.getName(), results.toString(), Integer.toString(seed)));
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(folder.resolve(name + "-" + seed + ".log").toFile()).start();
            if (!process.waitFor(RUN_LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            return Files.exists(results) ? Files.readAllLines(results).stream().map(Outcome::of).toList() : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
