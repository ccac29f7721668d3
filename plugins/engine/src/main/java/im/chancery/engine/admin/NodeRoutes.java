package im.chancery.engine.admin;

import im.chancery.core.DeterminingRule;
import im.chancery.core.StanzaKind;
import im.chancery.core.config.ConfigException;
import im.chancery.core.config.ConfigProblem;
import im.chancery.engine.admin.Route.Answer;
import im.chancery.presence.PresenceStore.PresenceEntry;
import im.chancery.roles.Explanation;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jxmpp.jid.BareJid;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What administrators ask of the node and its rules; and what anybody with a token may take away to verify the log. */
final class NodeRoutes {
    private static final Set<Duty> ADMINISTRATOR = Set.of(Duty.ADMINISTRATOR);
    private static final Set<Duty> ANY = EnumSet.allOf(Duty.class);

    private final AdminServer.Parts parts;

    NodeRoutes(AdminServer.Parts parts) {
        this.parts = parts;
    }

    List<Route> routes() {
        return List.of(
                Route.ask("/v1/explain", ADMINISTRATOR, "explain", Set.of("from", "to", "kind", "room", "content"), this::explain),
                Route.get("/v1/presence", ADMINISTRATOR, "presence", Set.of("jid", "department"), this::presence),
                Route.get("/v1/cluster", ADMINISTRATOR, "cluster", Set.of(), this::cluster),
                Route.get("/v1/status", ADMINISTRATOR, "status", Set.of(), this::status),
                Route.change("/v1/config/reload", ADMINISTRATOR, "config.reload", Set.of(), this::reload),
                Route.get("/v1/checkpoint", ANY, "checkpoint", Set.of(), this::checkpoint),
                Route.get("/v1/key", ANY, "key", Set.of(), this::key));
    }

    private Answer explain(Request request) throws Problem {
        BareJid from = request.mustAddress("from");
        BareJid to = request.mustAddress("to");
        Explanation explanation = parts.config().policy().explain(from, to, kind(request), request.address("room"), readable(request));
        ObjectNode body = JsonNodeFactory.instance.objectNode()
                .put("effect", explanation.decision().effect().name().toLowerCase(Locale.ROOT));
        ArrayNode rules = body.putArray("rules");
        for (DeterminingRule rule : explanation.decision().rules()) {
            rules.addObject().put("id", rule.id()).put("effect", rule.effect().name().toLowerCase(Locale.ROOT))
                    .put("reason", rule.reason()).put("shadow", rule.shadow());
        }
        explanation.decision().error().ifPresent(error -> body.putObject("error").put("type", error.type().token())
                .put("condition", error.condition().token()).put("text", error.text()));
        ArrayNode lines = body.putArray("lines");
        explanation.lines().forEach(lines::add);
        if (!parts.config().extensions().isEmpty()) {
            lines.add("not asked, since there is no stanza to judge, and may refuse it besides: " + String.join(", ", parts.config().extensions()));
        }
        return new Answer(body, explanation.decision().rules().size());
    }

    private static StanzaKind kind(Request request) throws Problem {
        String word = request.text("kind").orElse("message");
        for (StanzaKind kind : StanzaKind.values()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(word)) {
                return kind;
            }
        }
        throw new Problem(400, "'kind' is message, presence or iq, found '" + word + "'");
    }

    private static boolean readable(Request request) throws Problem {
        String word = request.text("content").orElse("readable");
        return switch (word) {
            case "readable" -> true;
            case "unreadable" -> false;
            default -> throw new Problem(400, "'content' is readable or unreadable, found '" + word + "'");
        };
    }

    private Answer presence(Request request) throws Problem {
        Optional<BareJid> jid = request.address("jid");
        Optional<String> department = request.text("department");
        if (jid.isPresent() && department.isPresent()) {
            throw new Problem(400, "either 'jid' or 'department', not both");
        }
        TreeMap<String, List<PresenceEntry>> people = new TreeMap<>();
        if (jid.isPresent()) {
            people.put(jid.get().toString(), parts.presence().find(jid.get()));
        } else {
            asked(department).forEach(who -> people.put(who.toString(), parts.presence().find(who)));
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("people");
        people.forEach((who, entries) -> {
            ArrayNode resources = list.addObject().put("jid", who).putArray("resources");
            entries.forEach(entry -> resources.addObject().put("resource", entry.presence().who().getResourcepart().toString())
                    .put("show", entry.presence().show()).put("priority", entry.presence().priority()).put("node", entry.node()));
        });
        return new Answer(body, list.size());
    }

    /** The people of a department, absent ones too; without one, everybody who is available. */
    private Collection<BareJid> asked(Optional<String> department) throws Problem {
        if (department.isEmpty()) {
            return parts.presence().all().stream().map(entry -> (BareJid) entry.presence().who().asBareJid()).distinct().toList();
        }
        Set<BareJid> members = parts.config().policy().membersOf(department.get());
        if (members.isEmpty()) {
            throw new Problem(404, "nobody is in a department '" + department.get() + "'");
        }
        return members;
    }

    private Answer cluster(Request request) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode members = body.putArray("members");
        parts.presence().members().forEach(member -> members.addObject().put("node", member.node()).put("address", member.address())
                .put("self", member.self()));
        return new Answer(body, members.size());
    }

    private Answer status(Request request) {
        NodeStatus status = parts.status().get();
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("node", parts.node()).put("version", status.version())
                .put("started", status.started().toString()).put("config", status.config()).put("ready", parts.ready().get())
                .put("logSize", status.logSize()).put("checkpointed", status.checkpointed()).put("queued", status.queued())
                .put("members", parts.presence().members().size()).put("resources", parts.presence().counts().resources());
        ConfigInForce.State config = parts.config().state();
        body.put("configSince", config.since().toString());
        config.refused().ifPresent(why -> body.put("configRefused", why));
        if (!parts.config().extensions().isEmpty()) {
            body.put("extensions", String.join(", ", parts.config().extensions()));
            body.put("failing", String.join(", ", parts.config().failingExtensions()));
        }
        return new Answer(body, 1);
    }

    private Answer reload(Request request) throws Problem {
        try {
            Optional<String> changes = parts.config().reload(request.actor());
            return new Answer(JsonNodeFactory.instance.objectNode().put("taken", changes.isPresent()).put("changes", changes.orElse("nothing")), 1);
        } catch (ConfigException e) {
            throw new Problem(422, "the config file is refused, and the one before stays in force: "
                    + e.problems().stream().map(ConfigProblem::toString).collect(Collectors.joining("; ")));
        }
    }

    private Answer checkpoint(Request request) {
        return new Answer(JsonNodeFactory.instance.objectNode().put("checkpoint", parts.archive().checkpoint()), 1);
    }

    private Answer key(Request request) {
        return new Answer(JsonNodeFactory.instance.objectNode().put("key", parts.verifierKey().get()), 1);
    }
}
