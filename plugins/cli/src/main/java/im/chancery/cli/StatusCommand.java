package im.chancery.cli;

import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

@Command(name = "status", mixinStandardHelpOptions = true, description = "How the engine is. Needs an administrator's token.")
final class StatusCommand extends ApiCommand {
    @Override
    JsonNode ask(ApiConnection api) {
        return api.get("/v1/status", Map.of());
    }

    @Override
    void show(JsonNode answer, PrintWriter out) {
        answer.properties().forEach(entry -> out.printf("%-14s %s%n", entry.getKey(), Text.line(entry.getValue().asString())));
    }
}
