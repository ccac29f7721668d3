package im.chancery.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Watches the system calls of a process that appends one record after the other: between any two acknowledgements there
 * is a completed synced write to Derby's log. Derby opens its log with O_DSYNC where the file system allows it, and calls
 * fsync otherwise; either counts.
 */
class StableStorageIT {
    private static final int APPENDS = 40;

    @TempDir
    Path folder;

    @Test
    void eachAcknowledgementShouldFollowACompletedSyncOfTheLog() throws Exception {
        List<String> unsynced = Trace.unsynced(run("safe"), APPENDS);
        assertThat(unsynced).isEmpty();
    }

    @Test
    void switchedOffSyncingShouldBeSeen() throws Exception {
        List<String> unsynced = Trace.unsynced(run("unsafe"), APPENDS);
        assertThat(unsynced).hasSizeGreaterThan(APPENDS / 2);
    }

    private List<String> run(String mode) throws IOException, InterruptedException {
        Path trace = folder.resolve(mode + ".trace");
        Process process = new ProcessBuilder("strace", "-f", "-qq", "-e", "trace=openat,write,pwrite64,fsync,fdatasync", "-o", trace.toString(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-cp", System.getProperty("java.class.path"),
                AppendingChild.class.getName(), folder.resolve(mode).toString(), "1", Integer.toString(APPENDS), mode)
                .redirectError(folder.resolve(mode + ".log").toFile()).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assertThat(process.waitFor()).as(Files.readString(folder.resolve(mode + ".log"))).isZero();
        return Files.readAllLines(trace);
    }

    /** What strace wrote, read as far as syncing goes. */
    private static final class Trace {
        private static final Pattern OPEN = Pattern.compile("openat\\(AT_FDCWD, \"([^\"]*)\", ([A-Z_|]+).*\\) += (\\d+)");
        private static final Pattern CALL = Pattern.compile("(write|pwrite64|fsync|fdatasync)\\((\\d+)(?:, \"(ACK \\d+)?.*)?");
        private static final Pattern DERBY_LOG = Pattern.compile(".*/db/log/log\\d+\\.dat");

        private final Set<String> logs = new HashSet<>();
        private final Set<String> synced = new HashSet<>();
        private boolean syncSinceLast;
        private int acknowledged;
        private final List<String> unsynced = new ArrayList<>();

        /** The acknowledgements that no completed sync of Derby's log precedes, counted from the one before. */
        static List<String> unsynced(List<String> lines, int expected) {
            Trace trace = new Trace();
            Map<String, String> unfinished = new HashMap<>();
            for (String line : lines) {
                int space = line.indexOf(' ');
                String thread = line.substring(0, space);
                String call = line.substring(space).strip();
                if (call.startsWith("write(1, \"ACK ")) {
                    trace.acknowledge(call); // when it begins, finished or not
                } else if (call.endsWith("<unfinished ...>")) {
                    unfinished.put(thread, call.replace("<unfinished ...>", ""));
                } else if (call.startsWith("<...")) {
                    trace.completed(unfinished.remove(thread) + call.substring(call.indexOf('>') + 1));
                } else {
                    trace.completed(call);
                }
            }
            assertThat(trace.acknowledged).isEqualTo(expected);
            return trace.unsynced;
        }

        private void completed(String call) {
            Matcher open = OPEN.matcher(call);
            if (open.find()) {
                logs.remove(open.group(3));
                synced.remove(open.group(3));
                if (DERBY_LOG.matcher(open.group(1)).matches()) {
                    logs.add(open.group(3));
                    if (open.group(2).contains("O_DSYNC") || open.group(2).contains("O_SYNC")) {
                        synced.add(open.group(3));
                    }
                }
                return;
            }
            Matcher other = CALL.matcher(call);
            if (other.find() && logs.contains(other.group(2)) && !call.contains("= -1")) {
                boolean sync = other.group(1).endsWith("sync");
                syncSinceLast |= sync || synced.contains(other.group(2));
            }
        }

        private void acknowledge(String call) {
            acknowledged++;
            if (!syncSinceLast) {
                unsynced.add(call);
            }
            syncSinceLast = false;
        }
    }
}
