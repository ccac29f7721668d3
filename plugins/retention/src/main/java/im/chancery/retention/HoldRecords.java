package im.chancery.retention;

import im.chancery.archive.ArchiveException;
import im.chancery.archive.ArchivedRecord;
import im.chancery.archive.Fields;
import im.chancery.archive.NewRecord;
import im.chancery.archive.RecordType;
import im.chancery.retention.RetentionService.LegalHold;
import im.chancery.retention.RetentionService.NewHold;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jxmpp.jid.BareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/**
 * Writes holds and releases as records of class {@code audit}, and reads them back. Such a record can't be found under the
 * custodian or the room, and a hold doesn't cover it: it is the record of a hold, not of what somebody said.
 */
final class HoldRecords {
    private HoldRecords() {
    }

    static NewRecord hold(NewHold scope, String actor) {
        Map<String, String> fields = new TreeMap<>();
        fields.put(Fields.ACTION, "hold.create");
        fields.put(Fields.ACTOR, actor);
        fields.put(Fields.MATTER, scope.matter());
        scope.custodian().ifPresent(c -> fields.put(Fields.CUSTODIAN, c.toString()));
        scope.room().ifPresent(r -> fields.put(Fields.HELD_ROOM, r.toString()));
        scope.from().ifPresent(f -> fields.put(Fields.HELD_FROM, f.toString()));
        scope.to().ifPresent(t -> fields.put(Fields.HELD_TO, t.toString()));
        return record(RecordType.HOLD, fields);
    }

    static NewRecord release(String holdId, String actor) {
        return record(RecordType.RELEASE, Map.of(Fields.ACTION, "hold.release", Fields.ACTOR, actor, Fields.HOLD, holdId));
    }

    private static NewRecord record(RecordType type, Map<String, String> fields) {
        return NewRecord.of(type, RecordClasses.AUDIT, Set.of(), Optional.empty(), fields, "");
    }

    /**
     * The hold that a HOLD record places.
     *
     * @throws ArchiveException if the record doesn't say it
     */
    static LegalHold holdOf(ArchivedRecord record) {
        NewHold scope = new NewHold(field(record, Fields.MATTER), address(record, Fields.CUSTODIAN), address(record, Fields.HELD_ROOM),
                instant(record, Fields.HELD_FROM), instant(record, Fields.HELD_TO));
        return new LegalHold(record.id().toString(), scope, record.capturedAt(), field(record, Fields.ACTOR), Optional.empty());
    }

    /** The id of the hold that a RELEASE record releases. */
    static String releasedBy(ArchivedRecord record) {
        return field(record, Fields.HOLD);
    }

    private static String field(ArchivedRecord record, String name) {
        String value = record.record().fields().get(name);
        if (value == null) {
            throw new ArchiveException("record " + record.id() + " of type " + record.record().type() + " has no field '" + name + "'");
        }
        return value;
    }

    private static Optional<BareJid> address(ArchivedRecord record, String name) {
        try {
            String value = record.record().fields().get(name);
            return value == null ? Optional.empty() : Optional.of(JidCreate.bareFrom(value));
        } catch (XmppStringprepException e) {
            throw unreadable(record, name, e);
        }
    }

    private static Optional<Instant> instant(ArchivedRecord record, String name) {
        try {
            return Optional.ofNullable(record.record().fields().get(name)).map(Instant::parse);
        } catch (DateTimeException e) {
            throw unreadable(record, name, e);
        }
    }

    private static ArchiveException unreadable(ArchivedRecord record, String name, Exception cause) {
        return new ArchiveException("record " + record.id() + " of type " + record.record().type() + ": field '" + name + "' can't be read", cause);
    }
}
