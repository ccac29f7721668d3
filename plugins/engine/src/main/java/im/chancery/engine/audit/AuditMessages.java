package im.chancery.engine.audit;

import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.Fields;
import im.chancery.archive.syslog.SyslogMessage;
import im.chancery.archive.syslog.SyslogMessage.Severity;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What is told of an audit record: what was done by whom, with what outcome, and the record's id, under which all the rest is found. Neither what was searched
 * for nor any content.
 */
final class AuditMessages {
    private static final String DENIED = "denied.";
    private static final String DONE = "done";

    private AuditMessages() {
    }

    static SyslogMessage of(ArchivedRecord record) {
        Map<String, String> fields = record.record().fields();
        String action = fields.getOrDefault(Fields.ACTION, record.record().type().name().toLowerCase(Locale.ROOT));
        boolean denied = action.startsWith(DENIED);
        String event = denied ? action.substring(DENIED.length()) : action;
        String actor = fields.getOrDefault(Fields.ACTOR, "archive");
        String outcome = denied ? "denied" : fields.getOrDefault(Fields.PARAMETER + "phase", DONE);
        Map<String, String> told = new LinkedHashMap<>();
        told.put("record", record.id().toString());
        told.put("event", event);
        told.put("actor", actor);
        put(told, "duty", fields.get(Fields.PARAMETER + "duty"));
        told.put("outcome", outcome);
        put(told, "count", fields.get(Fields.COUNT));
        put(told, "object", object(fields));
        Severity severity = outcome.equals(DONE) || outcome.equals("asked") ? Severity.NOTICE : Severity.WARNING;
        return new SyslogMessage(severity, record.capturedAt(), event, told, event + " by " + actor + ": " + outcome);
    }

    /** The record, hold or bucket that it was about, where it was about one. */
    private static String object(Map<String, String> fields) {
        String origin = fields.get(Fields.PARAMETER + "origin");
        String index = fields.get(Fields.PARAMETER + "index");
        return origin != null && index != null ? origin + "/" + index : fields.getOrDefault(Fields.HOLD, fields.get("bucket"));
    }

    private static void put(Map<String, String> told, String name, String value) {
        if (value != null) {
            told.put(name, value);
        }
    }
}
