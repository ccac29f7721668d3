package im.chancery.engine.admin;

import im.chancery.archive.Archive;
import im.chancery.archive.ArchiveException;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.RecordQuery;
import im.chancery.archive.RecordType;
import im.chancery.core.Outcome;
import im.chancery.core.RecordId;
import im.chancery.engine.admin.Route.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What readers ask: lists of attempts, and single records opened. */
final class RecordRoutes {
    private static final int LIMIT = 100;
    private static final int LIMIT_MOST = 1000;
    /** Characters of a list's page; what is beyond comes with the next. */
    private static final long MOST_LISTED = 4L << 20;

    private final Archive archive;
    private final LinkedRecords linked;

    RecordRoutes(Archive archive) {
        this.archive = archive;
        this.linked = new LinkedRecords(archive, LinkedRecords.MOST_READ);
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/records", Set.of(Duty.READER), "records.search", Set.of("from", "to", "with", "room", "after", "limit"), this::search),
                Route.get("/v1/records/{origin}/{index}", Set.of(Duty.READER), "record.show", Set.of(), this::show));
    }

    private Answer search(Request request) throws Problem {
        int limit = (int) request.number("limit", LIMIT, 1, LIMIT_MOST);
        Page page = new Page();
        archive.find(new RecordQuery(request.instant("from"), request.instant("to"), request.address("with"), request.address("room"),
                Set.of(RecordType.ATTEMPT), request.number("after", -1, -1, Long.MAX_VALUE), limit), page::add);
        List<ArchivedRecord> found = page.heads;
        Map<RecordId, Outcome> outcomes = archive.outcomes(found.stream().map(ArchivedRecord::id).toList());
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("records");
        found.forEach(record -> list.add(RecordJson.attempt(record, Optional.ofNullable(outcomes.get(record.id())))));
        if (found.size() == limit || page.left <= 0) {
            body.put("next", found.get(found.size() - 1).id().index());
        }
        return new Answer(body, found.size());
    }

    /** The first of what is found, until it is full; at least one. */
    private static final class Page {
        private final List<ArchivedRecord> heads = new ArrayList<>();
        private long left = MOST_LISTED;

        void add(ArchivedRecord record) {
            if (left > 0) {
                ArchivedRecord head = record.head();
                heads.add(head);
                left -= RecordJson.size(head);
            }
        }
    }

    private Answer show(Request request) throws Problem {
        RecordId id = id(request);
        ArchivedRecord record = open(id).orElseThrow(() -> new Problem(404, "there is no record " + id));
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        long shown = 1;
        if (record.record().type() != RecordType.ATTEMPT) {
            body.set("record", RecordJson.whole(record, outcome(record)));
        } else {
            LinkedRecords.Chain chain = linked.of(record);
            body.set("record", RecordJson.linked(record, outcome(record), chain));
            ObjectNode links = body.putObject("linked").put("from", chain.from().toString()).put("to", chain.to().toString())
                    .put("complete", chain.complete());
            ArrayNode list = links.putArray("records");
            chain.records().forEach(other -> list.add(RecordJson.linked(other, outcome(other), chain)));
            shown += chain.records().size();
        }
        return new Answer(body, shown);
    }

    private Optional<Outcome> outcome(ArchivedRecord record) {
        return Optional.ofNullable(archive.outcomes(List.of(record.id())).get(record.id()));
    }

    private Optional<ArchivedRecord> open(RecordId id) throws Problem {
        try {
            return archive.open(id);
        } catch (ArchiveException.Destroyed e) {
            throw new Problem(410, "record " + id + " was destroyed under its retention schedule: " + e.getMessage());
        }
    }

    private static RecordId id(Request request) throws Problem {
        try {
            return RecordId.parse(request.must("origin") + "/" + request.must("index"));
        } catch (IllegalArgumentException e) {
            throw new Problem(400, "a record's id is ORIGIN/INDEX, such as node-1/42");
        }
    }
}
