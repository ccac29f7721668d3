package im.chancery.tests.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A few network namespaces on one bridge, with addresses that nobody but this machine knows: servers in them see each other as servers on machines of
 * their own do, and this machine sees them all. Needs root, and the program {@code ip} of iproute2. All of it goes away with {@link #close}, at the
 * latest with the JVM. For one thread.
 */
public final class PrivateNetwork implements AutoCloseable {
    private static final int LIMIT_SECONDS = 20;
    private static final int FIRST_PLACE = 11;

    private final String name = "chy" + Integer.toHexString(ThreadLocalRandom.current().nextInt(0x1000, 0x10000));
    private final String range;
    private final List<Place> places = new ArrayList<>();
    private boolean open;

    /**
     * A namespace.
     *
     * @param namespace its name
     * @param address   its address on the bridge
     */
    public record Place(String namespace, String address) {
        /** The beginning of a command that runs in there: {@code ip} becomes what follows. */
        public List<String> command() {
            return List.of("ip", "netns", "exec", namespace);
        }
    }

    private PrivateNetwork(String range) {
        this.range = range;
    }

    /** Makes the bridge. */
    public static PrivateNetwork open() {
        if (!ProsodyServer.isRoot()) {
            throw new AssertionError("servers on addresses of their own need network namespaces, which only root may make: run these tests as root");
        }
        PrivateNetwork network = new PrivateNetwork(freeRange());
        Runtime.getRuntime().addShutdownHook(new Thread(network::close, "delete-network"));
        network.open = true;
        ip("link", "add", network.name, "type", "bridge");
        ip("address", "add", network.address() + "/24", "dev", network.name);
        ip("link", "set", network.name, "up");
        return network;
    }

    /** This machine's own address on the bridge. */
    public String address() {
        return range + ".1";
    }

    /** All addresses on the bridge, such as {@code 10.231.7.0/24}. */
    public String addresses() {
        return range + ".0/24";
    }

    /** Makes a namespace. */
    public Place place() {
        int number = FIRST_PLACE + places.size();
        Place place = new Place(name + "-" + number, range + "." + number);
        ip("netns", "add", place.namespace());
        places.add(place);
        // the end outside is named like the namespace; when this is deleted, both ends go
        ip("link", "add", place.namespace(), "type", "veth", "peer", "name", "eth0", "netns", place.namespace());
        ip("link", "set", place.namespace(), "master", name, "up");
        ip("-n", place.namespace(), "address", "add", place.address() + "/24", "dev", "eth0");
        ip("-n", place.namespace(), "link", "set", "eth0", "up");
        ip("-n", place.namespace(), "link", "set", "lo", "up");
        return place;
    }

    private static String freeRange() {
        try {
            while (true) {
                String range = "10.231." + ThreadLocalRandom.current().nextInt(1, 255);
                if (NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses)
                        .noneMatch(address -> address.getHostAddress().startsWith(range + "."))) {
                    return range;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String ip(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        try {
            Path output = Files.createTempFile("ip", ".log");
            Process process = start(command, output);
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            String said = Files.readString(output);
            Files.delete(output);
            if (process.exitValue() != 0) {
                throw new AssertionError(String.join(" ", command) + " ended with " + process.exitValue() + ": " + said);
            }
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static Process start(List<String> command, Path output) {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        } catch (IOException e) {
            throw new AssertionError("there is no program 'ip', which makes network namespaces; Debian's package iproute2 has it, and scripts/test installs it", e);
        }
    }

    /** Kills what still runs in the namespaces and removes them and the bridge. */
    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            places.forEach(PrivateNetwork::delete);
            ip("link", "delete", name);
        }
    }

    private static void delete(Place place) {
        List<ProcessHandle> left = ip("netns", "pids", place.namespace()).lines().map(Long::valueOf).flatMap(pid -> ProcessHandle.of(pid).stream()).toList();
        left.forEach(ProcessHandle::destroyForcibly);
        left.forEach(process -> process.onExit().join());
        ip("netns", "delete", place.namespace());
    }
}
