package im.chancery.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

@Command(name = "cluster", mixinStandardHelpOptions = true, description = "The nodes that share presence. Needs an administrator's token.")
final class ClusterCommand extends ApiCommand {
    @Override
    JsonNode ask(ApiConnection api) {
        return api.get("/v1/cluster", Map.of());
    }

    @Override
    void show(JsonNode answer, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode m : answer.path("members")) {
            rows.add(List.of(text(m, "node"), text(m, "address"), m.path("self").asBoolean(false) ? "this node" : ""));
        }
        out.println(Text.table(List.of("NODE", "ADDRESS", ""), rows));
    }
}
