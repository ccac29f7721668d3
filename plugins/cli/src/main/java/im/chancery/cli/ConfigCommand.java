package im.chancery.cli;

import im.chancery.core.config.ConfigCheck;
import im.chancery.core.config.ConfigProblem;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(name = "config", mixinStandardHelpOptions = true, description = "Judges a config file, or has the engine take its own.",
        subcommands = {ConfigCommand.Check.class, ConfigCommand.Reload.class})
final class ConfigCommand extends CommandGroup {

    @Command(name = "check", mixinStandardHelpOptions = true,
            description = "Judges a config file as the engine would, without starting anything: each problem with file, line and column.")
    static final class Check implements Callable<Integer> {
        @Parameters(paramLabel = "FILE", description = "The config file.")
        private Path file;
        @Option(names = "--json", description = "Print JSON, for programs.")
        private boolean json;
        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            ConfigCheck check = ServiceLoader.load(ConfigCheck.class).findFirst()
                    .orElseThrow(() -> new Failure(ExitCode.FINDING, "the engine's jars are not beside this program; run it from the distribution"));
            List<ConfigProblem> problems = check.check(file);
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(Text.json(json(problems)));
            } else if (problems.isEmpty()) {
                out.println(file + ": good");
            } else {
                problems.forEach(problem -> out.println(Text.line(problem.toString())));
            }
            return problems.isEmpty() ? ExitCode.OK : ExitCode.FINDING;
        }

        private static ArrayNode json(List<ConfigProblem> problems) {
            ArrayNode list = JsonNodeFactory.instance.arrayNode();
            problems.forEach(p -> list.addObject().put("file", p.position().file()).put("line", p.position().line())
                    .put("column", p.position().column()).put("path", p.path()).put("found", p.found()).put("allowed", p.allowed()));
            return list;
        }
    }

    @Command(name = "reload", mixinStandardHelpOptions = true, description = "Has the engine take its config file as it is now: whole or, if anything is "
            + "wrong or needs a restart, not at all. Needs an administrator's token; recorded.")
    static final class Reload extends ApiCommand {
        @Override
        JsonNode ask(ApiConnection api) {
            return api.post("/v1/config/reload", JsonNodeFactory.instance.objectNode());
        }

        @Override
        void show(JsonNode answer, PrintWriter out) {
            out.println(answer.path("taken").asBoolean() ? "Taken: " + Text.line(answer.path("changes").asString()) : "Nothing has changed.");
        }
    }
}
