package im.chancery.engine.admin;

import im.chancery.engine.admin.Route.Answer;
import im.chancery.retention.RetentionService;
import im.chancery.retention.RetentionService.Disposal;
import im.chancery.retention.RetentionService.HoldResult;
import im.chancery.retention.RetentionService.LegalHold;
import im.chancery.retention.RetentionService.NewHold;
import im.chancery.retention.RetentionService.PlanEntry;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What records officers ask: what falls due, holds, disposition. */
final class RetentionRoutes {
    private static final Set<Duty> OFFICER = Set.of(Duty.RECORDS_OFFICER);

    private final RetentionService retention;

    RetentionRoutes(RetentionService retention) {
        this.retention = retention;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/retention/plan", OFFICER, "retention.plan", Set.of(), this::plan),
                Route.get("/v1/holds", OFFICER, "hold.list", Set.of(), this::holds),
                Route.change("/v1/holds", OFFICER, "hold.create", Set.of("matter", "custodian", "room", "from", "to"), this::hold),
                Route.change("/v1/holds/{origin}/{index}/release", OFFICER, "hold.release", Set.of(), this::release),
                Route.change("/v1/dispositions", OFFICER, "dispose", Set.of("dryRun"), this::dispose));
    }

    private Answer plan(Request request) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode buckets = body.putArray("buckets");
        for (PlanEntry entry : retention.plan()) {
            buckets.addObject().put("bucket", entry.bucket().toString())
                    .put("state", entry.state().name().toLowerCase(Locale.ROOT))
                    .put("records", entry.records()).put("held", entry.held())
                    .put("due", entry.due().map(Object::toString).orElse(null))
                    .put("schedule", entry.schedule());
        }
        return new Answer(body, buckets.size());
    }

    private Answer holds(Request request) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode holds = body.putArray("holds");
        retention.holds().forEach(hold -> holds.add(json(hold)));
        return new Answer(body, holds.size());
    }

    private Answer hold(Request request) throws Problem {
        NewHold scope = new NewHold(request.must("matter"), request.address("custodian"), request.address("room"),
                request.instant("from"), request.instant("to"));
        try {
            HoldResult result = retention.hold(scope, request.actor());
            ObjectNode body = json(result.hold()).put("held", result.held()).put("tooLate", result.tooLate());
            return new Answer(body, result.held());
        } catch (IllegalArgumentException e) {
            throw new Problem(400, "a hold names a custodian or a room, and its span isn't empty: " + e.getMessage());
        }
    }

    private Answer release(Request request) throws Problem {
        String id = request.must("origin") + "/" + request.must("index");
        try {
            return new Answer(json(retention.release(id, request.actor())), 1);
        } catch (NoSuchElementException e) {
            throw new Problem(404, "there is no active hold " + id);
        }
    }

    private Answer dispose(Request request) throws Problem {
        boolean dryRun = request.flag("dryRun", true);
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("dryRun", dryRun);
        ArrayNode buckets = body.putArray("buckets");
        long destroyed = 0;
        for (Disposal disposal : disposals(dryRun, request)) {
            destroyed += disposal.destroyed();
            buckets.addObject().put("bucket", disposal.bucket().toString()).put("destroyed", disposal.destroyed())
                    .put("held", disposal.held()).put("certificate", disposal.certificate().orElse(null));
        }
        body.put("destroyed", destroyed);
        return new Answer(body, destroyed);
    }

    private List<Disposal> disposals(boolean dryRun, Request request) throws Problem {
        try {
            return retention.dispose(dryRun, request.token().name());
        } catch (IllegalArgumentException e) {
            throw new Problem(403, "this token's name can't approve a disposal: " + e.getMessage());
        }
    }

    private static ObjectNode json(LegalHold hold) {
        NewHold scope = hold.scope();
        return JsonNodeFactory.instance.objectNode().put("id", hold.id()).put("matter", scope.matter())
                .put("custodian", scope.custodian().map(Object::toString).orElse(null))
                .put("room", scope.room().map(Object::toString).orElse(null))
                .put("from", scope.from().map(Object::toString).orElse(null))
                .put("to", scope.to().map(Object::toString).orElse(null))
                .put("created", hold.created().toString()).put("createdBy", hold.createdBy())
                .put("released", hold.released().map(Object::toString).orElse(null));
    }
}
