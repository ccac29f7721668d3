package im.chancery.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "record", mixinStandardHelpOptions = true, description = "Opens records.", subcommands = RecordCommand.Show.class)
final class RecordCommand extends CommandGroup {

    @Command(name = "show", mixinStandardHelpOptions = true,
            description = "Opens one record, with all that belongs to it: edits, retractions, reactions, replies, receipts, answers, resends, its call, its thread. Needs a reader's token; each use is recorded.")
    static final class Show extends ApiCommand {
        /** What isn't shown in a line of its own, as it comes. */
        private static final Set<String> DETAILS = Set.of("stanza", "content", "fields", "rules", "shadowRules", "links", "unreadable", "authors", "forgedIds", "files",
                "failedExtensions", "annotations");

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
                out.println("There are too many records around this one to look through or show all of them: more may be linked to it.");
            }
        }

        private static void one(JsonNode record, PrintWriter out) {
            for (Map.Entry<String, JsonNode> entry : record.properties()) {
                if (!DETAILS.contains(entry.getKey())) {
                    line(out, entry.getKey(), entry.getValue().isNull() ? "-" : entry.getValue().asString());
                }
            }
            for (String list : List.of("unreadable", "authors", "forgedIds")) {
                if (record.has(list)) {
                    line(out, list, String.join(" ", record.path(list).valueStream().map(JsonNode::asString).toList()));
                }
            }
            record.path("files").forEach(file -> line(out, "file", file.asString()));
            record.path("links").forEach(link -> line(out, link.path("does").asString(), link.path("to").asString()));
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
