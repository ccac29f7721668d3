package im.chancery.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(name = "hold", mixinStandardHelpOptions = true, description = "Legal holds. Needs a records officer's token.",
        subcommands = {HoldCommand.Create.class, HoldCommand.ListAll.class, HoldCommand.Release.class})
final class HoldCommand extends CommandGroup {

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Places a hold: what it covers is not destroyed until it is released.")
    static final class Create extends ApiCommand {
        @Option(names = "--matter", required = true, paramLabel = "M", description = "The matter's name.")
        private String matter;
        @ArgGroup(multiplicity = "1")
        private Whose whose;
        @Option(names = "--from", paramLabel = "WHEN", description = "Captured at or after: 2026-11-22, or 2026-11-22T08:30:00Z.")
        private String from;
        @Option(names = "--to", paramLabel = "WHEN", description = "Captured before.")
        private String to;

        static final class Whose {
            @Option(names = "--custodian", paramLabel = "JID", description = "What this person sent or received.")
            private String custodian;
            @Option(names = "--room", paramLabel = "JID", description = "What was said in this room.")
            private String room;
        }

        @Override
        JsonNode ask(ApiConnection api) {
            return api.post("/v1/holds", JsonNodeFactory.instance.objectNode().put("matter", matter).put("custodian", whose.custodian)
                    .put("room", whose.room).put("from", from).put("to", to));
        }

        @Override
        void show(JsonNode answer, PrintWriter out) {
            out.println("Hold " + text(answer, "id") + " covers " + text(answer, "held") + " records now, and those to come.");
            if (answer.path("tooLate").asLong(0) > 0) {
                out.println("Too late for " + text(answer, "tooLate") + " records that had been destroyed or were being destroyed.");
            }
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "All holds, released ones too.")
    static final class ListAll extends ApiCommand {
        @Override
        JsonNode ask(ApiConnection api) {
            return api.get("/v1/holds", Map.of());
        }

        @Override
        void show(JsonNode answer, PrintWriter out) {
            List<List<String>> rows = new ArrayList<>();
            for (JsonNode h : answer.path("holds")) {
                rows.add(List.of(text(h, "id"), text(h, "matter"), h.path("custodian").isNull() ? text(h, "room") : text(h, "custodian"),
                        text(h, "from"), text(h, "to"), text(h, "createdBy"), h.path("released").isNull() ? "active" : "released " + text(h, "released")));
            }
            out.println(rows.isEmpty() ? "There are no holds." : Text.table(List.of("ID", "MATTER", "WHOSE", "FROM", "TO", "BY", "STATE"), rows));
        }
    }

    @Command(name = "release", mixinStandardHelpOptions = true, description = "Releases a hold.")
    static final class Release extends ApiCommand {
        @Parameters(paramLabel = "ID", description = "The hold's id, such as node-1/42.")
        private String id;

        @Override
        JsonNode ask(ApiConnection api) {
            return api.post("/v1/holds/" + Ids.path(id, "a hold's id") + "/release", JsonNodeFactory.instance.objectNode());
        }

        @Override
        void show(JsonNode answer, PrintWriter out) {
            out.println("Hold " + text(answer, "id") + " of matter " + Text.line(text(answer, "matter")) + " is released.");
        }
    }
}
