package im.chancery.tests.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;

/** POSIX signals that Java has no method for. */
final class Signals {
    private Signals() {
    }

    /** Sends a signal, such as {@code STOP}, to a process that the tests have started. */
    static void send(Process process, String name) {
        try {
            int result = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
            if (result != 0) {
                throw new AssertionError("kill -" + name + " gave " + result);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
