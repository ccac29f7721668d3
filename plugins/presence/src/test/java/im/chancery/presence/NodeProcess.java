package im.chancery.presence;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A {@link PresenceNode} and the pipe to it. */
final class NodeProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);

    final String name;
    private final Process process;
    private final PrintStream in;
    private final BlockingQueue<String> out = new LinkedBlockingQueue<>();

    NodeProcess(String name, Path secret, String listen, List<String> members) throws IOException, InterruptedException {
        this.name = name;
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
                PresenceNode.class.getName(), name, secret.toString(), listen));
        command.addAll(members);
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "reader of " + name);
        reader.setDaemon(true);
        reader.start();
        String line = nextLine("ready");
        if (line == null) {
            throw new IllegalStateException("node " + name + " isn't ready after " + START);
        }
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                out.add(line);
            }
        } catch (IOException e) {
            out.add("the pipe broke: " + e);
        }
    }

    /** The next line that starts like this; the log lines between are left out. */
    private String nextLine(String start) throws InterruptedException {
        String line = out.poll(START.toSeconds(), TimeUnit.SECONDS);
        while (line != null && !line.startsWith(start)) {
            line = out.poll(START.toSeconds(), TimeUnit.SECONDS);
        }
        return line;
    }

    void publish(String who) {
        in.println("publish " + who);
    }

    /** {@code JID@node} of all it sees. */
    Set<String> view() throws InterruptedException {
        in.println("view");
        String line = nextLine("view ");
        Set<String> seen = new TreeSet<>(List.of(line.substring(5).split(" ")));
        seen.remove("");
        return seen;
    }

    /** Waits until it sees this, and says how long that took; fails when it takes longer than allowed. */
    Duration sees(Set<String> expected, Duration within) throws InterruptedException {
        long start = System.nanoTime();
        Set<String> seen = view();
        while (!seen.equals(expected)) {
            if (System.nanoTime() - start > within.toNanos()) {
                throw new AssertionError("after " + within + " node " + name + " sees " + seen + " and should see " + expected);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            seen = view();
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** {@code kill -9}. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Sends it a signal, such as STOP. */
    void signal(String signal) throws IOException, InterruptedException {
        int status = new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IOException("kill -" + signal + " ended with " + status);
        }
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
