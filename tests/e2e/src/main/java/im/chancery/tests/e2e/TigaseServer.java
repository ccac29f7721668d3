package im.chancery.tests.e2e;

import im.chancery.tests.contracts.PostgresServer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A Tigase on its own embedded Derby. The jars are those that the Maven profile {@code tigase} leaves in {@code target}. */
public final class TigaseServer extends XmppServer {
    private static final long SCHEMA_LIMIT_SECONDS = 60;
    /** Compiles soon rather than well: a third less time from start to ready. */
    private static final String SOON = "-XX:TieredStopAtLevel=1";
    private static final Path JARS = EngineProcess.repository().resolve("tests/e2e/target/tigase/jars");
    /** A folder with a database of these people and components: making one costs as much as starting the server. */
    private static final Map<Template, Path> TEMPLATES = new HashMap<>();

    /** @param addresses the people's, one after the other with commas */
    private record Template(String addresses, List<Path> components) {
    }

    TigaseServer(XmppSetup setup) throws IOException {
        super(XmppHost.TIGASE, setup);
    }

    @Override
    List<String> command() {
        List<String> command = new ArrayList<>(List.of(java(), "-Xmx384m", "-XX:+UseSerialGC", SOON, "-Djdk.net.hosts.file=etc/hosts",
                // nobody is asked for SRV records: there is no DNS at this port, and the answer is no at once
                "-Djava.naming.provider.url=dns://" + address().getHostAddress() + ":9",
                "-Djava.util.logging.SimpleFormatter.format=%1$tF %1$tT %4$s %3$s: %5$s%6$s%n"));
        command.addAll(setup().tigase.javaOptions());
        command.addAll(List.of("-cp", "jars/*", "tigase.server.XMPPServer"));
        return command;
    }

    @Override
    boolean saysThatItServes(String logged) {
        return logged.contains("Server finished starting up");
    }

    @Override
    String loginOf(String bareJid) {
        return "Authorized as " + bareJid;
    }

    @Override
    int handshakes() {
        return 4;
    }

    /** What can be reached in its heap now, in bytes: how far a heap has grown says nothing of what is in it. */
    @Override
    public long memory() {
        try {
            Process histogram = new ProcessBuilder(java().replaceFirst("java$", "jcmd"), Long.toString(pid()), "GC.class_histogram").redirectErrorStream(true).start();
            String counted = new String(histogram.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return Long.parseLong(counted.strip().replaceFirst("(?s).*\\s", ""));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public URI bosh() {
        return URI.create("http://" + address().getHostAddress() + ":" + BOSH_PORT + "/");
    }

    @Override
    public URI webSocket() {
        return URI.create("ws://" + address().getHostAddress() + ":" + WEBSOCKET_PORT + "/");
    }

    @Override
    void writeFiles() throws IOException {
        setup().engine.ifPresent(setup().tigase::engine);
        if (setup().tigase.hasOwnDatabase()) {
            Folders.copy(template(new Template(addresses(domain(), setup().people), setup().tigase.components())), home().resolve("data"));
        }
        for (String folder : List.of("etc", "logs", "certs", "trusted", "jars")) {
            Files.createDirectories(home().resolve(folder));
        }
        link(jars(), home().resolve("jars"));
        for (Path jar : setup().tigase.jars()) {
            Files.copy(jar, home().resolve("jars").resolve(jar.getFileName())); // Java takes a link for the file, whose neighbours are others
        }
        link(setup().tigase.engineJars(), Files.createDirectory(home().resolve("jars/chancery")));
        certificates().writeAuthority(home().resolve("trusted/authority.pem"));
        writeCertificate(home().resolve("certs").resolve(domain() + ".pem"));
        Files.writeString(home().resolve("etc/hosts"), setup().hosts());
        for (String component : setup().components) { // which Tigase takes over into its database
            Files.writeString(home().resolve("etc/externalComponentItems"), String.join(":", component, XmppSetup.COMPONENT_SECRET, "accept",
                    Integer.toString(COMPONENT_PORT), component + ";" + address().getHostAddress()) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
        Files.writeString(home().resolve("etc/config.tdsl"), setup().tigase.config(setup(), address().getHostAddress()));
    }

    private static String addresses(String domain, Collection<String> people) {
        return people.stream().map(person -> person + "@" + domain).collect(Collectors.joining(","));
    }

    private static void link(List<Path> files, Path folder) throws IOException {
        for (Path file : files) {
            Files.createSymbolicLink(folder.resolve(file.getFileName()), file);
        }
    }

    /** One file with the server's certificate, its key and the authority's certificate. */
    private void writeCertificate(Path file) throws IOException {
        Path certificate = home().resolve("server.crt");
        Path key = home().resolve("server.key");
        certificates().write(List.of(domain(), roomDomain(), XmppSetup.pubsubDomain(domain())), certificate, key);
        Files.writeString(file, Files.readString(certificate) + Files.readString(key) + Files.readString(home().resolve("trusted/authority.pem")));
    }

    /** A data folder with the schema and the accounts. */
    private static synchronized Path template(Template wanted) throws IOException {
        Path known = TEMPLATES.get(wanted);
        if (known != null) {
            return known;
        }
        Path folder = Files.createTempDirectory("chancery-tigase-template-");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Folders.delete(folder), "delete-template"));
        installSchema(folder, wanted, "-T", "derby", "-D", "data/tigasedb");
        TEMPLATES.put(wanted, folder.resolve("data"));
        return folder.resolve("data");
    }

    /**
     * Makes a database in a PostgreSQL, for any number of Tigases.
     *
     * @return its URL, with the password
     */
    public static String newDatabase(PostgresServer postgres, String name, String domain, String... people) throws IOException {
        String password = Files.readString(postgres.password());
        Path folder = Files.createTempDirectory("chancery-tigase-schema-");
        try {
            installSchema(folder, new Template(addresses(domain, List.of(people)), List.of()), "-T", "postgresql", "-D", name, "-H", postgres.hostAndPort(),
                    "-R", postgres.user(), "-A", password, "-U", postgres.user(), "-P", password);
        } finally {
            Folders.delete(folder);
        }
        return "jdbc:postgresql://" + postgres.hostAndPort() + "/" + name + "?user=" + postgres.user() + "&password=" + password;
    }

    private static void installSchema(Path folder, Template wanted, String... where) throws IOException {
        Path database = Files.createDirectory(folder.resolve("database"));
        StringBuilder classPath = new StringBuilder(JARS + "/*");
        for (Path jar : jars()) {
            copySchema(jar, database);
        }
        for (Path jar : wanted.components()) {
            copySchema(jar, database);
            classPath.append(File.pathSeparator).append(jar);
        }
        Path log = folder.resolve("schema.log");
        List<String> command = new ArrayList<>(List.of(java(), SOON, "-cp", classPath.toString(), "tigase.db.util.SchemaManager", "install-schema"));
        command.addAll(List.of(where));
        command.addAll(List.of("-J", wanted.addresses(), "-N", XmppSetup.PASSWORD));
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            if (!process.waitFor(SCHEMA_LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new AssertionError("Tigase's schema could not be made:\n" + Files.readString(log));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Tigase reads its schema from files, which its jars bring. */
    private static void copySchema(Path jar, Path database) throws IOException {
        try (FileSystem content = FileSystems.newFileSystem(jar)) {
            Path folder = content.getPath("database");
            for (Path file : Files.isDirectory(folder) ? TigaseSetup.list(folder) : List.<Path>of()) {
                Files.copy(file, database.resolve(file.getFileName().toString()));
            }
        }
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static List<Path> jars() {
        return TigaseSetup.list(JARS);
    }
}
