package im.chancery.tests.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux says of a process: CPU time and resident memory (proc(5)). */
final class ProcessTime {
    /** Clock ticks a second; 100 on every Linux that Java runs on ({@code getconf CLK_TCK}). */
    private static final double TICKS_PER_SECOND = 100;

    private ProcessTime() {
    }

    /** CPU seconds, user and system, of all its threads since it started. */
    static double cpuSeconds(long pid) {
        String stat = read(pid, "stat");
        // The second field is the command in brackets and may hold blanks; utime and stime are the 14th and 15th.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    /** The greatest resident set it ever had, in MiB. */
    static long peakResidentMiB(long pid) {
        return read(pid, "status").lines().filter(l -> l.startsWith("VmHWM:"))
                .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")) / 1024).findFirst().orElseThrow();
    }

    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
