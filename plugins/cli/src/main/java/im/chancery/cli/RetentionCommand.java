package im.chancery.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

@Command(name = "retention", mixinStandardHelpOptions = true, description = "Shows what is kept how long.", subcommands = RetentionCommand.Plan.class)
final class RetentionCommand extends CommandGroup {

    @Command(name = "plan", mixinStandardHelpOptions = true, description = "What falls due when, and what is held. Needs a records officer's token.")
    static final class Plan extends ApiCommand {
        @Override
        JsonNode ask(ApiConnection api) {
            return api.get("/v1/retention/plan", Map.of());
        }

        @Override
        void show(JsonNode answer, PrintWriter out) {
            List<List<String>> rows = new ArrayList<>();
            for (JsonNode b : answer.path("buckets")) {
                rows.add(List.of(text(b, "bucket"), text(b, "state"), b.path("due").isNull() ? "never" : text(b, "due"), text(b, "records"), text(b, "held"),
                        text(b, "schedule")));
            }
            out.println(rows.isEmpty() ? "Nothing is recorded yet." : Text.table(List.of("BUCKET", "STATE", "DUE", "RECORDS", "HELD", "SCHEDULE"), rows));
        }
    }
}
