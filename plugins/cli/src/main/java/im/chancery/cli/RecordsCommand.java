package im.chancery.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(name = "records", mixinStandardHelpOptions = true,
        description = "Lists attempts and what became of them, refused ones too. Needs a reader's token; each use is recorded.")
final class RecordsCommand extends ApiCommand {
    @Option(names = "--from", paramLabel = "WHEN", description = "Captured at or after: 2026-11-22, or 2026-11-22T08:30:00Z.")
    private String from;
    @Option(names = "--to", paramLabel = "WHEN", description = "Captured before.")
    private String to;
    @Option(names = "--with", paramLabel = "JID", description = "Sent or received by.")
    private String with;
    @Option(names = "--room", paramLabel = "JID", description = "Said in this room.")
    private String room;
    @Option(names = "--after", paramLabel = "INDEX", description = "Only records after this one, for the next page.")
    private String after;
    @Option(names = "--limit", paramLabel = "N", description = "At most so many, 1 to 1000; 100 unless told.")
    private String limit;

    @Override
    JsonNode ask(ApiConnection api) {
        Map<String, String> query = new LinkedHashMap<>();
        query.put("from", from);
        query.put("to", to);
        query.put("with", with);
        query.put("room", room);
        query.put("after", after);
        query.put("limit", limit);
        return api.get("/v1/records", query);
    }

    @Override
    void show(JsonNode answer, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode r : answer.path("records")) {
            rows.add(List.of(text(r, "id"), text(r, "capturedAt"), text(r, "from"), text(r, "to"), what(r), text(r, "effect"), text(r, "outcome"), rules(r)));
        }
        if (rows.isEmpty()) {
            out.println("No records.");
            return;
        }
        out.println(Text.table(List.of("ID", "CAPTURED", "FROM", "TO", "WHAT", "EFFECT", "OUTCOME", "RULES"), rows));
        if (answer.has("next")) {
            out.println("There may be more: --after " + answer.get("next").asString());
        }
    }

    /** What it is for; of records from before that was told, their kind. */
    private static String what(JsonNode record) {
        return record.has("what") ? text(record, "what") : text(record, "kind");
    }

    static String rules(JsonNode record) {
        List<String> rules = new ArrayList<>();
        record.path("rules").forEach(rule -> rules.add(rule.asString()));
        record.path("shadowRules").forEach(rule -> rules.add("(" + rule.asString() + ")"));
        return rules.isEmpty() ? "-" : String.join(" ", rules);
    }
}
