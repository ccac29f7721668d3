package im.chancery.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The command {@code chancery}. Exit codes: 0 done, 1 something is wrong, 2 wrong usage, 3 not reached or not allowed. */
@Command(name = "chancery", mixinStandardHelpOptions = true, versionProvider = Chancery.Version.class,
        description = "Enterprise roles, compliance archive, retention and clustered presence for XMPP servers.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:something is wrong: a log that doesn't verify, a config file with errors, nothing found under an id",
            "2:wrong usage", "3:the engine can't be reached, or doesn't allow it"},
        subcommands = {RecordsCommand.class, RecordCommand.class, ExplainCommand.class, RetentionCommand.class, HoldCommand.class,
            DisposeCommand.class, PresenceCommand.class, ClusterCommand.class, StatusCommand.class, CheckpointCommand.class, KeyCommand.class,
            VerifyCommand.class, ConfigCommand.class, StoreCommand.class, TokenCommand.class, CommandLine.HelpCommand.class})
public final class Chancery extends CommandGroup {
    private static final String LOGGING = "logback.configurationFile";

    private final Map<String, String> environment;

    private Chancery(Map<String, String> environment) {
        this.environment = environment;
    }

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        if (System.getProperty(LOGGING) == null) {
            System.setProperty(LOGGING, "logback-cli.xml");
        }
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(arguments, out, err, System.getenv()));
    }

    /**
     * Runs the command line.
     *
     * @param out         for results
     * @param err         for everything else
     * @param environment the environment's variables
     * @return the exit code
     */
    public static int run(String[] arguments, PrintWriter out, PrintWriter err, Map<String, String> environment) {
        CommandLine line = new CommandLine(new Chancery(environment));
        line.setOut(out).setErr(err).setExecutionExceptionHandler(Chancery::failed).setParameterExceptionHandler(Chancery::misused);
        int code = line.execute(arguments);
        out.flush();
        err.flush();
        return code;
    }

    static Chancery of(CommandSpec spec) {
        return (Chancery) spec.root().userObject();
    }

    Map<String, String> environment() {
        return environment;
    }

    private static int failed(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
        if (e instanceof Failure failure) {
            line.getErr().println("chancery: " + failure.getMessage());
            return failure.exitCode();
        }
        line.getErr().println("chancery: failed unexpectedly: " + e);
        return ExitCode.FINDING;
    }

    private static int misused(ParameterException e, String[] arguments) {
        CommandLine line = e.getCommandLine();
        line.getErr().println("chancery: " + Text.line(String.valueOf(e.getMessage())));
        line.getErr().println("Try '" + line.getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }

    /** The version of the jar. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"chancery " + Optional.ofNullable(Chancery.class.getPackage().getImplementationVersion()).orElse("(not packaged)")};
        }
    }
}
