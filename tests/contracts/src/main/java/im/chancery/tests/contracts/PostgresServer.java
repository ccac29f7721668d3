package im.chancery.tests.contracts;

import im.chancery.archive.StoreConfig;
import im.chancery.core.config.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A PostgreSQL server of its own for tests, on a free port of the loopback, with a random password. One for the whole
 * JVM; it ends with it. Needs the programs of a PostgreSQL package, and fails where they aren't there. PostgreSQL refuses to
 * run as root, so root runs it as the user {@code postgres}, whom the package makes.
 */
public final class PostgresServer {
    private static final String USER = "chancery";
    private static final int PATIENCE_SECONDS = 60;

    private static PostgresServer shared;

    private final AtomicInteger databases = new AtomicInteger();
    private final Path folder;
    private final int port;

    private PostgresServer(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    /** The JVM's server, started if this is the first call. */
    public static synchronized PostgresServer shared() throws IOException {
        if (shared == null) {
            shared = start();
        }
        return shared;
    }

    /** A new and empty database. */
    public StoreConfig newDatabase() throws SQLException, IOException {
        String name = "test" + databases.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(url("postgres"), USER, Files.readString(password()));
                Statement create = connection.createStatement()) {
            create.execute("CREATE DATABASE " + name);
        }
        return StoreConfig.postgresql(url(name), USER, Optional.of(Secret.read(password())));
    }

    private String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    private Path password() {
        return folder.resolve("password");
    }

    private static PostgresServer start() throws IOException {
        Path folder = Files.createTempDirectory("postgres");
        Path password = Files.writeString(folder.resolve("password"), UUID.randomUUID().toString());
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        Path data = Files.createDirectory(folder.resolve("data"));
        if (isRoot()) {
            run(List.of("chown", "-R", "postgres", folder.toString()));
        }
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
        Path programs = programs();
        run(unprivileged(programs.resolve("initdb").toString(), "-D", data.toString(), "-U", USER, "--pwfile=" + password,
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"));
        int port = freePort();
        Path log = folder.resolve("server.log");
        List<String> control = unprivileged(programs.resolve("pg_ctl").toString(), "-D", data.toString(), "-l", log.toString(), "-w", "-t",
                Integer.toString(PATIENCE_SECONDS));
        List<String> start = new ArrayList<>(control);
        start.addAll(List.of("-o", "-h 127.0.0.1 -p " + port + " -k " + folder, "start"));
        run(start);
        List<String> stop = new ArrayList<>(control);
        stop.addAll(List.of("-m", "immediate", "stop"));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(stop, folder)));
        return new PostgresServer(folder, port);
    }

    private static void end(List<String> stop, Path folder) {
        try {
            run(stop);
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the test's PostgreSQL in " + folder + " is left over", e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** The newest version that is installed: Debian keeps the server's programs out of the path. */
    private static Path programs() throws IOException {
        Path versions = Path.of("/usr/lib/postgresql");
        if (!Files.isDirectory(versions)) {
            throw new IOException("PostgreSQL's programs are needed in " + versions + "/VERSION/bin: install the package 'postgresql'");
        }
        try (Stream<Path> found = Files.list(versions)) {
            return found.map(v -> v.resolve("bin")).filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .max(Comparator.comparing(bin -> Double.parseDouble(bin.getParent().getFileName().toString())))
                    .orElseThrow(() -> new IOException("no initdb below " + versions));
        }
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private static List<String> unprivileged(String... command) {
        List<String> all = new ArrayList<>();
        if (isRoot()) {
            all.addAll(List.of("runuser", "-u", "postgres", "--"));
        }
        all.addAll(List.of(command));
        return all;
    }

    private static void run(List<String> command) throws IOException {
        Path output = Files.createTempFile("command", ".log");
        Process process = new ProcessBuilder(command).directory(Path.of("/").toFile()).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(command.get(0) + " didn't end: " + Files.readString(output));
            }
            if (process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + " ended with " + process.exitValue() + ": " + Files.readString(output));
            }
            Files.delete(output);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
