package im.chancery.cli;

import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

@Command(name = "key", mixinStandardHelpOptions = true,
        description = "The log's public key, which 'chancery verify' needs. Keep it elsewhere, too. Any token will do.")
final class KeyCommand extends ApiCommand {
    @Override
    JsonNode ask(ApiConnection api) {
        return api.get("/v1/key", Map.of());
    }

    @Override
    void show(JsonNode answer, PrintWriter out) {
        out.println(answer.path("key").asString().strip());
    }
}
