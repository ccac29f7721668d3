package im.chancery.tests.contracts;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A PostgreSQL server of Debian's package, for one test run, on a free port of the loopback address, with its data in a
 * folder of its own. PostgreSQL refuses to run as root, so it then runs as {@code nobody}.
 */
final class PrivatePostgres implements AutoCloseable {
    private static final Path VERSIONS = Path.of("/usr/lib/postgresql");

    private final Path bin;
    private final Path data;
    private final int port;
    private final Process server;

    PrivatePostgres(String... settings) throws IOException, InterruptedException {
        try (Stream<Path> versions = Files.list(VERSIONS)) {
            bin = versions.sorted().reduce((a, b) -> b).orElseThrow(() -> new IOException("no PostgreSQL in " + VERSIONS)).resolve("bin");
        }
        Path home = Files.createTempDirectory("postgres", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxrwxrwx")));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
        data = home.resolve("data");
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        int made = start(home, "initdb", List.of("-D", data.toString(), "-A", "trust", "-U", "chancery", "-E", "UTF8", "--no-sync")).waitFor();
        if (made != 0) {
            throw new IOException("initdb failed: " + Files.readString(home.resolve("initdb.log")));
        }
        List<String> arguments = new ArrayList<>(List.of("-D", data.toString(), "-p", Integer.toString(port), "-h", "127.0.0.1", "-k", home.toString()));
        for (String setting : settings) {
            arguments.addAll(List.of("-c", setting));
        }
        server = start(home, "postgres", arguments);
        for (int tries = 0; start(home, "pg_isready", List.of("-h", "127.0.0.1", "-p", Integer.toString(port), "-t", "1")).waitFor() != 0; tries++) {
            if (tries > 300 || !server.isAlive()) {
                throw new IOException("PostgreSQL didn't start: " + Files.readString(home.resolve("postgres.log")));
            }
        }
    }

    private Process start(Path home, String program, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if (ProcessHandle.current().info().user().filter("root"::equals).isPresent()) {
            command.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
        }
        command.add(bin.resolve(program).toString());
        command.addAll(arguments);
        return new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true)
                .redirectOutput(home.resolve(program + ".log").toFile()).start();
    }

    String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    String user() {
        return "chancery";
    }

    @Override
    public void close() throws InterruptedException {
        // setpriv has become the server: its process is the postmaster, for which SIGINT is a fast shutdown, SIGTERM a patient one.
        server.destroy();
        server.waitFor();
    }
}
