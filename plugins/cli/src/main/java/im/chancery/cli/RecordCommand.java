package im.chancery.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "record", mixinStandardHelpOptions = true, description = "Opens records.", subcommands = RecordCommand.Show.class)
final class RecordCommand extends CommandGroup {

    @Command(name = "show", mixinStandardHelpOptions = true,
            description = "Opens one record, with what corrects, retracts or repeats it. Needs a reader's token; each use is recorded.")
    static final class Show extends ApiCommand {
        @Parameters(paramLabel = "ID", description = "The record's id, such as node-1/42.")
        private String id;

        @Override
        JsonNode ask(ApiConnection api) {
            return api.get("/v1/records/" + Ids.path(id, "a record's id"), Map.of());
        }

        @Override
        void show(JsonNode answer, PrintWriter out) {
            one(answer.path("record"), out);
            JsonNode linked = answer.path("linked");
            for (JsonNode other : linked.path("records")) {
                out.println();
                out.println("Linked:");
                one(other, out);
            }
            if (linked.has("complete") && !linked.get("complete").asBoolean()) {
                out.println();
                out.println("There are too many records around this one to look through all of them: more may be linked to it.");
            }
        }

        private static void one(JsonNode record, PrintWriter out) {
            for (Map.Entry<String, JsonNode> entry : record.properties()) {
                if (!List.of("stanza", "content", "fields", "rules", "shadowRules", "failedExtensions", "annotations").contains(entry.getKey())) {
                    line(out, entry.getKey(), entry.getValue().isNull() ? "-" : entry.getValue().asString());
                }
            }
            record.path("fields").properties().forEach(field -> line(out, field.getKey(), field.getValue().asString()));
            if (record.has("rules")) {
                line(out, "rules", RecordsCommand.rules(record));
            }
            record.path("failedExtensions").forEach(failed -> line(out, "failed", failed.asString()));
            record.path("annotations").properties().forEach(note -> line(out, "annotation", note.getKey() + ": " + note.getValue().asString()));
            String content = record.path("stanza").asString(record.path("content").asString(""));
            if (!content.isEmpty()) {
                out.println(Text.block(content));
            }
        }

        private static void line(PrintWriter out, String name, String value) {
            out.printf("%-12s %s%n", Text.line(name), Text.line(value));
        }
    }
}
