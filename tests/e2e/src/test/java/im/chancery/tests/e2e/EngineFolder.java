package im.chancery.tests.e2e;

import im.chancery.cli.Chancery;
import im.chancery.tests.contracts.FreePort;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * A folder with all that an engine needs: config, secrets, data folder and key folder; and the engine itself. What proofs
 * about files are made on. {@link #close} ends the engine and deletes the folder. For one thread.
 */
final class EngineFolder implements AutoCloseable {
    /** Whose token a command line uses. */
    enum Duty {
        READER("reader"), RECORDS_OFFICER("records-officer"), ADMINISTRATOR("administrator");

        private final String word;
        private final String token = UUID.randomUUID().toString();

        Duty(String word) {
            this.word = word;
        }
    }

    /** How a command of the command line has ended. */
    record Result(int code, String text) {
    }

    private final Path home;
    private final int adminPort;
    private final String password = UUID.randomUUID().toString();
    private final EngineProcess engine;

    private EngineFolder(Path home, int adminPort) {
        this.home = home;
        this.adminPort = adminPort;
        this.engine = new EngineProcess(config(), () -> cli(Duty.ADMINISTRATOR, "status").code() == 0);
    }

    /** A folder whose engine is not started yet. {@code people} are entries of the config's list; {@code period} is the class default's. */
    static EngineFolder make(String people, String period) {
        try {
            EngineFolder folder = new EngineFolder(Files.createTempDirectory("chancery-proof-"), FreePort.on("127.0.0.1"));
            folder.writeFiles(people, period);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ada and Boris of Research, Clara of Trading, and a wall between the two. */
    static EngineFolder make() {
        return make("""
                  - {jid: ada@localhost, department: research}
                  - {jid: boris@localhost, department: research}
                  - {jid: clara@localhost, department: trading}
                """, "90 days");
    }

    EngineProcess engine() {
        return engine;
    }

    Path home() {
        return home;
    }

    Path config() {
        return home.resolve("chancery.yaml");
    }

    /** Changes the config, which an engine reads as it starts. */
    void change(UnaryOperator<String> change) {
        try {
            Files.writeString(config(), change.apply(Files.readString(config())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path data() {
        return home.resolve("data");
    }

    Path keys() {
        return home.resolve("keys");
    }

    /** The file to which checkpoints go. */
    Path sink() {
        return home.resolve("checkpoints/latest");
    }

    /** The link's socket. */
    Path socket() {
        return home.resolve("link/engine.sock");
    }

    /** The keystore's password. */
    String password() {
        return password;
    }

    /** All that must stay secret: password and tokens. */
    List<String> secrets() {
        List<String> all = new ArrayList<>(List.of(password));
        for (Duty duty : Duty.values()) {
            all.add(duty.token);
        }
        return all;
    }

    /** Runs the offline verifier as an auditor does; with {@code --records} the database is looked at too, which must be closed. */
    Result verify(String... options) {
        return verify(data(), options);
    }

    /** The same for a copy of the data folder. */
    static Result verify(Path data, String... options) {
        List<String> arguments = new ArrayList<>(List.of("verify", data.resolve("log").toString(), data.resolve("log.vkey").toString()));
        arguments.addAll(List.of(options));
        if (arguments.contains("--records")) {
            arguments.addAll(List.of("--database", StoppedDatabase.url(data)));
        }
        try {
            return run(arguments.toArray(String[]::new), Map.of());
        } finally {
            StoppedDatabase.shutDown(data);
        }
    }

    /** Runs the command line against this engine. The text is standard output, then standard error. */
    Result cli(Duty duty, String... arguments) {
        return run(arguments, Map.of("CHANCERY_API", "http://127.0.0.1:" + adminPort, "CHANCERY_TOKEN", duty.token));
    }

    private static Result run(String[] arguments, Map<String, String> environment) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Chancery.run(arguments, new PrintWriter(out), new PrintWriter(err), environment);
        return new Result(code, out.toString() + err);
    }

    @Override
    public void close() {
        engine.close();
        Folders.delete(home);
    }

    private void writeFiles(String people, String period) throws IOException {
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String folder : List.of("data", "keys", "secrets", "link", "checkpoints")) {
            Files.createDirectories(home.resolve(folder));
        }
        if (!XmppHost.chosen().holdsEngine()) {
            ProsodyServer.giveAway(home.resolve("link"));
        }
        writeSecret("keystore-password", password);
        List<String> tokens = new ArrayList<>();
        for (Duty duty : Duty.values()) {
            tokens.add("{\"id\": \"%s\", \"name\": \"test %s\", \"duty\": \"%s\", \"sha256\": \"%s\"}"
                    .formatted(duty.word, duty.word, duty.word, sha256(duty.token)));
        }
        writeSecret("tokens", tokens.toString());
        Files.writeString(config(), """
                node: {name: node1, data: data, keys: keys, keystore-password-file: secrets/keystore-password}
                domains: {served: [localhost], services: [conference.localhost]}
                %s
                admin: {listen: "127.0.0.1:%d", tokens: secrets/tokens}
                archive:
                  store: {kind: derby}
                  sinks: [{kind: file, path: checkpoints/latest}]
                departments: [research, trading]
                people:
                """.formatted(Deployment.link(XmppHost.chosen().holdsEngine()), adminPort)
                + people
                + """
                barriers:
                  - {name: wall, from: {departments: [research]}, to: {departments: [trading]}, both-ways: true, reason: "No way."}
                retention:
                  classes: [{name: default, period: %s}, {name: audit, period: 10 years}]
                """.formatted(period));
    }

    private void writeSecret(String name, String text) throws IOException {
        Path file = home.resolve("secrets").resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
