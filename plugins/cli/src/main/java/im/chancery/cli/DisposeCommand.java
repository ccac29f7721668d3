package im.chancery.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(name = "dispose", mixinStandardHelpOptions = true,
        description = "Destroys what is due and not held, and prints the certificates. Needs a records officer's token.")
final class DisposeCommand extends ApiCommand {
    @Option(names = "--due", required = true, description = "What its schedule says is due; there is no other choice, and you say it.")
    private boolean due;
    @Option(names = "--dry-run", description = "Only say what would be destroyed.")
    private boolean dryRun;

    @Override
    JsonNode ask(ApiConnection api) {
        return api.post("/v1/dispositions", JsonNodeFactory.instance.objectNode().put("dryRun", dryRun));
    }

    @Override
    void show(JsonNode answer, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode b : answer.path("buckets")) {
            rows.add(List.of(text(b, "bucket"), text(b, "destroyed"), text(b, "held")));
        }
        if (rows.isEmpty()) {
            out.println("Nothing is due.");
            return;
        }
        out.println(Text.table(List.of("BUCKET", dryRun ? "WOULD GO" : "DESTROYED", "HELD"), rows));
        for (JsonNode b : answer.path("buckets")) {
            if (b.hasNonNull("certificate")) {
                out.println();
                out.println(Text.block(b.get("certificate").asString()));
            }
        }
    }
}
