package im.chancery.cli;

import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

@Command(name = "checkpoint", mixinStandardHelpOptions = true,
        description = "The log's newest signed checkpoint. Keep it elsewhere: 'chancery verify --seen' proves the log against it. Any token will do.")
final class CheckpointCommand extends ApiCommand {
    @Override
    JsonNode ask(ApiConnection api) {
        return api.get("/v1/checkpoint", Map.of());
    }

    @Override
    void show(JsonNode answer, PrintWriter out) {
        out.print(answer.path("checkpoint").asString());
    }
}
