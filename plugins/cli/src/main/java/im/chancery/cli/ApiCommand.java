package im.chancery.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** A command that asks the engine and shows its answer: as JSON just as it came, or for people. */
abstract class ApiCommand implements Callable<Integer> {
    @Mixin
    private ApiOptions options;

    @Spec
    private CommandSpec spec;

    /** Asks. */
    abstract JsonNode ask(ApiConnection api);

    /** Shows the answer to people. */
    abstract void show(JsonNode answer, PrintWriter out);

    @Override
    public final Integer call() {
        var environment = Chancery.of(spec).environment();
        JsonNode answer = ask(new ApiConnection(options.address(environment), options.token(environment)));
        PrintWriter out = spec.commandLine().getOut();
        if (options.json()) {
            out.println(Text.json(answer));
        } else {
            show(answer, out);
        }
        return ExitCode.OK;
    }

    /** An entry's text; {@code -} where there is none. */
    static String text(JsonNode node, String name) {
        String value = node.path(name).asString("");
        return value.isEmpty() ? "-" : value;
    }
}
