package im.chancery.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(name = "presence", mixinStandardHelpOptions = true,
        description = "Who is available on any node of the cluster, as this node sees it. Needs an administrator's token.")
final class PresenceCommand extends ApiCommand {
    @ArgGroup
    private Whose whose = new Whose();

    static final class Whose {
        @Parameters(paramLabel = "JID", arity = "0..1", description = "This person.")
        private String jid;
        @Option(names = "--department", paramLabel = "D", description = "The people of this department, absent ones too.")
        private String department;
    }

    @Override
    JsonNode ask(ApiConnection api) {
        Map<String, String> query = new LinkedHashMap<>();
        query.put("jid", whose.jid);
        query.put("department", whose.department);
        return api.get("/v1/presence", query);
    }

    @Override
    void show(JsonNode answer, PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode person : answer.path("people")) {
            if (person.path("resources").isEmpty()) {
                rows.add(List.of(text(person, "jid"), "-", "unavailable", "-", "-"));
            }
            for (JsonNode r : person.path("resources")) {
                String show = r.path("show").asString("");
                rows.add(List.of(text(person, "jid"), text(r, "resource"), show.isEmpty() ? "available" : show, text(r, "priority"), text(r, "node")));
            }
        }
        out.println(rows.isEmpty() ? "Nobody is available." : Text.table(List.of("JID", "RESOURCE", "SHOW", "PRIORITY", "NODE"), rows));
    }
}
