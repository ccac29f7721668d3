package im.chancery.tests.contracts;

import im.chancery.archive.StoreConfig;
import im.chancery.core.config.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
 * A PostgreSQL server of its own for tests, with a random password: the one that is shared on a Unix socket of its own, all others on a free port. It ends with the JVM, or when it is closed. Needs the programs of a
 * PostgreSQL package, and fails where they aren't there. PostgreSQL refuses to run as root, so root runs it as the user {@code postgres}, whom the
 * package makes.
 */
public final class PostgresServer implements AutoCloseable {
    private static final String USER = "chancery";
    private static final int PATIENCE_SECONDS = 60;
    /** Of a server that has no port; its socket is named after it. */
    private static final int SOCKET_NUMBER = 5432;

    private static PostgresServer shared;

    private final AtomicInteger databases = new AtomicInteger();
    private final Path folder;
    /** Empty where it listens on its socket alone. */
    private final String address;
    private final int port;
    private final String options;
    private boolean runs;

    private PostgresServer(String address, String... settings) throws IOException {
        this.folder = Files.createTempDirectory("postgres");
        this.address = address;
        this.port = address.isEmpty() ? SOCKET_NUMBER : FreePort.on(address);
        this.options = "-h '" + address + "' -p " + port + " -k " + folder + String.join("", Stream.of(settings).map(s -> " -c " + s).toList());
    }

    /** The JVM's server, which listens on no address but on a socket of its own, started if this is the first call. */
    public static synchronized PostgresServer shared() throws IOException {
        if (shared == null) {
            shared = start(new PostgresServer(""), "samehost");
        }
        return shared;
    }

    /** A server on the loopback, of this test's own, with settings such as {@code fsync=off}. */
    public static PostgresServer own(String... settings) throws IOException {
        return start(new PostgresServer("127.0.0.1", settings), "127.0.0.1/32");
    }

    /** A server on one of this machine's addresses, for clients from a range of addresses such as {@code 10.0.0.0/24}. */
    public static PostgresServer start(String address, String clients) throws IOException {
        return start(new PostgresServer(address), clients);
    }

    private static PostgresServer start(PostgresServer server, String clients) throws IOException {
        server.prepare(clients);
        server.resume();
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
        return server;
    }

    /** Its user, who may do everything. */
    public String user() {
        return USER;
    }

    /** Where it listens, as {@code ADDRESS:PORT}. */
    public String hostAndPort() {
        return address + ":" + port;
    }

    /** A new and empty database. */
    public StoreConfig newDatabase() throws SQLException, IOException {
        return StoreConfig.postgresql(newDatabaseUrl(), USER, Optional.of(Secret.read(password())));
    }

    /** The JDBC URL of a new and empty database, without user and password. */
    public String newDatabaseUrl() throws SQLException, IOException {
        String name = "test" + databases.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(url("postgres"), USER, Files.readString(password()));
                Statement create = connection.createStatement()) {
            create.execute("CREATE DATABASE " + name);
        }
        return url(name);
    }

    /** A connection of its user to a database that {@link #newDatabase} made, or to {@code postgres}. */
    public Connection connect(StoreConfig store) throws SQLException, IOException {
        return DriverManager.getConnection(store.url().orElseThrow(), USER, Files.readString(password()));
    }

    /** A JDBC URL with one parameter more, such as {@code socketTimeout=2}. */
    public static String with(String url, String parameter) {
        return url + (url.contains("?") ? "&" : "?") + parameter;
    }

    private String url(String database) {
        if (address.isEmpty()) {
            return "jdbc:postgresql://localhost/" + database + "?socketFactory=org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg&socketFactoryArg="
                    + folder.resolve(".s.PGSQL." + port);
        }
        return "jdbc:postgresql://" + hostAndPort() + "/" + database;
    }

    /** The file with its user's password. */
    public Path password() {
        return folder.resolve("password");
    }

    /** Starts it again after {@link #stop}. */
    public synchronized void resume() throws IOException {
        control("-l", folder.resolve("server.log").toString(), "-o", options, "start");
        runs = true;
    }

    /** Stops it, and ends all connections; {@link #resume} starts it again. */
    public synchronized void stop() throws IOException {
        control("-m", "fast", "stop");
        runs = false;
    }

    /** Has it follow a primary, which there isn't, from its next start on: it then takes no writes. */
    public void becomeStandby() throws IOException {
        Path signal = Files.createFile(folder.resolve("data/standby.signal"));
        if (isRoot()) {
            run(List.of("chown", "postgres", signal.toString()));
        }
    }

    private void prepare(String clients) throws IOException {
        Path password = Files.writeString(password(), UUID.randomUUID().toString());
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        Path data = Files.createDirectory(folder.resolve("data"));
        if (isRoot()) {
            run(List.of("chown", "-R", "postgres", folder.toString()));
        }
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
        Path programs = programs();
        run(unprivileged(programs.resolve("initdb").toString(), "-D", data.toString(), "-U", USER, "--pwfile=" + password,
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"));
        Files.writeString(data.resolve("pg_hba.conf"), "host all all " + clients + " scram-sha-256\n", StandardOpenOption.APPEND);
    }

    private void control(String... what) throws IOException {
        List<String> command = unprivileged(programs().resolve("pg_ctl").toString(), "-D", folder.resolve("data").toString(), "-w", "-t",
                Integer.toString(PATIENCE_SECONDS));
        command.addAll(List.of(what));
        run(command);
    }

    /** Ends it at once and keeps nothing; at the latest the JVM's end does that. */
    @Override
    public synchronized void close() {
        if (!runs) {
            return;
        }
        runs = false;
        try {
            control("-m", "immediate", "stop");
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the test's PostgreSQL in " + folder + " is left over", e);
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
