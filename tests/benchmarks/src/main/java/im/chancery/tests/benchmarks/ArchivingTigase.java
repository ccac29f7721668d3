package im.chancery.tests.benchmarks;

import im.chancery.tests.e2e.Deadline;
import im.chancery.tests.e2e.XmppHost;
import im.chancery.tests.e2e.XmppSetup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Tigase with its own message archiving on its own Derby, which is asked in the end how much it has kept. */
final class ArchivingTigase extends Host.Alone {
    private static final Duration WRITE_LIMIT = Duration.ofMinutes(5);
    /** At rest a Tigase takes less than this of a core. */
    private static final double AT_REST = 0.1;
    private static final Duration LOOK = Duration.ofSeconds(2);
    private static final Pattern COUNT = Pattern.compile("^\\s*(\\d+)\\s*$", Pattern.MULTILINE);

    private long lookedAt;
    private double cpuSeconds;

    ArchivingTigase(XmppSetup setup) {
        super(XmppHost.TIGASE, setup);
    }

    /** It keeps each message twice, for each of the two, some time after it has delivered it. It is given the time, then stopped and looked into. */
    @Override
    public Map<String, Double> kept(int messages) throws IOException {
        look();
        Deadline.await("Tigase has written what it still had to", WRITE_LIMIT, this::isAtRest);
        server().stop();
        return Map.of("7 rows kept of 100 that were due", 100.0 * rows() / (2.0 * messages));
    }

    private boolean isAtRest() {
        if (System.nanoTime() - lookedAt < LOOK.toNanos()) {
            return false;
        }
        double before = cpuSeconds;
        look();
        return cpuSeconds - before < AT_REST * LOOK.toSeconds();
    }

    private void look() {
        lookedAt = System.nanoTime();
        cpuSeconds = ProcessTime.cpuSeconds(server().pid());
    }

    /** By a process with the server's jars, because its Derby is older than the engine's. */
    private long rows() throws IOException {
        Path home = server().home();
        Files.writeString(home.resolve("count.sql"), "connect 'jdbc:derby:data/tigasedb';\nselect count(*) from tig_ma_msgs;\n");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", "jars/*",
                "org.apache.derby.tools.ij", "count.sql").directory(home.toFile()).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher count = COUNT.matcher(said);
        // the number stands below the column's heading, which is a number too
        if (!count.find() || !count.find()) {
            throw new IllegalStateException("Tigase's archive can't be counted:\n" + said);
        }
        return Long.parseLong(count.group(1));
    }
}
