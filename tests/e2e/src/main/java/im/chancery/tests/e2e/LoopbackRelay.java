package im.chancery.tests.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Lets a test reach a port on the loopback of a {@link PrivateNetwork.Place}, where the admin API listens: a process in there passes on what comes to the same
 * port on the place's address.
 */
final class LoopbackRelay implements AutoCloseable {
    private final Process process;

    private LoopbackRelay(Process process) {
        this.process = process;
    }

    /** Starts the process. */
    static LoopbackRelay start(PrivateNetwork.Place place, int port) {
        return new LoopbackRelay(EngineProcess.runHere(place.command(), LoopbackRelay.class, place.address(), Integer.toString(port)));
    }

    /** Passes on until it is killed; the arguments are the address and the port. */
    public static void main(String[] arguments) throws IOException {
        InetAddress address = InetAddress.getByName(arguments[0]);
        int port = Integer.parseInt(arguments[1]);
        try (ServerSocket listener = new ServerSocket()) {
            listener.bind(new InetSocketAddress(address, port));
            while (true) {
                Socket outside = listener.accept();
                run(() -> connect(outside, port));
            }
        }
    }

    private static void connect(Socket outside, int port) {
        try (outside; Socket inside = new Socket(InetAddress.getLoopbackAddress(), port)) {
            run(() -> pass(inside, outside));
            pass(outside, inside);
        } catch (IOException e) {
            // nobody listens inside: the one outside sees its connection end
        }
    }

    private static void pass(Socket from, Socket to) {
        try (from; to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // one end is gone, the other goes with it
        }
    }

    private static void run(Runnable task) {
        new Thread(task, "relay").start();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
