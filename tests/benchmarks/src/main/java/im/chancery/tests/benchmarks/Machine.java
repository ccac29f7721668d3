package im.chancery.tests.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What every benchmark prints beside its figures: the machine, and the median of its runs. */
final class Machine {
    private Machine() {
    }

    /** Processor, cores, memory, Java and kernel in one line. */
    static String describe() throws IOException {
        String cpu = Files.readString(Path.of("/proc/cpuinfo")).lines().filter(l -> l.startsWith("model name"))
                .map(l -> l.substring(l.indexOf(':') + 1).strip()).findFirst().orElse("unknown processor");
        long kib = Files.readString(Path.of("/proc/meminfo")).lines().filter(l -> l.startsWith("MemTotal"))
                .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", ""))).findFirst().orElse(0);
        return "machine: " + cpu + ", " + Runtime.getRuntime().availableProcessors() + " cores, " + kib / (1 << 20) + " GiB, Java "
                + Runtime.version() + ", " + System.getProperty("os.name") + " " + System.getProperty("os.version");
    }

    /** The middle value, or the mean of the two middle ones. */
    static double median(List<Double> all) {
        double[] sorted = all.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int n = sorted.length;
        return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }
}
