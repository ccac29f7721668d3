package im.chancery.engine.admin;

import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.core.Outcome;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Records as the API shows them. */
final class RecordJson {
    /** Fields of an attempt that are texts, in the order in which they are shown, with the names they have there. */
    private static final Map<String, String> TEXTS = ordered(
            Fields.FROM, "from", Fields.TO, "to", Fields.RECIPIENT, "recipient", Fields.KIND, "kind", Fields.TYPE, "type",
            Fields.DIRECTION, "direction", Fields.PLACE, "place", Fields.EFFECT, "effect", Fields.REASON, "reason",
            Fields.WHAT, "what", Fields.STANZA_ID, "stanzaId", Fields.ORIGIN_ID, "originId", Fields.RELATION, "relation", Fields.REFERS_TO, "refersTo",
            Fields.REPLIES_TO, "repliesTo", Fields.SESSION, "session", Fields.THREAD, "thread", Fields.RESEND_OF, "resendOf");
    private static final Map<String, String> LISTS = ordered(Fields.RULES, "rules", Fields.SHADOW_RULES, "shadowRules",
            Fields.UNREADABLE, "unreadable", Fields.AUTHORS, "authors", Fields.FORGED_IDS, "forgedIds",
            Fields.FAILED_EXTENSIONS, "failedExtensions");

    private RecordJson() {
    }

    /** What a list shows of an attempt: everything but its content. */
    static ObjectNode attempt(ArchivedRecord record, Optional<Outcome> outcome) {
        ObjectNode json = head(record);
        NewRecord what = record.record();
        TEXTS.forEach((field, name) -> Optional.ofNullable(what.fields().get(field)).ifPresent(value -> json.put(name, value)));
        what.room().ifPresent(room -> json.put("room", room.toString()));
        LISTS.forEach((field, name) -> Optional.ofNullable(what.fields().get(field)).ifPresent(value ->
                List.of(value.split(" ")).forEach(json.putArray(name)::add)));
        Optional.ofNullable(what.fields().get(Fields.FILES)).ifPresent(names -> names.lines().forEach(json.putArray("files")::add));
        json.put("outcome", outcome.map(o -> o.name().toLowerCase(Locale.ROOT)).orElse(null));
        return json;
    }

    /** All of a record. */
    static ObjectNode whole(ArchivedRecord record, Optional<Outcome> outcome) {
        if (record.record().type() == RecordType.ATTEMPT) {
            ObjectNode json = attempt(record, outcome);
            annotations(record.record(), json);
            return json.put("stanza", record.record().content());
        }
        ObjectNode json = head(record);
        ObjectNode fields = json.putObject("fields");
        record.record().fields().forEach(fields::put);
        return json.put("content", record.record().content());
    }

    /** All of an attempt, with the id that its room has given to it and what it does to others of its chain. */
    static ObjectNode linked(ArchivedRecord record, Optional<Outcome> outcome, LinkedRecords.Chain chain) {
        ObjectNode json = whole(record, outcome);
        Optional.ofNullable(chain.assigned().get(record.id())).ifPresent(id -> json.put("assignedId", id));
        List<Links.Done> done = chain.done().getOrDefault(record.id(), List.of());
        if (!done.isEmpty()) {
            ArrayNode list = json.putArray("links");
            done.forEach(one -> list.addObject().put("does", one.how()).put("to", one.to().toString()));
        }
        return json;
    }

    /** Characters of what a record says. Whoever sends a stanza may make its ids as long as all of it. */
    static long size(ArchivedRecord record) {
        return record.record().content().length() + record.record().fields().values().stream().mapToLong(String::length).sum();
    }

    /** Only an opened record shows them: they may tell of its content. */
    private static void annotations(NewRecord record, ObjectNode json) {
        Map<String, String> found = record.fields().tailMap(Fields.ANNOTATION);
        found.forEach((field, value) -> {
            if (field.startsWith(Fields.ANNOTATION)) {
                json.withObject("/annotations").put(field.substring(Fields.ANNOTATION.length()), value);
            }
        });
    }

    private static ObjectNode head(ArchivedRecord record) {
        return JsonNodeFactory.instance.objectNode().put("id", record.id().toString())
                .put("record", record.record().type().name().toLowerCase(Locale.ROOT))
                .put("capturedAt", record.capturedAt().toString())
                .put("bucket", record.bucket().toString());
    }

    private static Map<String, String> ordered(String... pairs) {
        Map<String, String> map = new java.util.LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }
}
