package im.chancery.cli;

import im.chancery.archive.verify.LogVerifier;
import im.chancery.archive.verify.RecordsVerifier;
import im.chancery.archive.verify.SeenCheckpoint;
import im.chancery.archive.verify.Verification;
import im.chancery.archive.verify.VerifierKey;
import im.chancery.core.config.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "verify", mixinStandardHelpOptions = true,
        description = {"Verifies a copy of a log folder offline, with no engine and no database: every entry, tile and signature, and that the log"
            + " begins with each checkpoint that was seen before.", "Exit code 0: consistent; 1: not, and exactly what is wrong."})
final class VerifyCommand implements Callable<Integer> {
    private static final String PASSWORD = "CHANCERY_DATABASE_PASSWORD";
    /** The class of the states that SQL has for it. */
    private static final String LOST_CONNECTION = "08";
    private static final Pattern PASSWORD_IN_URL = Pattern.compile("password\\s*=|//[^/?;]*:[^/?;]*@", Pattern.CASE_INSENSITIVE);

    @Parameters(index = "0", paramLabel = "LOGDIR", description = "The folder with 'checkpoint' and 'tile' in it.")
    private Path folder;
    @Parameters(index = "1", paramLabel = "KEY", description = "The log's verifier key, or a file with it, from a source that you trust.")
    private String key;
    @Option(names = "--seen", paramLabel = "CHECKPOINT", description = "A file with checkpoints that have left the machine: a file sink's, or syslog lines."
            + " May be given again.")
    private List<Path> seen = List.of();
    @ArgGroup(exclusive = false)
    private Records records;
    @Option(names = "--json", description = "Print JSON, for programs.")
    private boolean json;
    @Spec
    private CommandSpec spec;

    /** The database, where it is to be verified too. */
    static final class Records {
        @Option(names = "--records", required = true, description = "Also that each stored record is in the log, and each leaf has its record or certificate.")
        private boolean records;
        @Option(names = "--database", required = true, paramLabel = "URL",
                description = "The database's JDBC URL, such as jdbc:derby:/copy/of/data/db or jdbc:postgresql://127.0.0.1/chancery, without a password."
                    + " Derby: a copy, or with the engine stopped. PostgreSQL may be in use.")
        private String url;
        @Option(names = "--user", paramLabel = "U", description = "The database's user.")
        private String user;
        @Option(names = "--password-file", paramLabel = "FILE", description = "A file with the user's password, which only you may read;"
                + " else the password itself in CHANCERY_DATABASE_PASSWORD.")
        private Path passwordFile;
    }

    @Override
    public Integer call() {
        VerifierKey verifierKey = key();
        Verification found;
        try (Stream<SeenCheckpoint> checkpoints = seen()) {
            found = LogVerifier.verify(folder, verifierKey, checkpoints);
        } catch (UncheckedIOException e) {
            throw new Failure(ExitCode.USAGE, "--seen: a file can't be read: " + Text.line(String.valueOf(e.getMessage())));
        } catch (IOException e) {
            throw new Failure(ExitCode.FINDING, "the log can't be read: " + Text.line(String.valueOf(e.getMessage())));
        }
        if (records != null) {
            found = withRecords(verifierKey, found);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Text.json(json(found)));
        } else {
            out.println(Text.block(found.text()));
        }
        return found.consistent() ? ExitCode.OK : ExitCode.FINDING;
    }

    private VerifierKey key() {
        Path file = Path.of(key);
        try {
            return VerifierKey.parse(Files.isRegularFile(file) ? Files.readString(file).strip() : key);
        } catch (IOException e) {
            throw new Failure(ExitCode.USAGE, "the key file " + file + " can't be read");
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.USAGE, "KEY is neither a file nor a verifier key: " + Text.line(String.valueOf(e.getMessage())));
        }
    }

    /** Of all files, one after the other. */
    private Stream<SeenCheckpoint> seen() {
        Stream<SeenCheckpoint> checkpoints = Stream.empty();
        for (Path file : seen) {
            try {
                checkpoints = Stream.concat(checkpoints, SeenCheckpoint.read(file));
            } catch (IOException e) {
                throw new Failure(ExitCode.USAGE, "--seen: " + file + " can't be read");
            } catch (IllegalArgumentException e) {
                throw new Failure(ExitCode.USAGE, "--seen: " + Text.line(String.valueOf(e.getMessage())));
            }
        }
        return checkpoints;
    }

    private Verification withRecords(VerifierKey verifierKey, Verification log) {
        // Derby writes its log into the working folder unless it is told where.
        System.setProperty("derby.stream.error.file", "/dev/null");
        boolean connected = false;
        try (Connection database = connect()) {
            database.setReadOnly(true);
            // All that is read is of one moment, should an engine be writing.
            database.setAutoCommit(false);
            database.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connected = true;
            Verification found = RecordsVerifier.verify(folder, verifierKey, log, database);
            database.rollback();
            return found;
        } catch (SQLException e) {
            if (connected && !String.valueOf(e.getSQLState()).startsWith(LOST_CONNECTION)) {
                throw new Failure(ExitCode.FINDING, "the database can't be read, because it is damaged or has other tables: " + causes(e));
            }
            throw new Failure(ExitCode.UNREACHABLE, "the database can't be read: " + causes(e) + "; a Derby database must not be in use by an engine");
        } catch (IOException e) {
            throw new Failure(ExitCode.FINDING, "the log can't be read: " + Text.line(String.valueOf(e.getMessage())));
        }
    }

    /** The first line of each: Derby puts the damaged page on the ones that follow, and may name it in the cause only. */
    private static String causes(SQLException e) {
        List<String> all = new ArrayList<>();
        for (Throwable at = e; at != null; at = at.getCause()) {
            String said = Text.line(String.valueOf(at.getMessage()).lines().findFirst().orElse(""));
            if (all.stream().noneMatch(before -> before.endsWith(said))) {
                all.add(said);
            }
        }
        return String.join(": ", all);
    }

    private Connection connect() throws SQLException {
        if (PASSWORD_IN_URL.matcher(records.url).find()) {
            throw new Failure(ExitCode.USAGE, "--database: has a password in it, which every user of this machine can read; use --password-file or "
                    + PASSWORD);
        }
        Properties login = new Properties();
        if (records.user != null) {
            login.setProperty("user", records.user);
        }
        if (records.passwordFile != null) {
            try {
                login.setProperty("password", new String(Secret.read(records.passwordFile).bytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new Failure(ExitCode.USAGE, "--password-file: " + e.getMessage());
            }
        } else if (Chancery.of(spec).environment().containsKey(PASSWORD)) {
            login.setProperty("password", Chancery.of(spec).environment().get(PASSWORD));
        }
        return DriverManager.getConnection(records.url, login);
    }

    private static ObjectNode json(Verification found) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("origin", found.origin()).put("consistent", found.consistent())
                .put("size", found.size()).put("signedAt", found.signedAt().map(Object::toString).orElse(null))
                .put("proven", found.proven()).put("against", found.against());
        ArrayNode findings = json.putArray("findings");
        found.findings().forEach(f -> findings.addObject().put("where", f.where()).put("what", f.what()));
        found.notes().forEach(json.putArray("notes")::add);
        return json;
    }
}
