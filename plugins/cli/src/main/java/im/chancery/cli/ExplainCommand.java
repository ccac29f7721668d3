package im.chancery.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "explain", mixinStandardHelpOptions = true,
        description = "Says whether somebody may reach somebody, and why. Nothing is sent. Needs an administrator's token.")
final class ExplainCommand extends ApiCommand {
    @Parameters(index = "0", paramLabel = "FROM", description = "The sender's address.")
    private String from;
    @Parameters(index = "1", paramLabel = "TO", description = "The receiver's address.")
    private String to;
    @Option(names = "--room", paramLabel = "JID", description = "In this room.")
    private String room;
    @Option(names = "--kind", paramLabel = "KIND", description = "message, presence or iq; message unless told.")
    private String kind;

    @Option(names = "--unreadable", description = "With content that is encrypted end to end, such as OMEMO.")
    private boolean unreadable;

    @Override
    JsonNode ask(ApiConnection api) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("from", from).put("to", to);
        return api.post("/v1/explain", body.put("room", room).put("kind", kind).put("content", unreadable ? "unreadable" : null));
    }

    @Override
    void show(JsonNode answer, PrintWriter out) {
        answer.path("lines").forEach(line -> out.println(Text.line(line.asString())));
        if (answer.has("error")) {
            JsonNode error = answer.get("error");
            out.println("The sender reads: " + Text.line(text(error, "text")) + " (" + text(error, "condition") + ")");
        }
    }
}
