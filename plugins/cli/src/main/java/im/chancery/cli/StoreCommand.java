package im.chancery.cli;

import im.chancery.archive.ArchiveException;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.StoreMigration;
import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "store", mixinStandardHelpOptions = true, description = "Works on a stopped node's database, offline.", subcommands = StoreCommand.Migrate.class)
final class StoreCommand extends CommandGroup {

    @Command(name = "migrate", mixinStandardHelpOptions = true,
            description = {"Copies a stopped node's archive into another, empty database: all of it, verified, or nothing. The old database stays as it is.",
                "Run it as the engine's user."})
    static final class Migrate implements Callable<Integer> {
        @Parameters(paramLabel = "FROM", description = "The config file that the node has run with.")
        private Path from;
        @Option(names = "--to", required = true, paramLabel = "TO",
                description = "The config file that it is to run with from now on: a copy of FROM with another archive.store.")
        private Path to;
        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            StoreMigration migration = ServiceLoader.load(StoreMigration.class).findFirst()
                    .orElseThrow(() -> new Failure(ExitCode.FINDING, "the engine's jars are not beside this program; run it from the distribution"));
            try {
                spec.commandLine().getOut().println("migrated from " + Text.line(migration.migrate(from, to)));
                spec.commandLine().getErr().println("Start the engine with " + to + ". Until that has been done, " + from + " still works, too.");
                return ExitCode.OK;
            } catch (ConfigException e) {
                throw new Failure(ExitCode.FINDING, e.problems().stream().map(p -> Text.line(p.toString())).collect(Collectors.joining("\n")));
            } catch (ArchiveException e) {
                throw new Failure(ExitCode.FINDING, Text.line(String.valueOf(e.getMessage())));
            }
        }
    }
}
